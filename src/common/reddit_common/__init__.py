"""What the services of the reddit application share: web, logs, health, validation, pages, storage."""
