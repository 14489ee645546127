"""Waivers: rules that may be broken at a place, until a day, with a reason.

Inline, on the line or in a comment above it: `# checks: waive DL3008 until=2027-01-31 owner=platform -- reason`.
What is wrong with a waiver is a finding of ours: `waiver-invalid`, `waiver-without-reason` and `waiver-expired` are
errors and waive nothing; `waiver-unused` is information.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.config import Waiver
from checks.lint.findings import OWN
from checks.model import Finding, Severity, Status, Waived
from checks.repository import matches

_MARK = re.compile(r"#\s*checks:\s*waive\b(.*)")
_OPTIONS = ("until", "owner")
_DATE = re.compile(r"(?:\w+:)?\d[\d./:-]*\d")


@dataclass(frozen=True)
class Placed:
    """A waiver, where it is written, and the last line that it covers; 0 where it covers whole files."""

    waiver: Waiver
    path: str
    line: int = 0
    last: int = 0
    source: str = ""

    def covers(self, finding: Finding) -> bool:
        """Return whether a finding is what it waives."""
        if self.last:
            near = finding.path == self.path and self.line <= finding.line <= self.last
        else:
            near = matches(finding.path, self.waiver.path)
        return near and self.waiver.rule in _names(finding)


def _names(finding: Finding) -> set[str]:
    full = {f"{finding.tool}:{finding.rule}", *finding.also}
    return full | {name.partition(":")[2] for name in full}


def inline(lines: Mapping[str, Sequence[str]]) -> tuple[list[Placed], list[Finding]]:
    """Return the waivers that files hold, and findings for those that cannot be used."""
    placed: list[Placed] = []
    wrong: list[Finding] = []
    for path, text in lines.items():
        for number, line in enumerate(text, 1):
            match = _MARK.search(line) if "checks:" in line else None
            if match is None:
                continue
            try:
                last = _last_line(text, number)
                placed += [Placed(waiver, path, number, last, line) for waiver in _parse(match[1])]
            except _WrongError as error:
                wrong.append(_own(error.rule, Severity.ERROR, path, number, str(error), line))
    return placed, wrong


class _WrongError(ValueError):
    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def _parse(text: str) -> list[Waiver]:
    before, mark, reason = text.partition(" -- ")
    words = before.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    rules = [rule for word in words if "=" not in word for rule in word.split(",") if rule]
    unknown = sorted(set(options) - set(_OPTIONS))
    what = next(filter(None, map(_no_rule, rules)), "")
    if what or unknown or not rules:
        what = what or (f"it knows no {unknown[0]!r}" if unknown else "it names no rule")
        raise _WrongError("waiver-invalid", f"this waiver cannot be used: {what}")
    if not mark or not reason.strip():
        raise _WrongError("waiver-without-reason", f"this waiver of {', '.join(rules)} gives no reason: add ` -- why`")
    try:
        until = datetime.date.fromisoformat(options["until"]) if "until" in options else None
    except ValueError as error:
        raise _WrongError("waiver-invalid", f"this waiver cannot be used: {options['until']} is no date") from error
    return [Waiver(rule, reason.strip(), owner=options.get("owner", ""), until=until) for rule in rules]


def _no_rule(word: str) -> str:
    """Say why a word is the id of no rule, "" where it may be one: an option without its `=` would waive for ever."""
    option = word.partition(":")[0].lower()
    if option in _OPTIONS:
        return f"{word!r} is no rule: write {option}=…"
    return f"{word!r} is no rule: write until={word}" if _DATE.fullmatch(word) else ""


def _last_line(text: Sequence[str], number: int) -> int:
    """Return the line that a waiver covers last: its own, or for a comment the first after it that is none."""
    if not text[number - 1].lstrip().startswith("#"):
        return number
    below = (at for at in range(number + 1, len(text) + 1) if not text[at - 1].lstrip().startswith("#"))
    return next(below, number)


def apply(
    found: Iterable[Finding], waivers: Iterable[Placed], today: datetime.date, *, unused: bool
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings, those waived marked, and what is to be said of the waivers themselves.

    `unused` says whether everything was linted, so that a waiver that met nothing is one too many.
    """
    placed = list(waivers)
    expired = [one for one in placed if one.waiver.until is not None and one.waiver.until < today]
    valid = [one for one in placed if one not in expired]
    used: set[int] = set()
    marked = []
    for finding in found:
        by = [at for at, one in enumerate(valid) if one.covers(finding)]
        used.update(by)
        marked.append(_waived(finding, valid[by[0]].waiver) if by else finding)
    said = [_about(one, "waiver-expired", Severity.ERROR, f"expired on {one.waiver.until}") for one in expired]
    if unused:
        idle = (one for at, one in enumerate(valid) if at not in used)
        said += [_about(one, "waiver-unused", Severity.INFO, "waives nothing: remove it") for one in idle]
    return marked, said


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    until = waiver.until.isoformat() if waiver.until else ""
    return replace(finding, status=Status.WAIVED, waiver=Waived(waiver.reason, waiver.owner, until))


def configured(waivers: Iterable[Waiver], source: str) -> list[Placed]:
    """Return the waivers of a configuration."""
    return [Placed(waiver, source) for waiver in waivers]


def _about(one: Placed, rule: str, severity: Severity, what: str) -> Finding:
    whose = f" ({one.waiver.owner})" if one.waiver.owner else ""
    text = f"the waiver of {one.waiver.rule}{whose} {what}: {one.waiver.reason}"
    return _own(rule, severity, one.path, one.line, text, one.source)


def _own(rule: str, severity: Severity, path: str, line: int, message: str, source: str) -> Finding:
    return Finding(OWN, rule, severity, path, line, 1 if line else 0, message, source=source)
