"""What a repository says of itself: checks.toml, else [tool.checks] in pyproject.toml, else the defaults."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.errors import ConfigError


@dataclass(frozen=True)
class Waiver:
    """A rule that may be broken: where, until when, whose decision, and why.

    `path` is a glob relative to the root, `*` for everywhere.
    """

    rule: str
    reason: str
    path: str = "*"
    owner: str = ""
    until: datetime.date | None = None


@dataclass(frozen=True)
class Config:
    """The configuration of one repository.

    compose: the compose file of the stack, relative to the root; empty: the one that is found.
    tests: folders with the assertions that `verify` runs.
    standins: image → Dockerfile of what is built in its place where no registry answers; its context is the compose
        file's folder.
    versions: variable → file that holds its default.
    secrets: compose secret → bytes of randomness to make where its file is not there.
    ready_seconds: one deadline for all containers to become healthy.
    exclude: globs of paths that are never linted.
    """

    source: str = "defaults"
    compose: str = ""
    tests: tuple[str, ...] = ("tests/integration",)
    standins: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, int] = field(default_factory=dict)
    ready_seconds: float = 120.0
    exclude: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()


def parse(text: str, source: str, table: tuple[str, ...] = ()) -> Config | None:
    """Read a TOML text; `table` names the table of ours in it. None where that table is not there.

    Raises ConfigError with the key that is wrong.
    """
    try:
        data: Any = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of numbers and nesting that Python refuses, not TOML
        raise ConfigError(f"{source} cannot be read: {error}", "correct the TOML at that place") from error
    for number, key in enumerate(table):
        if key not in data:
            return None
        data = data[key]
        if not isinstance(data, dict):
            raise ConfigError(f"{source}: {'.'.join(table[: number + 1])} is no table", "make it a table")
    return _build(data, source)


def _build(data: Mapping[str, Any], source: str) -> Config:
    unknown = sorted(set(data) - set(_READERS))
    if unknown:
        raise ConfigError(f"{source}: unknown key {unknown[0]!r}", f"known keys: {', '.join(sorted(_READERS))}")
    values = {}
    for key, value in data.items():
        try:
            name, values_of = _READERS[key]
            values[name] = values_of(value)
        except (TypeError, ValueError, KeyError) as error:
            raise ConfigError(f"{source}: {key} cannot be used: {error}", "see docs/configuration.md") from error
    return Config(source=source, **values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list of texts, got {type(value).__name__}")
    return tuple(_text(item) for item in value)


def _mapping(value: Any) -> dict[str, str]:
    return {_text(key): _text(item) for key, item in _table(value).items()}


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected a table, got {type(value).__name__}")
    return value


def _sizes(value: Any) -> dict[str, int]:
    sizes = {key: _number(item) for key, item in _table(value).items()}
    if any(size < 1 or size != int(size) for size in sizes.values()):
        raise ValueError("expected whole numbers of bytes, at least 1")
    return {key: int(size) for key, size in sizes.items()}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)


def _seconds(value: Any) -> float:
    seconds = _number(value)
    if not 0 < seconds < 86400:
        raise ValueError("expected seconds, more than 0 and less than a day")
    return seconds


def _waivers(value: Any) -> tuple[Waiver, ...]:
    if not isinstance(value, list):
        raise TypeError("expected a list of tables")
    return tuple(_waiver(_table(item)) for item in value)


def _waiver(item: Mapping[str, Any]) -> Waiver:
    unknown = sorted(set(item) - {"rule", "reason", "path", "owner", "until"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} in a waiver")
    until = item.get("until")
    if isinstance(until, datetime.datetime):  # a date, too, in Python's eyes, but none to compare with one
        until = until.date()
    if until is not None and not isinstance(until, datetime.date):
        until = datetime.date.fromisoformat(_text(until))
    reason = _text(item.get("reason", "")).strip()
    if not reason:
        raise ValueError(f"the waiver of {item.get('rule')} gives no reason")
    return Waiver(_text(item["rule"]), reason, _text(item.get("path", "*")), _text(item.get("owner", "")), until)


_READERS: Mapping[str, tuple[str, Any]] = {
    "compose": ("compose", _text),
    "tests": ("tests", _texts),
    "standins": ("standins", _mapping),
    "versions": ("versions", _mapping),
    "secrets": ("secrets", _sizes),
    "ready-seconds": ("ready_seconds", _seconds),
    "exclude": ("exclude", _texts),
    "waivers": ("waivers", _waivers),
}
