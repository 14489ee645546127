"""Reading an engine's JSON: what is missing, null or of another kind than expected is empty, and never an exception.

Engines differ (Docker of many years, podman's API), and a container that lost a field must not hide all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def text(value: object) -> str:
    """Return a string, "" for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """Return a whole number, 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def flag(value: object) -> bool:
    """Return whether it is true."""
    return value is True


def items(value: object) -> Sequence[Any]:
    """Return a list, an empty one for anything else."""
    return value if isinstance(value, list) else ()


def texts(value: object) -> tuple[str, ...]:
    """Return the strings of a list."""
    return tuple(item for item in items(value) if isinstance(item, str))


def table(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    return [item for item in items(value) if isinstance(item, dict)]


def pairs(value: object) -> dict[str, str]:
    """Return what an object says in strings: labels, options."""
    return {name: item for name, item in table(value).items() if isinstance(item, str)}
