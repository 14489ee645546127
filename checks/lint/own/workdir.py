"""A relative WORKDIR depends on what the base image and the lines above it say.

Whoever changes one of them moves the application without noticing. hadolint tells a WORKDIR that is written relative;
this tells one that becomes relative when its variables are replaced by what ARG and ENV give them, and one behind
ONBUILD. A variable that nothing in the file sets (the base image may) is nobody's business here. The letter of a
Windows drive makes a path absolute.

Others: a relative path that is written out is hadolint's DL3000 and checkov's CKV_DOCKER_10.

Bad:

    FROM debian:12
    ENV APP=app
    WORKDIR $APP/static

Bad (`Dockerfile.onbuild`):

    FROM debian:12
    ONBUILD WORKDIR app

Good:

    FROM debian:12
    ENV APP=/app
    WORKDIR $APP/static
    WORKDIR $HOME/static
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import instructions
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "workdir-absolute"
SEVERITY = Severity.WARNING
_ABSOLUTE = re.compile(r"/|\\|[A-Za-z]:[\\/]?")


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each WORKDIR that is known to be relative and that hadolint does not tell."""
    file = subject.dockerfile
    for index, stage in enumerate(file.stages):
        for step in stage.instructions:
            inner = instructions.inner(step)
            if inner.keyword != "WORKDIR" or not ("$" in inner.value or step.keyword == "ONBUILD"):
                continue
            written = instructions.unquoted(inner.value.strip())
            path = instructions.resolved(written, instructions.variables(file, index, step.line))
            if path and not _ABSOLUTE.match(path):
                means = f"; {written} is {path}" if path != written else ""
                yield finding(ID, SEVERITY, subject, step.line, f"this WORKDIR is relative{means}: begin it with /")
