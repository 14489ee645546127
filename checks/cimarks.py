"""How CI systems are told that lines belong together and can be folded away: the marks of each, as data.

Sources: Travis's build script (travis_fold), GitHub's workflow commands, GitLab's documentation of job logs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CLEAR = "\r\x1b[0K"


@dataclass(frozen=True)
class Marks:
    """The lines before and after a section: `{name}` is one word, `{title}` for people, `{time}` seconds since 1970."""

    variable: str
    start: str
    end: str


SYSTEMS: tuple[Marks, ...] = (
    Marks("TRAVIS", f"travis_fold:start:{{name}}{_CLEAR}{{title}}", f"travis_fold:end:{{name}}{_CLEAR}"),
    Marks("GITHUB_ACTIONS", "::group::{title}", "::endgroup::"),
    Marks(
        "GITLAB_CI",
        f"\x1b[0Ksection_start:{{time}}:{{name}}[collapsed=true]{_CLEAR}{{title}}",
        f"\x1b[0Ksection_end:{{time}}:{{name}}{_CLEAR}",
    ),
)


def of(environ: Mapping[str, str]) -> Marks | None:
    """Return the marks of the CI system that this runs in, None elsewhere."""
    return next((marks for marks in SYSTEMS if environ.get(marks.variable, "").lower() == "true"), None)


def start(marks: Marks, name: str, title: str, time: float) -> str:
    """Return the line that opens a section."""
    return _filled(marks.start, name, title, time)


def end(marks: Marks, name: str, time: float) -> str:
    """Return the line that closes it."""
    return _filled(marks.end, name, "", time)


def _filled(text: str, name: str, title: str, time: float) -> str:
    word = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).lower()
    shown = "".join(char for char in title if char.isprintable())
    return text.replace("{name}", f"checks.{word}").replace("{time}", str(int(time))).replace("{title}", shown)
