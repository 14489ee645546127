"""What Terraform and Packer need for Google Cloud: a project and credentials; what is not there is said by name.

Both programs find their credentials by themselves. What `nox -s deploy` is given for its inventory serves them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PROJECT = "GCP_PROJECT"
DIRECT = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON", "GOOGLE_OAUTH_ACCESS_TOKEN")
FILES = ("GOOGLE_APPLICATION_CREDENTIALS", "GCP_SERVICE_ACCOUNT_FILE")
TOKEN = "GCP_ACCESS_TOKEN"  # noqa: S105  the name of a variable
NO_CREDENTIALS = (
    "credentials: GOOGLE_APPLICATION_CREDENTIALS (the file of a service account's JSON key), GOOGLE_OAUTH_ACCESS_TOKEN,"
    " or `gcloud auth application-default login`"
)


def default_file(environ: Mapping[str, str]) -> Path:
    """Return where gcloud keeps a person's own credentials."""
    folder = environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME", "/")) / ".config" / "gcloud"
    return Path(folder) / "application_default_credentials.json"


def lacking(environ: Mapping[str, str]) -> list[str]:
    """Return, a line each, what of credentials is missing or cannot be used."""
    for name in FILES:
        if environ.get(name) and not Path(environ[name]).is_file():
            return [f"{name}={environ[name]} is no file"]
    given = any(environ.get(name) for name in (*DIRECT, *FILES, TOKEN))
    return [] if given or default_file(environ).is_file() else [NO_CREDENTIALS]


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which both find what was given: no secret goes to a command line."""
    found = dict(environ)
    if environ.get("GCP_SERVICE_ACCOUNT_FILE"):
        found.setdefault("GOOGLE_APPLICATION_CREDENTIALS", environ["GCP_SERVICE_ACCOUNT_FILE"])
    if environ.get(TOKEN):
        found.setdefault("GOOGLE_OAUTH_ACCESS_TOKEN", environ[TOKEN])
    if environ.get(PROJECT):
        found.setdefault("TF_VAR_project", environ[PROJECT])
        found.setdefault("PKR_VAR_project_id", environ[PROJECT])
    return found
