"""What a repository says of itself: checks.toml, else [tool.checks] in pyproject.toml, else the defaults."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks import benchconfig, values
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

    compose: the compose files of the stack, relative to the root, in the order in which they are merged; empty: what is
        found.
    tests: folders with the assertions that `verify` runs.
    standins: image → Dockerfile of what is built in its place where no registry answers; its context is the compose
        file's folder.
    versions: variable → file that holds its default.
    variables: other variables that mean something here → what they are where they are not set.
    secrets: compose secret → bytes of randomness to make where its file is not there.
    ready_seconds: one deadline for all containers to become healthy.
    exclude: globs of paths that are never linted.
    bench: of the CIS benchmark.
    """

    source: str = "defaults"
    compose: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests/integration",)
    standins: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, int] = field(default_factory=dict)
    ready_seconds: float = 120.0
    exclude: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    bench: benchconfig.Bench = field(default_factory=benchconfig.Bench)


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
    found = {}
    for key, value in data.items():
        try:
            name, read = _READERS[key]
            found[name] = read(value)
        except (TypeError, ValueError, KeyError) as error:
            raise ConfigError(f"{source}: {key} cannot be used: {error}", "see docs/configuration.md") from error
    return Config(source=source, **found)


def _sizes(value: Any) -> dict[str, int]:
    sizes = {key: values.number(item) for key, item in values.table(value).items()}
    if any(size < 1 or size != int(size) for size in sizes.values()):
        raise ValueError("expected whole numbers of bytes, at least 1")
    return {key: int(size) for key, size in sizes.items()}


def _seconds(value: Any) -> float:
    seconds = values.number(value)
    if not 0 < seconds < 86400:
        raise ValueError("expected seconds, more than 0 and less than a day")
    return seconds


def _waiver(item: Mapping[str, Any]) -> Waiver:
    values.only(item, {"rule", "reason", "path", "owner", "until"}, "a waiver")
    given = values.reason(item, f"{item.get('rule')}")
    path, owner = values.glob(item.get("path", "*")), values.text(item.get("owner", ""))
    return Waiver(values.text(item["rule"]), given, path, owner, values.day(item.get("until")))


_READERS: Mapping[str, tuple[str, Any]] = {
    "bench": ("bench", benchconfig.read),
    "compose": ("compose", values.text_or_texts),
    "tests": ("tests", values.texts),
    "standins": ("standins", values.mapping),
    "versions": ("versions", values.mapping),
    "variables": ("variables", values.mapping),
    "secrets": ("secrets", _sizes),
    "ready-seconds": ("ready_seconds", _seconds),
    "exclude": ("exclude", lambda value: tuple(map(values.glob, values.texts(value)))),
    "waivers": ("waivers", lambda value: tuple(map(_waiver, values.tables(value)))),
}
