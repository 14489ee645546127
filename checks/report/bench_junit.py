"""The benchmark as JUnit: a suite for each section of each host, a case for each check.

Written by hand: junitparser, which the other reports are made with, takes longer to import than the whole benchmark of a
host takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape

from checks.cis import catalogue
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Verdict
from checks.report import benchwords
from checks.report.xmltext import clean


def bench(result: Bench) -> str:
    """Return reports/junit/bench.xml."""
    suites = [suite for host in result.hosts for suite in _suites(host, result.strict)]
    return "\n".join(["<?xml version='1.0' encoding='utf-8'?>", "<testsuites>", *suites, "</testsuites>", ""])


def _suites(host: HostResult, strict: bool) -> list[str]:
    if host.error:
        case = f'<testcase name="engine" classname={_quoted(host.target)}><error message={_quoted(host.error)}/></testcase>'
        return [_suite(host.target, [case])]
    groups = itertools.groupby(host.judgements, key=lambda one: one.section)
    return [
        _suite(f"{host.target} {section} {catalogue.SECTIONS[section]}", [_case(one, host, strict) for one in group])
        for section, group in groups
    ]


def _suite(name: str, cases: Sequence[str]) -> str:
    numbers = {word: sum(f"<{tag} " in case for case in cases) for word, tag in _TAGS.items()}
    said = " ".join(f'{word}="{number}"' for word, number in numbers.items())
    head = f'<testsuite name={_quoted(name)} tests="{len(cases)}" {said} time="0">'
    return "\n".join([head, *cases, "</testsuite>"])


_TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _case(one: Judgement, host: HostResult, strict: bool) -> str:
    head = f'<testcase name={_quoted(f"{one.id} {one.title}")} classname={_quoted(f"{host.target}.{one.section}")} time="0"'
    body = _body(one, one.id in host.known, strict)
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _body(one: Judgement, known: bool, strict: bool) -> str:
    if one.verdict is Verdict.PASS:
        return ""
    if one.verdict is Verdict.FAIL and not known:
        text = escape(clean("\n".join([benchwords.message(one), one.remedy])))
        return f'<failure message={_quoted(_first(one))} type="FAIL">{text}</failure>'
    if one.verdict is Verdict.UNKNOWN and strict:
        return f'<error message={_quoted(one.evidence)} type="UNKNOWN"/>'
    why = "in the baseline" if known else str(one.verdict)
    said = benchwords.waiver(one.waiver) if one.waiver else _first(one)
    return f"<skipped message={_quoted(f'{why}: {said}')}/>"


def _first(one: Judgement) -> str:
    """Return one line: the first offender, and how many more there are, else what was seen."""
    if not one.offenders or one.verdict is not Verdict.FAIL:
        return one.evidence or one.title
    more = f" and {len(one.offenders) - 1} more" if len(one.offenders) > 1 else ""
    return f"{benchwords.offender(one.offenders[0])}{more}"


def _quoted(text: str) -> str:
    return f'"{escape(clean(text))}"'
