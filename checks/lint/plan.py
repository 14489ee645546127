"""Units of work: which of them are asked for, which answers belong to which, and how an answer is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from checks.lint import fields
from checks.lint.outcome import Result
from checks.model import Finding, Findings, Job, Severity, Status, Unit


def touching(units: Iterable[Unit], paths: Collection[str] | None, *, reads: bool) -> tuple[Unit, ...]:
    """Return the units about one of `paths`, with `reads` also those that only read one; all of them for None."""
    if paths is None:
        return tuple(units)
    wanted = frozenset(paths)
    return tuple(unit for unit in units if not wanted.isdisjoint(unit.reads if reads else unit.files))


def units_of(job: Job) -> tuple[Unit, ...]:
    """Return the units that a job is about."""
    return job.units or tuple(Unit((path,)) for path in job.files)


def gathered(results: Iterable[Result], asked: Mapping[Unit, int]) -> Mapping[Unit, Findings]:
    """Return what was found, by unit; a unit that was in several jobs only where each of them has answered."""
    said: dict[Unit, list[Findings]] = {}
    for job, _, answer in results:
        for unit, part in (by_unit(job, answer) if isinstance(answer, Findings) else {}).items():
            said.setdefault(unit, []).append(part)
    return {
        unit: Findings(
            tuple(dict.fromkeys(finding for part in parts for finding in part.items)),
            tuple(dict.fromkeys(path for part in parts for path in part.skipped)),
        )
        for unit, parts in said.items()
        if len(parts) == asked.get(unit, 1)
    }


def by_unit(job: Job, answer: Findings) -> Mapping[Unit, Findings]:
    """Return what a job found, by unit; a unit of which that cannot be told is left out.

    Everything belongs to the only unit of a job; of several each finding belongs to the one that its file is in.
    """
    units = units_of(job)
    if len(units) == 1:
        return {units[0]: answer}
    owners: dict[str, list[Unit]] = {}
    for unit in units:
        for path in unit.files:
            owners.setdefault(path, []).append(unit)
    places = {finding.path for finding in answer.items}
    if any(len(owners.get(path, ())) != 1 for path in places):
        return {}
    found: dict[Unit, list[Finding]] = {unit: [] for unit in units}
    for finding in answer.items:
        found[owners[finding.path][0]].append(finding)
    return {
        unit: Findings(tuple(items), tuple(path for path in answer.skipped if path in unit.files))
        for unit, items in found.items()
    }


def kept(answer: Findings) -> str:
    """Return an answer as text, for `recalled`."""
    return json.dumps({"items": [_plain(finding) for finding in answer.items], "skipped": answer.skipped})


_NOTHING = kept(Findings())
"""What is kept of nearly every unit."""


def _plain(finding: Finding) -> dict[str, object]:
    full = asdict(replace(finding, source=""))
    return {**full, "severity": str(finding.severity)}


def recalled(text: str) -> Findings | None:
    """Return the answer that `kept` wrote; None where the text is not one."""
    if text == _NOTHING:
        return Findings()
    try:
        answer = fields.mapping(json.loads(text))
        items = tuple(_finding(fields.mapping(item)) for item in fields.listed(answer.get("items")))
        return Findings(items, tuple(fields.text(path) for path in fields.listed(answer.get("skipped"))))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _finding(item: Mapping[str, object]) -> Finding:
    also = tuple(fields.text(name) for name in fields.listed(item["also"]))
    texts = {name: fields.text(item[name]) for name in ("tool", "rule", "path", "message", "url")}
    line, column = fields.number(item["line"]), fields.number(item["column"])
    severity, status = Severity.parse(fields.text(item["severity"])), Status(fields.text(item["status"]))
    secret = item["secret"] is True
    return Finding(
        **texts, severity=severity, line=line, column=column, also=also, status=status, secret=secret, waiver=None
    )


def configurations(names: Collection[str], units: Sequence[Unit]) -> tuple[str, ...]:
    """Return where files with these names steer a tool that reads `units`: their folders, and those above up to the root.

    The paths are relative to the root, sorted; whether there is such a file is for the host to see.
    """
    folders = {""}
    for path in {path for unit in units for path in unit.reads} if names else ():
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return tuple(sorted(f"{folder}/{name}" if folder else name for folder in folders for name in names))
