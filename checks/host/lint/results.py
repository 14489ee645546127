"""What linters found, kept between runs: by tool, its configuration and the content of the files that decide it.

One database under the cache; two runs at once share it. Where it cannot be used, everything is simply done again, and
the run says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import site
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache as remembered
from pathlib import Path
from typing import TypeVar

from checks.host import cache

KEPT_DAYS = 30.0
"""How long an answer that nobody asked for again is kept."""
_SCHEMA = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, answer TEXT NOT NULL, used REAL NOT NULL)"
_DAY = 86400.0
_ASKED_AT_ONCE = 500
T = TypeVar("T")


def folder() -> Path:
    """Return where the answers are."""
    return cache.root() / "lint"


def versions_folder() -> Path:
    """Return where the versions of tools are: they are no results, and stay when those are removed."""
    return cache.root() / "versions"


class Results:
    """The answers of earlier runs, in `folder()` or another place.

    `warning` says why there are none, where that is not as it should be.
    """

    def __init__(self, place: Path | None = None) -> None:
        self._path = (folder() if place is None else place) / "results.sqlite"
        self.warning = ""

    def get(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the answers that are known, by key."""
        asked = list(dict.fromkeys(keys))
        return self._with(lambda database: _known(database, asked), {}) if asked else {}

    def put(self, answers: Mapping[str, str]) -> None:
        """Keep answers by key, and forget those that nobody asked for lately."""
        if answers:
            self._with(lambda database: _keep(database, answers), None)

    def _with(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.closing(sqlite3.connect(self._path, timeout=5.0)) as database, database:
                database.execute(_SCHEMA)
                return work(database)
        except (OSError, sqlite3.Error) as error:
            self.warning = f"results are not kept in {self._path.parent}: {error}"
            if "not a database" in str(error) or "malformed" in str(error):
                self._path.unlink(missing_ok=True)  # the next run begins a new one
            return otherwise


def _known(database: sqlite3.Connection, asked: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    now = time.time()
    for at in range(0, len(asked), _ASKED_AT_ONCE):
        part = asked[at : at + _ASKED_AT_ONCE]
        marks = ",".join("?" * len(part))
        ask = f"SELECT key, answer, used FROM results WHERE key IN ({marks})"  # noqa: S608 (question marks only)
        rows = database.execute(ask, part).fetchall()
        found.update({key: answer for key, answer, _ in rows})
        # A run with nothing new writes nothing, but once a day.
        old = [(now, key) for key, _, used in rows if used < now - _DAY]
        database.executemany("UPDATE results SET used = ? WHERE key = ?", old)
    return found


def _keep(database: sqlite3.Connection, answers: Mapping[str, str]) -> None:
    now = time.time()
    rows = [(key, answer, now) for key, answer in answers.items()]
    database.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
    database.execute("DELETE FROM results WHERE used < ?", (now - KEPT_DAYS * _DAY,))


class Digests:
    """The content of files below a root as short texts; each file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the digest of a file's bytes, "" where it cannot be read."""
        if path not in self._known:
            self._known[path] = _digest(os.path.join(self._root, path))  # noqa: PTH118  a Path for each file takes longer
        return self._known[path]

    def forget(self) -> None:
        """Read everything again from now on."""
        self._known.clear()


def key_of(*parts: str) -> str:
    """Return one key for several texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def identity(argv: Iterable[str]) -> str:
    """Return what tells a program from another version of itself: path, size and time of every file that argv names.

    The path as it is named, too: the Python of a virtual environment is a link, and the folder tells what is installed. Of
    our own environment, in which packages come and go, it is their names and versions.
    """
    said = []
    for word in argv:
        path = Path(word)
        if path.is_absolute() and path.is_file():
            stat = path.resolve().stat()
            said.append(f"{path} {path.resolve()} {stat.st_size} {stat.st_mtime_ns}")
            if path.is_relative_to(sys.prefix):
                said += installed()
        else:
            said.append(word)
    return key_of(*said)


@remembered
def installed() -> tuple[str, ...]:
    """Return the names and versions of the packages beside ours, as the folders of their metadata are called."""
    places = [Path(place) for place in site.getsitepackages()]
    names = {name for place in places if place.is_dir() for name in os.listdir(place)}  # noqa: PTH208
    return tuple(sorted(name for name in names if name.endswith(".dist-info")))


@remembered
def our_own_code() -> str:
    """Return the digest of the code of ours that decides what a tool is asked and how its answer is read."""
    package = Path(__file__).parents[2]
    programs = [*Path(__file__).parent.glob("*_api.py"), *Path(__file__).parent.glob("terraform_*.py")]
    data = (package / "schemas").glob("*.json.gz")
    files = sorted([*(package / "lint").rglob("*.py"), *programs, *data, *package.glob("*.py")])
    return key_of(*(_digest(file) for file in files))


def _digest(path: str | Path) -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            return hashlib.sha256(file.read()).hexdigest()
    except (OSError, ValueError):
        return ""
