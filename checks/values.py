"""Reading values of a configuration: each function returns one of the kind that is wanted, or raises TypeError or ValueError."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(value, list):
        raise TypeError(f"expected a list of texts, got {type(value).__name__}")
    return tuple(text(item) for item in value)


def glob(value: Any) -> str:
    """Return a pattern of paths, which are relative to the root, whether it begins with `./` or not."""
    return text(value).removeprefix("./")


def text_or_texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts, of which there may be one alone; none for an empty one."""
    if isinstance(value, str):
        return (value,) if value else ()
    if not isinstance(value, list):
        raise TypeError(f"expected text or a list of texts, got {type(value).__name__}")
    return texts(value)


def table(value: Any) -> Mapping[str, Any]:
    """Return a table."""
    if not isinstance(value, dict):
        raise TypeError(f"expected a table, got {type(value).__name__}")
    return value


def tables(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return a list of tables."""
    if not isinstance(value, list):
        raise TypeError("expected a list of tables")
    return tuple(table(item) for item in value)


def mapping(value: Any) -> dict[str, str]:
    """Return a table of texts."""
    return {text(key): text(item) for key, item in table(value).items()}


def number(value: Any) -> float:
    """Return a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)


def whole(value: Any) -> int:
    """Return a whole number."""
    if number(value) != int(value):
        raise ValueError("expected a whole number")
    return int(value)


def day(value: Any) -> datetime.date | None:
    """Return a date, written as TOML does or as text; None for none."""
    if isinstance(value, datetime.datetime):  # a date, too, in Python's eyes, but none to compare with one
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    return datetime.date.fromisoformat(text(value))


def only(item: Mapping[str, Any], known: set[str], what: str) -> None:
    """Raise ValueError where a table has a key that is not known."""
    unknown = sorted(set(item) - known)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} in {what}")


def reason(item: Mapping[str, Any], of: str) -> str:
    """Return the reason that a waiver must give."""
    given = text(item.get("reason", "")).strip()
    if not given:
        raise ValueError(f"the waiver of {of} gives no reason")
    return given
