"""A secret in ENV or ARG is in the image for everybody who can pull it.

`docker history` and `docker inspect` show both; a later line that sets another value takes nothing back. Looked at are
names that ask for a secret (`DB_PASSWORD`, `API_KEY`, `githubToken`) with a value written out, and under any name a value
that is a secret by its form: tokens of GitHub, GitLab, Slack, AWS and others, a URL with a password. No secrets are: an
ARG without a value, a variable, a path (`PASSWORD_FILE=/run/secrets/db`), a switch, and what says of itself that it is
none (`changeme`, `dummy`, `<token>`). Hand secrets over at run time as files, or to a build by `RUN --mount=type=secret`.

Others: hadolint's DL3064 tells every such name, whatever its value, none of the values. Where both speak it is said once.

Bad:

    FROM debian:12
    ENV DB_USER=app DB_PASSWORD=hunter2

Bad:

    ARG GIT_URL=https://robot:s3cr3t@example.org/app.git
    FROM debian:12

Good:

    FROM debian:12
    ARG GITHUB_TOKEN
    ENV DB_PASSWORD_FILE=/run/secrets/db API_KEY=$API_KEY SECRET_KEY=dummy
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import instructions, secretwords
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "secret-in-image"
SEVERITY = Severity.ERROR


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each ENV and ARG that sets a secret; the message names the variables, never what they are set to."""
    file = subject.dockerfile
    for step in (*file.header, *file.instructions()):
        inner = instructions.inner(step)
        if inner.keyword not in ("ENV", "ARG"):
            continue
        pairs = instructions.assignments(inner)
        names = [name for name, value in pairs if value is not None and secretwords.literal(name, value)]
        if names:
            message = f"{inner.keyword} puts a secret into the image: {', '.join(names)}"
            yield finding(ID, SEVERITY, subject, step.line, message, secret=True)
