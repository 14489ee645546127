"""Reading files for linters: their first bytes to know what they are, their text where somebody takes them."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from checks.errors import UsageError
from checks.repository import HEAD, JSON_HEAD, TOO_LARGE, File, Trouble, is_vendored, kind_of, understand

_NEVER_SCRIPTS = re.compile(
    r"\.(?:pyc?|[jt]sx?|md|rst|txt|html|s?css|svg|png|jpe?g|gif|ico|pdf|woff2?|ttf|go|java|cs|rb|php|tf|lock|zip|gz|jar"
    r"|toml|xml|map|c|h|cpp|rs|sql|csv|webp|mp4|vue)"
)
"""Suffixes whose first line is not worth a look: nothing of a large repository but its text has to be read then."""


def inventory(root: Path, paths: Iterable[str]) -> tuple[File, ...]:
    """Return what is known of the files at `paths`, relative to `root`; without folders and what is gone."""
    siblings = frozenset(paths)
    # What is vendored is not even looked at: of some repositories it is nine tenths.
    own = (path for path in sorted(siblings) if not is_vendored(path))
    return tuple(file for path in own if (file := _file(root, path, siblings)) is not None)


def chosen(root: Path, paths: Iterable[str], named: Iterable[str]) -> tuple[str, ...]:
    """Return which of `paths` somebody means by the files and folders that they named, from here or from the root.

    A file that is named counts, ignored or not. UsageError where there is no such place, or it is not in the root.
    """
    places = [place(root, name) for name in named]
    if not places or "." in places:
        return tuple(paths)
    kept = [path for path in paths if any(path == one or path.startswith(f"{one}/") for one in places)]
    return tuple(dict.fromkeys([*kept, *(one for one in places if not (root / one).is_dir())]))


def place(root: Path, name: str) -> str:
    """Return where a named path is, relative to the root; of what is in a linked folder, where it really is."""
    for base in (Path.cwd(), root):
        path = Path(os.path.normpath(base / name))
        if not os.path.lexists(path):
            continue
        real, top = path.parent.resolve() / path.name, root.resolve()
        for here in (path.resolve(), real) if path.is_dir() else (real,):
            if here.is_relative_to(top):
                return here.relative_to(top).as_posix()
    if os.path.lexists(name):
        raise UsageError(f"{name} is not in {root}", "name paths in the repository, or give its folder with --root")
    raise UsageError(f"{name} does not exist", "name files and folders that are there")


def _file(root: Path, path: str, siblings: frozenset[str]) -> File | None:
    full, target = os.path.join(root, path), ""  # noqa: PTH118  a Path for each file takes longer
    guess = kind_of(path, b"", siblings)
    try:
        found = os.lstat(full)
        if stat.S_ISLNK(found.st_mode):
            real = Path(full).resolve(strict=True)
            if not real.is_relative_to(root.resolve()):
                return File(path, kind=guess, trouble=Trouble.OUTSIDE, detail="the link leads out of the repository")
            target = real.relative_to(root.resolve()).as_posix()
            found = os.stat(full)  # noqa: PTH116
        if not stat.S_ISREG(found.st_mode):
            return None
        if guess is None and _NEVER_SCRIPTS.fullmatch(os.path.splitext(path)[1].lower()):  # noqa: PTH122  of very many
            return File(path, found.st_size, target=target)
        return _read(full, path, siblings, target)
    except (OSError, RuntimeError) as error:
        if isinstance(error, FileNotFoundError) and not os.path.lexists(full):
            return None  # removed, and git was not told yet
        return File(path, kind=guess, trouble=Trouble.UNREADABLE, detail=_reason(error))


def _read(full: str, path: str, siblings: frozenset[str], target: str) -> File | None:
    with open(full, "rb") as file:  # noqa: PTH123
        head = file.read(JSON_HEAD if path.lower().endswith(".json") else HEAD)
        kind = kind_of(path, head, siblings)
        size = os.fstat(file.fileno()).st_size
        if kind is None:
            return File(path, size, target=target)
        trouble, detail = _before_reading(path, size)
        if trouble is not None:
            return File(path, size, kind, trouble=trouble, detail=detail, target=target)
        return understand(path, kind, head + file.read(TOO_LARGE), target)


def _before_reading(path: str, size: int) -> tuple[Trouble | None, str]:
    try:
        path.encode()
    except UnicodeEncodeError:
        return Trouble.BAD_NAME, "the file's name is not UTF-8"
    if size > TOO_LARGE:
        return Trouble.TOO_LARGE, f"{size / 1e6:.1f} MB"
    return None, ""


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
        return "the link leads back to itself"
    if isinstance(error, FileNotFoundError):
        return "the link leads nowhere"
    return str(error.strerror).lower() if isinstance(error, OSError) and error.strerror else str(error)
