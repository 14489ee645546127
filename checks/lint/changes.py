"""What a change touches: files, and in them lines, from git's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from checks.model import Finding

_NAMED, _RENAMED = 2, 3
"""How many fields a row has of a file, and of one that was renamed or copied."""
_EVERY = ((1, 1_000_000_000),)
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Changes:
    """The files of a change → first and last of each run of lines; None for a file that is new as a whole.

    Where lines were only removed, the run is the two lines that have become neighbours. `start` is the commit before it,
    `gone` are the files of that commit which are no more, `renamed` those that are elsewhere: new path → old.
    """

    lines: Mapping[str, tuple[tuple[int, int], ...] | None]
    start: str = ""
    gone: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def touch(self, finding: Finding) -> bool:
        """Return whether a finding is in a line of the change, or about a changed file or a new folder as a whole."""
        if finding.path not in self.lines:
            return any(runs is None and path.startswith(f"{finding.path}/") for path, runs in self.lines.items())
        runs = self.lines[finding.path]
        return runs is None or not finding.line or any(first <= finding.line <= last for first, last in runs)


def completed(changes: Changes, status: str, counts: str, unquote: Callable[[str], str]) -> Changes:
    """Add what `git diff` tells in no lines: what `--name-status` and `--numstat --no-renames` say of the same change.

    In what git takes for binary every line has changed.
    """
    rows = [line.split("\t") for line in status.split("\n")]
    names = [(row[0][0], *map(unquote, row[1:])) for row in rows if row[0] and len(row) in (_NAMED, _RENAMED)]
    binary = {unquote(line[4:]) for line in counts.split("\n") if line.startswith("-\t-\t")}
    added = dict.fromkeys(path for kind, *_, path in names if kind == "A")
    moved = {new: old for kind, old, new in (row for row in names if len(row) == _RENAMED) if kind == "R"}
    touched = {path: changes.lines.get(path, ()) for kind, *_, path in names if kind not in "AD"}
    whole = {path: _EVERY for path in binary if path in touched}
    gone = (*(path for kind, *_, path in names if kind == "D"), *moved.values())
    return replace(changes, lines={**changes.lines, **touched, **whole, **added}, gone=gone, renamed=moved)


def followed(changes: Changes, links: Mapping[str, str]) -> Changes:
    """Return a change that touches a link where it touches what that leads to; `links` are path → target."""
    through = {link: changes.lines[target] for link, target in links.items() if target in changes.lines}
    return replace(changes, lines={**through, **changes.lines})


def around(gone: Iterable[str], paths: Iterable[str]) -> frozenset[str]:
    """Return which of `paths` lie in a folder that a file which is gone was in, or straight in one above: they may miss it."""
    folders = {folder for path in gone for folder in _above(path)}
    return frozenset(path for path in paths if path.rpartition("/")[0] in folders)


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path


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
