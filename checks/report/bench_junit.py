"""The benchmark as JUnit: a suite for each section of each host, a case for each check."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from checks.cis import catalogue
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Verdict
from checks.report import benchwords, suites


def bench(result: Bench) -> str:
    """Return reports/junit/bench.xml."""
    return suites.document(suite for host in result.hosts for suite in _suites(host, result.strict))


def _suites(host: HostResult, strict: bool) -> Iterator[Element]:
    if host.error:
        case = suites.case("engine", host.target)
        suites.add(case, "error", host.error)
        yield suites.suite(host.target, [case])
        return
    for section, group in itertools.groupby(host.judgements, key=lambda one: one.section):
        cases = [_case(one, host, strict) for one in group]
        yield suites.suite(f"{host.target} {section} {catalogue.SECTIONS[section]}", cases)


def _case(one: Judgement, host: HostResult, strict: bool) -> Element:
    case, known = suites.case(f"{one.id} {one.title}", f"{host.target}.{one.section}"), one.id in host.known
    if one.verdict is Verdict.FAIL and not known:
        suites.add(case, "failure", _first(one), "FAIL", "\n".join([benchwords.message(one), one.remedy]))
    elif one.verdict is Verdict.UNKNOWN and strict:
        suites.add(case, "error", one.evidence, "UNKNOWN")
    elif one.verdict is not Verdict.PASS:
        why = "in the baseline" if known else str(one.verdict)
        said = benchwords.waiver(one.waiver) if one.waiver else _first(one)
        suites.add(case, "skipped", f"{why}: {said}")
    return case


def _first(one: Judgement) -> str:
    """Return one line: the first offender, and how many more there are, else what was seen."""
    if not one.offenders or one.verdict is not Verdict.FAIL:
        return one.evidence or one.title
    more = f" and {len(one.offenders) - 1} more" if len(one.offenders) > 1 else ""
    return f"{benchwords.offender(one.offenders[0])}{more}"
