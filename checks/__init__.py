"""Build and verify Dockerised microservices and the code that deploys them."""

__version__ = "0.1.0"
"""The package's version; pyproject.toml reads it from here: to ask the installed metadata takes longer than most commands."""
