"""ONBUILD makes every image that is built on this one do things which its Dockerfile does not say.

Whoever writes `FROM` must see it coming: the image belongs under a tag of its own (`node:22-onbuild`). A Dockerfile has no
tag; its image counts as so tagged where the word onbuild stands in the file's name or folder (`Dockerfile.onbuild`,
`22/onbuild/Dockerfile`), in the stage's name, or in a LABEL of the stage. A stage that a later stage of the same file is
made from keeps its ONBUILD to itself, unless it is the last: that is no finding either.

Bad:

    FROM node:22
    ONBUILD COPY . /app

Good (`22/onbuild/Dockerfile`):

    FROM node:22
    ONBUILD COPY . /app

Good:

    FROM node:22 AS base
    ONBUILD COPY package.json /app/
    FROM base
    CMD ["node", "/app"]
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.dockerfile import Stage
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "onbuild-tag"
SEVERITY = Severity.WARNING
_WORD = "onbuild"


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the first ONBUILD of each stage whose image is not tagged so."""
    if _WORD in subject.path.lower():
        return
    file = subject.dockerfile
    parents = {file.parent(index) for index in range(len(file.stages))}
    for index, stage in enumerate(file.stages):
        first = next((step for step in stage.instructions if step.keyword == "ONBUILD"), None)
        if first is not None and index not in parents and not _is_tagged(stage):
            message = (
                "ONBUILD acts in images built on this one: name the file or the stage onbuild, and tag the image so"
            )
            yield finding(ID, SEVERITY, subject, first.line, message)


def _is_tagged(stage: Stage) -> bool:
    labels = (step.value for step in stage.instructions if step.keyword == "LABEL")
    return any(_WORD in text.lower() for text in (stage.name, *labels))
