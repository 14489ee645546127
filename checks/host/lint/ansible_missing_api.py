"""Where a file is named that a playbook includes or imports, and that is missing.

Loaded by ansible_lint_api.py, in the tool's interpreter. ansible-lint speaks of such a file at its own path, where there is
nothing, and of the failed syntax check of whatever leads there at that playbook's or role's first line.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

_ACCESS = re.compile(r"Could not find or access '([^\n]*?)' on the Ansible Controller")
Place = tuple[Path, int, str]
"""A file, a line of it, and what is missing as it is called there."""


class Missing:
    """Knows which files of a project name others, as ansible-lint has read them."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._naming: dict[str, set[Path]] = {}
        self._linted: list[Path] = []

    def noting(self, original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        """Return ansible-lint's `find_children` so that it is known afterwards who names a file."""

        def find_children(runner: Any, lintable: Any) -> list[Any]:
            children = original(runner, lintable)
            for child in children:
                self._naming.setdefault(self._absolute(child.path), set()).add(self._project / lintable.path)
            return children

        return find_children

    def linted(self, files: Iterable[Any]) -> None:
        """Take note of what was linted."""
        there = [file for file in files if (self._project / file.path).is_file()]
        there.sort(key=lambda file: (file.kind != "playbook", str(file.path)))
        self._linted = [self._project / file.path for file in there]

    def places(self, match: Any, path: Path) -> list[Place]:
        """Return where what a match at `path` misses is named; nothing where it is not about a missing file."""
        access = _ACCESS.search(str(match.details)) if match.rule.id in ("internal-error", "syntax-check") else None
        if access is None and path.exists():
            return []
        missing = access[1] if access else self._absolute(path)
        return self._named(missing, path) or [(self._there(path), 1, posixpath.basename(missing))]

    def _named(self, missing: str, path: Path) -> list[Place]:
        first = [*self._naming.get(self._absolute(missing), ()), *([path] if path.is_file() else [])]
        known = [place for file in sorted(first) for place in _lines(file, missing)]
        if known:
            return known
        files = sorted(file for file in self._project.rglob("*.y*ml") if file.is_file())
        found = [place for file in files for place in _lines(file, missing)]
        return [place for place in found if not self._exists(*place)]

    def _exists(self, file: Path, _line: int, name: str) -> bool:
        """Return whether Ansible finds what a file calls so: beside it, or further up."""
        above = (folder for folder in file.parents if folder.is_relative_to(self._project))
        return any((folder / part / name).is_file() for folder in above for part in ("", "tasks"))

    def _there(self, path: Path) -> Path:
        """Return the file that stands for a path: itself, one that leads to it, one in it, the first playbook."""
        if path.is_file():
            return path
        naming = sorted(self._naming.get(self._absolute(path), ()))
        inside = [file for file in self._linted if file.is_relative_to(path)]
        return next(iter([*naming, *inside, *self._linted]), path)

    def _absolute(self, path: str | Path) -> str:
        return os.path.abspath(self._project / path)  # noqa: PTH100  links are not followed: what is missing is none


def _lines(file: Path, missing: str) -> Iterator[Place]:
    """Yield the lines of a file in which a value is the end of a missing file's path."""
    ends = re.escape(posixpath.basename(missing))
    value = re.compile(rf"(?:^\s*-|[:,\[{{}}=])\s*[\"']?(?P<value>[^\s\"'{{}}\[\],=:]*{ends})(?=[\s\"',\]}}]|$)")
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        said = value.search(line)
        if said is None or re.search(r"#|\bname\s*$", line[: said.start()]):
            continue
        name = posixpath.normpath(said["value"])
        if f"/{missing}".endswith(f"/{re.sub(r'^(?:[.][.]?/|/)+', '', name)}"):
            yield file, number, said["value"].lstrip("/")
