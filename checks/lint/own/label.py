"""An image without any LABEL cannot be told from another.

Who made it, from which commit, under which licence: of a running container nobody finds that out unless the image says
it, best by the keys of the OCI (`org.opencontainers.image.source`, `.revision`, `.version`, `.licenses`). Looked at are the
last stage and the stages that it is made from. Labels that a build gets from outside (`docker build --label`, compose's
`build.labels`) nobody sees in the file: this is information, no more.

Others: MAINTAINER instead of a label is hadolint's DL4000 and checkov's CKV_DOCKER_6; such a file is not told here.

Bad:

    FROM debian:12 AS build
    LABEL stage=build
    FROM debian:12
    COPY --from=build /app /app

Good:

    FROM debian:12 AS base
    LABEL org.opencontainers.image.source="https://example.org/app"
    FROM base
    COPY app /app
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import instructions
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "image-label"
SEVERITY = Severity.INFO


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield one finding where neither the last stage nor one that it is made from has a LABEL."""
    file = subject.dockerfile
    if not file.stages:
        return
    last = len(file.stages) - 1
    steps = [step for at in file.lineage(last) for step in file.stages[at].instructions]
    if not any(instructions.inner(step).keyword in ("LABEL", "MAINTAINER") for step in steps):
        yield finding(ID, SEVERITY, subject, file.stages[last].line, "the image has no LABEL: say where it comes from")
