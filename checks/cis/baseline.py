"""The baseline: what failed when somebody began to look. Only what got worse since then fails a run.

Worse is an offender that was not there, or one whose value says more than it did: `/etc, /usr` where it was `/etc`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.cis import catalogue
from checks.errors import ConfigError
from checks.model import Judgement, Offender, Verdict

PLACE = ".checks/bench-baseline.json"
"""Where it is, relative to the root."""
_ADVICE = "write it again with `checks bench --write-baseline`"
_KEPT_UP = re.compile(r"^checks-up-[0-9a-f]{8}(?=[-_]|$)")
"""How what `checks up` keeps is named: by the folder that it was started in."""
_KEYS = ("host", "check", "kind", "name")

Key = tuple[str, str, str, str]
Known = Mapping[Key, frozenset[str]]
"""Host, check (in 1.8), kind and name of an offender → the parts of its value."""


@dataclass(frozen=True)
class Compared:
    """known: the checks (target, id) whose failures are all in the baseline; gone: how many of its entries met nothing."""

    known: frozenset[tuple[str, str]]
    gone: int


def _own_ids(benchmark: str) -> Mapping[str, str]:
    return {own: name for name in catalogue.IDS if (own := catalogue.id_in(benchmark, name))}


def _key(judgement: Judgement, offender: Offender, own: Mapping[str, str]) -> Key:
    return (judgement.target, own.get(judgement.id, judgement.id), offender.kind, _name(offender.name))


def _name(name: str) -> str:
    """Return a name without what tells one checkout's stack from another's: the file is for all who have the repository."""
    return _KEPT_UP.sub("checks-up", name)


def _parts(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(","))


def written(judgements: Iterable[Judgement], benchmark: str) -> str:
    """Return the baseline of what fails, one offender a line; what is waived has its own place."""
    own = _own_ids(benchmark)
    found = {
        (*_key(one, offender, own), offender.value)
        for one in judgements
        if one.verdict is Verdict.FAIL
        for offender in one.offenders
        if not offender.waived
    }
    lines = [json.dumps(dict(zip((*_KEYS, "value"), entry, strict=True))) for entry in sorted(found)]
    body = ",\n    ".join(lines)
    return f'{{\n  "schema": 1,\n  "failures": [\n    {body}\n  ]\n}}\n' if lines else '{"schema": 1, "failures": []}\n'


def parse(text: str) -> Known:
    """Return what a baseline holds; ConfigError where it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{PLACE} cannot be read: {error}", _ADVICE) from error
    if not isinstance(data, dict) or data.get("schema") != 1 or not isinstance(data.get("failures"), list):
        raise ConfigError(f"{PLACE} is no baseline of schema 1", _ADVICE)
    found: dict[Key, frozenset[str]] = {}
    for entry in data["failures"]:
        key, parts = _entry(entry)
        found[key] = found.get(key, frozenset()) | parts
    return found


def _entry(entry: Any) -> tuple[Key, frozenset[str]]:
    values = [entry.get(key) if isinstance(entry, dict) else None for key in (*_KEYS, "value")]
    host, check, kind, name, value = (one if isinstance(one, str) else "" for one in values)
    if None in values or not check:
        raise ConfigError(f"{PLACE} has an entry that cannot be read: {entry!r:.80}", _ADVICE)
    return (host, check, kind, _name(name)), _parts(value)


def compare(judgements: Iterable[Judgement], baseline: Known, benchmark: str) -> Compared:
    """Return which failures are not worse than the baseline."""
    own = _own_ids(benchmark)
    met: set[Key] = set()
    known = set()
    for one in judgements:
        if one.verdict is not Verdict.FAIL:
            continue
        left = [(offender, _key(one, offender, own)) for offender in one.offenders if not offender.waived]
        met.update(key for _, key in left if key in baseline)
        if all(_parts(offender.value) <= baseline.get(key, frozenset()) for offender, key in left):
            known.add((one.target, one.id))
    return Compared(frozenset(known), len(set(baseline) - met))
