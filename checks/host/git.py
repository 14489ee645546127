"""Which files a repository has: what git knows or would add, else a walk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.errors import MissingToolError
from checks.host import proc

LIMIT = 60.0
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "node_modules", "bower_components", "vendor", ".terraform", ".venv", "venv", "__pycache__"}
    | {".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".direnv", ".vagrant", ".cache", ".eggs"}
)
"""Folders that a walk does not enter: without git nothing says that they are ignored."""


_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True)
class Listing:
    """Paths relative to the root, as the file system spells them; `warning` says why git was not asked in vain."""

    paths: tuple[str, ...]
    by_git: bool
    warning: str = ""


def listing(root: Path) -> Listing:
    """Return every file below `root` that git knows or does not ignore; every file, where there is no git."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return Listing(tuple(_walk(root)), by_git=False)
    found = _ask_git(root)
    if isinstance(found, str):
        return Listing(tuple(_walk(root)), by_git=False, warning=f"git does not list the files: {found}")
    return Listing(found, by_git=True)


def _ask_git(root: Path) -> tuple[str, ...] | str:
    # Somebody else's checkout must be readable too, and its configuration must not start programs.
    options = ["safe.directory=*", "core.fsmonitor=false", "core.quotePath=true"]
    argv = ["git", *(part for option in options for part in ("-c", option)), "ls-files"]
    try:
        done = proc.run([*argv, "--cached", "--others", "--exclude-standard"], timeout=LIMIT, cwd=root)
    except MissingToolError as error:
        return str(error)
    if not done.ok:
        return next(iter(done.last_lines(1)), f"exit code {done.code}")
    return tuple(dict.fromkeys(unquote(path) for path in done.out.split("\n") if path))


def unquote(name: str) -> str:
    """Return the name that git wrote: quoted like a string of C where it holds anything but plain ASCII.

    That is read rather than `-z`, because output is text here: of -z's bytes a carriage return would not survive.
    """
    if not (name.startswith('"') and name.endswith('"')):
        return name
    return os.fsdecode(_ESCAPE.sub(_unescaped, name[1:-1].encode()))


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if code.isdigit() else _LETTERS.get(code, code)


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not _is_environment(folder, name))
        # A link to a folder is a name for files that are elsewhere: os.walk does not follow it.
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(root).as_posix()


def _is_environment(folder: str, name: str) -> bool:
    return (Path(folder) / name / "pyvenv.cfg").is_file()


def revision(root: Path) -> str:
    """Return the commit that is checked out, with `-dirty` where files differ from it; "" without git."""
    argv = ["git", "-c", "safe.directory=*", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        done = proc.run(argv, timeout=LIMIT, cwd=root)
    except MissingToolError:
        return ""
    return done.out.strip() if done.ok else ""
