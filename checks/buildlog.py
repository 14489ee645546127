"""What a builder's plain output says of a failure: the step, its last lines, the line of the Dockerfile."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks import dockerfile

_STEP = re.compile(r"^#(?P<id>\d+) (?P<name>\[.*)$")
_SAID = re.compile(r"^#(?P<id>\d+) \d+\.\d+ (?P<text>.*)$")
_FAILED = re.compile(r"^#(?P<id>\d+) ERROR: (?P<reason>.*)$")
_INTERNAL = ("[internal]", "[auth]")


@dataclass(frozen=True)
class Failure:
    """Why a build failed: the step as the builder names it ("" where no step did), the reason, what the step said last."""

    step: str
    reason: str
    said: tuple[str, ...]


def failure(output: str, lines: int = 20) -> Failure:
    """Find in a builder's plain output which step failed; `lines` of its output are kept, the last ones."""
    names: dict[str, str] = {}
    said: dict[str, list[str]] = {}
    failed: tuple[str, str] | None = None
    for line in output.splitlines():
        if match := _STEP.match(line):
            names.setdefault(match["id"], match["name"])
        elif match := _SAID.match(line):
            said.setdefault(match["id"], []).append(match["text"])
        elif match := _FAILED.match(line):
            # Steps that were cut off because another one failed say so too: the first that says why is the one.
            if failed is None or "canceled" in failed[1]:
                failed = (match["id"], match["reason"])
    if failed is None:
        return Failure("", "", tuple(output.strip().splitlines()[-lines:]))
    number, reason = failed
    return Failure(names.get(number, ""), reason, tuple(said.get(number, [])[-lines:]))


def current_step(line: str) -> str:
    """Return the step that a line of the builder's output says has begun, "" for any other line."""
    match = _STEP.match(line)
    return match["name"] if match and not match["name"].startswith(_INTERNAL) else ""


def describe(found: Failure, file: dockerfile.Dockerfile, name: str) -> list[str]:
    """Say a failure in lines: the place in the Dockerfile `name`, the step, the reason, and what it printed."""
    line = dockerfile.line_of(file, found.step) if found.step else None
    place = f"{name}:{line}" if line else name
    head = [f"{place}: {found.step}" if found.step else place]
    return [*head, *([found.reason] if found.reason else []), *(f"| {text}" for text in found.said)]
