"""What a repository says of the CIS benchmark: [tool.checks.bench], or [bench] in checks.toml."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checks import values
from checks.cis import catalogue


@dataclass(frozen=True)
class Waiver:
    """That a check may fail: why, who says so, until when, and for which objects (all of them, where no pattern is given).

    check: its id in 1.8, or a group's: `5.12`, `1.1`. name, image, host: patterns as the shell's, of an offender's name, of its
    image (an image's is its name), of the host as it was asked for (`local`, `ssh://…`). label: `name`, or `name=pattern`.
    """

    check: str
    reason: str
    name: str = ""
    image: str = ""
    label: str = ""
    host: str = ""
    owner: str = ""
    until: datetime.date | None = None


@dataclass(frozen=True)
class Bench:
    """The benchmark's part of a configuration.

    trusted_users: who may be in the docker group; None where nobody said. minimum_score: what `checks verify` asks of sections
    2, 4 and 5 of its engine and its own containers; None for nothing.
    """

    benchmark: str = "1.8"
    trusted_users: tuple[str, ...] | None = None
    minimum_score: int | None = None
    waivers: tuple[Waiver, ...] = ()


def read(value: Any) -> Bench:
    """Read the table; ValueError, TypeError or KeyError where something in it cannot be used."""
    table = values.table(value)
    values.only(table, {"benchmark", "trusted-users", "minimum-score", "waivers"}, "bench")
    benchmark = values.text(table.get("benchmark", "1.8"))
    if benchmark not in catalogue.BENCHMARKS:
        raise ValueError(f"there is no benchmark {benchmark!r}: {', '.join(catalogue.BENCHMARKS)}")
    users, score = table.get("trusted-users"), table.get("minimum-score")
    return Bench(
        benchmark,
        None if users is None else values.texts(users),
        None if score is None else values.whole(score),
        tuple(map(_waiver, values.tables(table.get("waivers", [])))),
    )


def _waiver(item: Mapping[str, Any]) -> Waiver:
    values.only(item, {"check", "reason", "name", "image", "label", "host", "owner", "until"}, "a waiver")
    given = values.reason(item, f"{item.get('check')}")
    check = values.text(item["check"])
    if not any(catalogue.is_in(name, check) for name in catalogue.IDS):
        raise ValueError(f"the benchmark has no check {check!r}: docs/cis.md lists them, by their ids in 1.8")
    patterns = {key: values.text(item.get(key, "")) for key in ("name", "image", "label", "host", "owner")}
    return Waiver(check, given, **patterns, until=values.day(item.get("until")))
