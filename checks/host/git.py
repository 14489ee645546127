"""Which files a repository has: what git knows or would add, else a walk."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.errors import MissingToolError, UsageError
from checks.host import proc
from checks.lint.changes import Changes, completed, parse
from checks.model import Done

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
    try:
        done = _git(root, "ls-files", "--cached", "--others", "--exclude-standard")
    except UsageError as error:
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


def committed(root: Path, folder: str) -> tuple[str, ...]:
    """Return the files in a folder below `root` that git has, the folder itself where it is a link; () without git."""
    with contextlib.suppress(UsageError):
        return tuple(unquote(path) for path in _git(root, "ls-files", "--cached", "--", folder).out.split("\n") if path)
    return ()


def revision(root: Path) -> str:
    """Return the commit that is checked out, with `-dirty` where files differ from it; "" without git."""
    argv = ["git", "-c", "safe.directory=*", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        done = proc.run(argv, timeout=LIMIT, cwd=root)
    except MissingToolError:
        return ""
    return done.out.strip() if done.ok else ""


def changes(root: Path, rev: str) -> Changes:
    """Return what differs between the working tree and where it left `rev`: their merge base, else `rev` itself.

    Paths are relative to `root`. UsageError where git knows no such revision, or there is no git.
    """
    since = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if not since.ok:
        if not _git(root, "rev-parse", "--git-dir").ok:
            raise UsageError(f"{root} is in no git repository: nothing tells what has changed", "leave out --since")
        raise UsageError(
            f"git knows no revision {rev!r} here", "name one that is there; a shallow clone has few: fetch more of it"
        )
    base = _git(root, "merge-base", since.out.strip(), "HEAD")
    start = base.out.strip() if base.ok else since.out.strip()
    between = ("--relative", start, "--", ".")
    diff = _git(root, "diff", *_PLAIN_DIFF, "--unified=0", "--find-renames", *between)
    status = _git(root, "diff", "--name-status", "--find-renames", *between)
    counts = _git(root, "diff", *_PLAIN_DIFF, "--numstat", "--no-renames", *between)
    new = _git(root, "ls-files", "--others", "--exclude-standard")
    for done in (diff, status, counts, new):
        if not done.ok:
            raise UsageError("git cannot say what has changed", "see its words", done.last_lines(3))
    lines = parse(diff.out, (unquote(path) for path in new.out.split("\n") if path), unquote, start)
    return completed(lines, status.out, counts.out, unquote)


def prefix(root: Path) -> str:
    """Return where `root` is in its checkout: "" or a path that ends with /."""
    return _git(root, "rev-parse", "--show-prefix").out.removesuffix("\n")


def put_back(root: Path, since: Changes, top: Path) -> None:
    """Let a copy of some files of a checkout hold what those of a change were before it; what was not there then is removed.

    `top` stands for the checkout that `root` is in. Ends of lines are as git would write them; the programs that its
    configuration names for filters are not started. UsageError where git cannot do that.
    """
    folder, below = _git(root, "rev-parse", "--absolute-git-dir").out.removesuffix("\n"), prefix(root)
    for path in (*since.lines, *since.gone):
        _remove(top / below / path)
    drivers = _git(root, "config", "--name-only", "--get-regexp", r"^filter\..*\.(smudge|process|required)$").out
    off = [word for name in drivers.split("\n") if name for word in ("-c", f"{name}=")]
    of_copy = [*off, f"--git-dir={folder}", f"--work-tree={top}"]
    with tempfile.TemporaryDirectory(prefix="checks-index-") as scratch:
        index = {**os.environ, "GIT_INDEX_FILE": f"{scratch}/index"}
        read = _git(root, *of_copy, "read-tree", since.start, env=index)
        if not read.ok:
            raise UsageError("git cannot say what was there before", "see its words", read.last_lines(3))
        before = [*since.gone, *(path for path, runs in since.lines.items() if runs is not None)]
        for at in range(0, len(before), _ARGUMENTS):
            # One that was not there then is passed over.
            words = [below + path for path in before[at : at + _ARGUMENTS]]
            _git(top, *of_copy, "checkout-index", "--force", "--quiet", "--", *words, env=index)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        with contextlib.suppress(NotADirectoryError):
            place.unlink(missing_ok=True)


_ARGUMENTS = 500
"""Paths on one command line."""
_PLAIN_DIFF = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")


def difference(root: Path, context: int = 3) -> str:
    """Return what differs from what is committed, with lines around it; UsageError where there is no git."""
    return _git(root, "diff", *_PLAIN_DIFF, f"--unified={context}", "--relative", "HEAD", "--", ".").out


def changed_files(root: Path) -> tuple[str, ...]:
    """Return the files below `root` that are not as they are committed; UsageError where there is no git."""
    done = _git(root, "status", "--porcelain", "--untracked-files=all", "--", ".")
    if not done.ok:
        raise UsageError("git cannot say what has changed", "see its words", done.last_lines(3))
    return tuple(unquote(line[3:]) for line in done.out.split("\n") if line)


def _git(root: Path, *words: str, env: Mapping[str, str] | None = None) -> Done:
    # Somebody else's checkout must be readable too, and its configuration must not start programs.
    options = ["safe.directory=*", "core.fsmonitor=false", "core.quotePath=true"]
    try:
        return proc.run(
            ["git", *(part for option in options for part in ("-c", option)), *words], timeout=LIMIT, cwd=root, env=env
        )
    except MissingToolError as error:
        raise UsageError("git is not installed, so nothing tells what has changed", "install git") from error
