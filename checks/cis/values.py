"""What values mean that checks of several sections read: users, addresses, paths, dates."""

from __future__ import annotations

import posixpath
import re
from datetime import date

_ROOT = re.compile(r"(root|[+-]?0+|)(:.*)?")
_WILDCARDS = frozenset({"", "*", "0.0.0.0", "::"})  # noqa: S104 - nothing is bound here


def is_root(user: str) -> bool:
    """Whether `user[:group]` is root to the engine: by name, by number however it is written, or by being empty."""
    return _ROOT.fullmatch(user) is not None


def is_wildcard(address: str) -> bool:
    """Whether an address that something listens at is every address of its host."""
    return address.strip("[]") in _WILDCARDS


def clean_path(path: str) -> str:
    """Return an absolute path as the kernel would take it: no `//`, `/./`, `/../` or slash at its end; /var/run is /run."""
    clean = posixpath.normpath("/" + path.lstrip("/"))
    return clean.removeprefix("/var") if clean == "/var/run" or clean.startswith("/var/run/") else clean


def days_between(start: str, end: str) -> int | None:
    """Return the days between two times (RFC 3339, to the day); None where one is missing, or is Go's zero time."""
    try:
        first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10])
    except ValueError:
        return None
    return None if first.year == 1 else (last - first).days
