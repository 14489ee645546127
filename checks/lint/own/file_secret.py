"""A secret written into a file of variables is in the repository's history for good.

Looked at are `.env` files and Terraform's `.tfvars`: names that ask for a secret (`DB_PASSWORD`, `api_key`) with a value
written out, and any value that is a secret by its form. A value that nobody chose (long, letters and digits mixed) is an
error, one that a person chose a warning. No secrets are variables, paths, switches, and what says of itself that it is none
(`changeme`, `<token>`); of files that are examples by their name (`.env.example`, `test.tfvars`) only values that nobody chose
count. Keep such files out of git (`.gitignore`), put an example beside them, and change the secret: it is known by now.

Others: kingfisher tells tokens by their form, in every file. Where both speak of one line it is said once.

Bad (`.env`):

    DB_USER=app
    DB_PASSWORD=hunter2

Bad (`stage/terraform.tfvars`):

    db_password = "hunter2"

Good (`.env`):

    DB_PASSWORD_FILE=/run/secrets/db
    DB_PASSWORD=${DB_PASSWORD}
    SECRET_KEY=changeme

Good (`terraform.tfvars`):

    project          = "docker-240808"
    private_key_path = "~/.ssh/appuser"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks import secretwords
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "secret-in-file"
SEVERITY = Severity.ERROR
_EXAMPLE = re.compile(r"example|sample|template|tmpl|tpl|dist|default|test|\bci\b|dummy|fixture|schema", re.IGNORECASE)
_ENV = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*=\s*(?P<value>.*)")
_TFVARS = re.compile(r"\s*\"?(?P<name>[A-Za-z_][\w-]*)\"?\s*[=:]\s*(?P<value>\"(?:[^\"\\]|\\.)*\")")
_COMMENT = re.compile(r"\s+#.*$")


def takes(file: File) -> bool:
    """Return whether it is a file of variables."""
    return file.kind is Kind.VARIABLES or (file.kind is Kind.TERRAFORM and file.path.lower().endswith(".tfvars"))


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each line that sets a secret; the message names the variable, never what it is set to."""
    name = PurePosixPath(subject.path).name.lower()
    pattern = _TFVARS if name.endswith(".tfvars") else _ENV
    example = _EXAMPLE.search(subject.path) is not None
    for number, line in enumerate(subject.lines, 1):
        match = pattern.match(line) if len(line) < 10_000 else None
        if match is None:
            continue
        value = _COMMENT.sub("", match["value"]).strip().strip("\"'")
        chosen = not (secretwords.random(value) or secretwords.KNOWN.search(value))
        if secretwords.literal(match["name"], value) and not (chosen and example):
            severity = Severity.WARNING if chosen else SEVERITY
            message = f"{match['name']} is a secret written out: keep it out of the repository, and change it"
            yield finding(ID, severity, subject, number, message, secret=True)
