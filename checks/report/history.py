"""reports/history.jsonl: a line a run, the newest last: what it came to, in figures that can be drawn and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from checks import errors
from checks.cis.loose import number, table, tables, text

REPORTS: Mapping[str, str] = {
    "lint": "lint",
    "build": "build",
    "verify": "integration",
    "bench": "bench",
    "publish": "publish",
}
"""The verbs that report, in the order of a run, and the JSON reports that are theirs."""
KEPT = 200
"""Lines that are kept, the newest."""
KILLED = "killed"
"""The verdict of a run that had begun and never said how it ended."""
_VERDICTS = {errors.OK: "passed", errors.INTERRUPTED: "interrupted"}
_LARGE = 1e12


def called(verb: str, name: str) -> str:
    """Return what runs of a verb go by: the verb, or the name that their reports were given instead of the usual one."""
    return verb if name in ("", REPORTS.get(verb)) else name


def line(verb: str, code: int | None, begun: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's line. `code` is the exit code, None for a run that was killed; `report` is {} where there is none.

    `begun` says `run` (its id), `time` (ISO 8601), `revision` and `seconds` (of wall time, None where nobody knows).
    """
    judged = report.get("judgements")
    findings = [one for one in tables(report.get("findings")) if one.get("status") == "new"]
    return {
        "schema": 1,
        "run": text(report.get("run")) or text(begun.get("run")),
        "time": text(begun.get("time")),
        "revision": text(begun.get("revision")),
        "verb": verb,
        "exit": code,
        "verdict": KILLED if code is None else _VERDICTS.get(code, "failed"),
        "seconds": begun.get("seconds"),
        "report": bool(report),
        "of": of(report) if report else None,
        "score": number(report.get("score")) if isinstance(judged, list) and judged else None,
        "images": {text(one.get("image")): size for one in tables(report.get("images")) if (size := _size(one))},
        "findings": len(findings) if isinstance(report.get("findings"), list) else None,
        "ready": {name: figure(table(one).get("ready_seconds")) for name, one in table(report.get("services")).items()},
        "tests": {name: number(count) for name, count in table(report.get("tests")).items()},
    }


def of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run was of, which must be the same for its figures to be compared: `asked` is {} for all of it.

    Where a report names a host and a benchmark, a score of others is another figure.
    """
    asked = report.get("asked")
    words = asked if isinstance(asked, Mapping) else {"words": asked} if isinstance(asked, list) else {}
    named = {name: text(report[name]) for name in ("host", "benchmark") if name in report}
    return {"asked": {name: value for name, value in words.items() if value}, **named}


def is_whole(entry: Mapping[str, Any]) -> bool:
    """Return whether a line is of a whole run; one that says nothing of that is taken for one."""
    return not table(entry.get("of")).get("asked")


def _size(image: Mapping[str, Any]) -> int:
    return number(image.get("size")) if image.get("state") in ("built", "unchanged") else 0


def figure(value: object) -> float:
    """Return a figure as it can be counted with, 0 for what is none: a report may have been written by anybody."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGE < value < _LARGE:
        return 0.0
    return float(value)


def parse(said: str) -> list[dict[str, Any]]:
    """Return the lines that can be read, the oldest first: of a broken one no other is lost."""
    found = []
    for one in said.split("\n"):
        try:
            entry = json.loads(one)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and isinstance(entry.get("verb"), str):
            found.append(entry)
    return found


def added(said: str, entries: Iterable[Mapping[str, Any]]) -> str:
    """Return the file with further lines: those that can be read, and of them the newest."""
    kept = [*parse(said), *entries][-KEPT:]
    return "".join(f"{json.dumps(one, ensure_ascii=True, separators=(',', ':'))}\n" for one in kept)


def last(entries: Iterable[Mapping[str, Any]], verb: str, like: object) -> Mapping[str, Any]:
    """Return the newest line of a verb that is of the same (`like` is what `of` says), {} where there is none.

    A line that says nothing of that is like no other: of a run without a report, or written by an earlier version.
    """
    alike = (one for one in reversed(list(entries)) if one.get("verb") == verb and one.get("of") == like)
    return next(alike, {}) if isinstance(like, Mapping) else {}


def as_report(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line in the form of the report that it was made from, with what of it is compared; {} for {}."""
    if not entry:
        return {}
    images = [{"image": name, "size": number(size)} for name, size in table(entry.get("images")).items()]
    return {
        "run": text(entry.get("run")),
        "ok": entry.get("verdict") == "passed",
        "seconds": figure(entry.get("seconds")),
        "images": images,
        "services": {name: {"ready_seconds": figure(took)} for name, took in table(entry.get("ready")).items()},
        "tests": dict(table(entry.get("tests"))),
    }
