"""The monolith: the pages and accounts straight over the database, in one process."""
