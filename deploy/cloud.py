"""The inventory of an environment in Google Cloud, and what its plugin needs: a project, credentials, two libraries."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.errors import UsageError
from checks.host.tools import toolenv
from checks.model import Output
from deploy import playbooks
from deploy.playbooks import Ansible

PROJECT = "GCP_PROJECT"
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "serviceaccount": ("GCP_SERVICE_ACCOUNT_FILE", "GCE_CREDENTIALS_FILE_PATH", "GCP_SERVICE_ACCOUNT_CONTENTS"),
    "accesstoken": ("GCP_ACCESS_TOKEN",),
    "application": (),
    "machineaccount": (),
}
_PROJECTS = re.compile(r"^projects:\n(?:  - .*\n)+", re.MULTILINE)


def kind(environ: Mapping[str, str]) -> str:
    """Return which credentials are meant: GCP_AUTH_KIND, else what the other variables are for."""
    named = environ.get("GCP_AUTH_KIND")
    if named:
        return named
    given = (name for name, variables in _NEEDS.items() if any(environ.get(one) for one in variables))
    return next(given, "application" if environ.get("GOOGLE_APPLICATION_CREDENTIALS") else "")


def missing(environ: Mapping[str, str]) -> list[str]:
    """Return, a line each, what has to be set before Google Cloud can be asked."""
    lacks = [] if environ.get(PROJECT) else [f"{PROJECT}: the id of the project"]
    meant = kind(environ)
    if not meant:
        return [
            *lacks,
            "credentials: GCP_SERVICE_ACCOUNT_FILE (a service account's JSON key), GCP_ACCESS_TOKEN,"
            " or GCP_AUTH_KIND=application after `gcloud auth application-default login`",
        ]
    if meant not in _NEEDS:
        return [*lacks, f"GCP_AUTH_KIND={meant} is none of {', '.join(_NEEDS)}"]
    if _NEEDS[meant] and not any(environ.get(one) for one in _NEEDS[meant]):
        return [*lacks, f"GCP_AUTH_KIND={meant} needs {' or '.join(_NEEDS[meant])}"]
    file = environ.get("GCP_SERVICE_ACCOUNT_FILE") if meant == "serviceaccount" else ""
    if file and not Path(file).is_file():
        lacks.append(f"GCP_SERVICE_ACCOUNT_FILE={file} is no file")
    return lacks


def with_project(text: str, project: str) -> str:
    """Return the inventory's text for a project; UsageError where it has no list of projects, or that is no project's id."""
    if not re.fullmatch(r"[a-z][a-z0-9.:-]{4,61}[a-z0-9]", project):
        raise UsageError(f"{PROJECT}={project} is no id of a project", "small letters, digits and hyphens, from 6 on")
    if not _PROJECTS.search(text):
        raise UsageError("the inventory has no list `projects:`", "give it one: nox -s deploy puts GCP_PROJECT there")
    return _PROJECTS.sub(f"projects:\n  - {project}\n", text)


@contextlib.contextmanager
def opened(root: Path, env: str, environ: Mapping[str, str], out: Output) -> Iterator[tuple[Ansible, list[Path]]]:
    """Yield Ansible and the inventories of an environment; UsageError says all that is missing."""
    lacks = missing(environ)
    if lacks:
        raise UsageError(f"Google Cloud cannot be asked for the hosts of {env}", "set what is named", lacks)
    folder = (root / playbooks.FOLDER / "environments" / env).absolute()
    given = folder / "inventory.gcp.yml"
    with tempfile.TemporaryDirectory(prefix="deploy") as name:
        work = Path(name)
        mine = work / given.name
        mine.write_text(with_project(given.read_text(encoding="utf-8"), environ[PROJECT]))
        libraries = toolenv.environment("ansible-google", out, environ)
        path = libraries / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        extra = {"PYTHONPATH": str(path), "GCP_AUTH_KIND": kind(environ)}
        # hosts.yml brings its folder's group_vars along.
        yield playbooks.prepare(root, work / "home", out, extra), [folder / "hosts.yml", mine]
