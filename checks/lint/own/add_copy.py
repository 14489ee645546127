"""ADD where COPY does the same.

ADD unpacks archives and fetches addresses; where neither is wanted, COPY says what is meant and cannot do more. hadolint
tells ADD of plain files; this tells the two places where it does not look: behind ONBUILD, and a here-document.

Others: ADD of files and folders is hadolint's DL3020. checkov's CKV_DOCKER_4 tells every ADD, archives and addresses too.

Bad (`Dockerfile.onbuild`):

    FROM debian:12
    ONBUILD ADD . /app

Bad:

    FROM debian:12
    ADD <<EOF /etc/motd
    hello
    EOF

Good (`Dockerfile.onbuild`):

    FROM debian:12
    ONBUILD COPY . /app
    ONBUILD ADD vendor.tar.gz /app
    COPY <<EOF /etc/motd
    hello
    EOF
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import instructions
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "copy-not-add"
SEVERITY = Severity.WARNING
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_ARCHIVE = re.compile(r".*\.(?:tar(?:\.\w+)?|t?gz|tgz|tbz2?|txz|tzst|bz2|xz|zst|lzma)", re.IGNORECASE)


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each ADD behind ONBUILD, or of a here-document, that takes nothing but plain files."""
    for step in subject.dockerfile.instructions():
        inner = instructions.inner(step)
        found = instructions.sources(inner) if inner.keyword == "ADD" else []
        if not found or any(_needs_add(source) for source in found):
            continue
        if step.keyword == "ONBUILD" or any(instructions.is_heredoc(source) for source in found):
            yield finding(ID, SEVERITY, subject, step.line, "nothing here is unpacked or fetched: write COPY")


def _needs_add(source: str) -> bool:
    """Return whether a source is an address or an archive, or may be one."""
    return bool(_ADDRESS.match(source) or _ARCHIVE.fullmatch(source) or "$" in source)
