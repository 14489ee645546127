"""The benchmark for people: by section, one line a check, what offends beneath it, what to do, and the sum."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from checks.cis import catalogue
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Verdict
from checks.report import benchwords
from checks.report.plain import counted, painted, plain

MOST = 20
"""How many offenders of a check are shown; reports/bench.json has all of them."""
_WIDTH = 220
_COLOURS = {
    Verdict.PASS: "32",
    Verdict.FAIL: "1;31",
    Verdict.WAIVED: "33",
    Verdict.MANUAL: "36",
    Verdict.NOT_APPLICABLE: "2",
    Verdict.UNKNOWN: "1;35",
}
_SHORT = {Verdict.NOT_APPLICABLE: "N/A"}
_INDENT = " " * 16


def bench(result: Bench, *, colour: bool = False, quiet: bool = False) -> str:
    """Return the report; `quiet` leaves out the checks that passed or do not apply."""
    lines = [line for host in result.hosts for line in _host(host, result, colour, quiet)]
    for fails, said in benchwords.of_waivers(result):
        lines.append(painted(f"{'error' if fails else 'warning'}: {plain(said)}", "1;31" if fails else "33", colour))
    lines += [painted(plain(benchwords.too_low(host, result.fail_under)), "1;31", colour) for host in result.below]
    return "\n".join(lines) + "\n"


def _host(host: HostResult, result: Bench, colour: bool, quiet: bool) -> Iterator[str]:
    about = " ".join(filter(None, (host.engine.get("version"), host.engine.get("kind") and f"({host.engine['kind']})")))
    yield painted(f"{plain(host.target)}: Docker {about or '?'}, CIS Docker Benchmark {result.benchmark}", "1", colour)
    if host.error:
        yield painted(f"  {plain(host.error)}", "1;31", colour)
        yield ""
        return
    for section, group in itertools.groupby(host.judgements, key=lambda one: one.section):
        shown = [one for one in group if not (quiet and one.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE))]
        if shown:
            yield ""
            yield painted(f"{section} {catalogue.SECTIONS[section]}", "1", colour)
        for one in shown:
            yield from _check(one, one.id in host.known, colour)
    yield ""
    yield from _end(host, colour)


def _check(one: Judgement, known: bool, colour: bool) -> Iterator[str]:
    word = _SHORT.get(one.verdict, str(one.verdict))
    state = painted(f"{word:7}", _COLOURS[one.verdict], colour)
    note = f" ({plain(one.evidence)})" if one.verdict is Verdict.NOT_APPLICABLE and one.evidence else ""
    note = " (in the baseline)" if known else note
    yield f"{state} {one.id:7} {plain(one.title)}{note}"
    if one.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return
    if one.evidence and not (one.offenders and one.verdict in (Verdict.FAIL, Verdict.WAIVED)):
        yield f"{_INDENT}{plain(one.evidence, _WIDTH)}"
    if one.waiver and one.verdict is Verdict.UNKNOWN:
        yield f"{_INDENT}({plain(benchwords.waiver(one.waiver), _WIDTH)})"
    for offender in one.offenders[:MOST]:
        yield f"{_INDENT}- {plain(benchwords.offender(offender), _WIDTH)}"
    if len(one.offenders) > MOST:
        yield f"{_INDENT}… and {len(one.offenders) - MOST} more"
    if one.verdict is Verdict.FAIL:
        yield from (
            f"{_INDENT}{'→' if n == 0 else ' '} {plain(line)}" for n, line in enumerate(one.remedy.splitlines())
        )


def _end(host: HostResult, colour: bool) -> Iterator[str]:
    for said in host.vanished:
        yield f"changed while it was looked at: {plain(said)}"
    if host.unknown:
        ids = ", ".join(one.id for one in host.unknown)
        yield painted(f"not judged, because it could not be read: {ids}", _COLOURS[Verdict.UNKNOWN], colour)
    yield benchwords.summary(host)
    if host.known:
        yield f"{counted(len(host.known), 'failure')} in the baseline, {len(host.failing)} beyond it"
    yield benchwords.score(host)
    yield ""
