"""What a change touches: files, and in them lines, from git's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checks.model import Finding

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Changes:
    """The files of a change → first and last of each run of lines; None for a file that is new as a whole.

    Where lines were only removed, the run is the two lines that have become neighbours. `start` is the commit before it.
    """

    lines: Mapping[str, tuple[tuple[int, int], ...] | None]
    start: str = ""

    def touch(self, finding: Finding) -> bool:
        """Return whether a finding is in a line of the change, or about a changed file or a new folder as a whole."""
        if finding.path not in self.lines:
            return any(runs is None and path.startswith(f"{finding.path}/") for path, runs in self.lines.items())
        runs = self.lines[finding.path]
        return runs is None or not finding.line or any(first <= finding.line <= last for first, last in runs)


def parse(diff: str, new: Iterable[str], unquote: Callable[[str], str], start: str = "") -> Changes:
    """Read `git diff --unified=0 --dst-prefix=b/` against `start`, and the paths that git does not know yet.

    `unquote` reads a name as git writes it. What is deleted is no file of the change any more.
    """
    found: dict[str, tuple[tuple[int, int], ...] | None] = {}
    path, added, left = "", False, 0
    for line in diff.split("\n"):
        if left and line[:1] in ("+", "-", "\\"):
            left -= line[:1] != "\\"
            continue
        if line.startswith("diff --git "):
            path, added = "", False
        elif line.startswith("new file mode "):
            added = True
        elif line.startswith("+++ "):
            path = _path(line[4:], unquote)
            if path:
                found[path] = None if added else ()
        elif (hunk := _HUNK.match(line)) and path:
            left = _length(line)
            runs = found[path]
            if runs is not None:
                found[path] = (*runs, _run(int(hunk[1]), int(hunk[2] or 1)))
    return Changes({**found, **dict.fromkeys(new)}, start)


def _path(name: str, unquote: Callable[[str], str]) -> str:
    plain = unquote(name.removesuffix("\t"))
    return plain.removeprefix("b/") if plain.startswith("b/") else ""


def _length(line: str) -> int:
    """Return how many lines a hunk has, so that a line that only looks like a header is none."""
    counts = re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line)
    return sum(int(count) if count is not None else 1 for count in counts.groups()) if counts else 0


def _run(start: int, count: int) -> tuple[int, int]:
    return (start, start + count - 1) if count else (start, start + 1)
