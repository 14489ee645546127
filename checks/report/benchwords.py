"""How the benchmark's judgements are said in words, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable

from checks.benchconfig import Waiver
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Offender, Verdict, Waived
from checks.report.plain import counted

ORDER = (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.MANUAL, Verdict.NOT_APPLICABLE)
WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.UNKNOWN: "could not be judged",
    Verdict.WAIVED: "waived",
    Verdict.MANUAL: "to look at by hand",
    Verdict.NOT_APPLICABLE: "not applicable",
}


def offender(one: Offender) -> str:
    """Return `web: no limit`, with the waiver where there is one."""
    said = f"{one.name}: {one.value}" if one.value else one.name
    return f"{said} ({waiver(one.waived)})" if one.waived else said


def waiver(one: Waived) -> str:
    """Return `waived by platform until 2027-01-31: why`."""
    by = f" by {one.owner}" if one.owner else ""
    until = f" until {one.until}" if one.until else ""
    return f"waived{by}{until}: {one.reason}"


def summary(host: HostResult) -> str:
    """Return `40 passed, 3 failed, 2 could not be judged …`."""
    counts = host.counts()
    return ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in ORDER if counts[verdict])


def score(host: HostResult) -> str:
    """Return the score and over how many checks it is."""
    points = host.score
    return f"score {points.value} over {points.counted} scored of {counted(points.checks, 'check')}"


def message(one: Judgement) -> str:
    """Return what was seen, and the offenders, as one text of several lines."""
    return "\n".join([one.evidence or one.title, *map(offender, one.offenders)])


def of_waivers(result: Bench) -> Iterable[tuple[bool, str]]:
    """Yield what is to be said of the waivers and the baseline, and whether that fails the run."""
    for one in result.expired:
        yield True, f"the waiver of {_named(one)} expired on {one.until}: {one.reason}"
    for one in result.unused:
        yield False, f"the waiver of {_named(one)} waives nothing: remove it"
    if result.gone:
        yield False, f"{counted(result.gone, 'entry', 'entries')} of the baseline can go: write it again"


def _named(one: Waiver) -> str:
    patterns = [f"{key} {value}" for key in ("name", "image", "label", "host") if (value := getattr(one, key))]
    return " ".join([one.check, f"for {', '.join(patterns)}"]) if patterns else one.check


def too_low(host: HostResult, least: int | None) -> str:
    """Return that a host's score is less than was asked for."""
    return f"{host.target}: the score is {host.score.value}, less than {least}"
