from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.config import Waiver
from checks.lint import waivers
from checks.model import Finding, Severity, Status

TODAY = datetime.date(2026, 6, 1)
GOOD = "# checks: waive DL3008 until=2027-01-31 owner=platform -- the mirror pins"


def finding(line: int, rule: str = "DL3008") -> Finding:
    return Finding("hadolint", rule, Severity.WARNING, "Dockerfile", line, 1, "what")


def judge(*text: str, found: tuple[Finding, ...], unused: bool = True) -> tuple[list[Finding], list[Finding]]:
    placed, wrong = waivers.inline({"Dockerfile": text})
    marked, said = waivers.apply(found, placed, TODAY, unused=unused)
    return marked, [*wrong, *said]


@pytest.mark.parametrize("text", [(f"RUN x {GOOD}", "RUN y"), (GOOD, "RUN x"), (GOOD, "# why", "RUN x")])
def test_a_waiver_holds_on_its_line_and_below_a_comment(text: tuple[str, ...]) -> None:
    line = next(number for number, one in enumerate(text, 1) if "RUN x" in one)
    marked, said = judge(*text, found=(finding(line),))
    assert (marked[0].status, said) == (Status.WAIVED, [])
    assert marked[0].waiver is not None
    assert marked[0].waiver.reason


def test_it_holds_for_no_other_rule_and_no_other_line() -> None:
    marked, said = judge(f"RUN x {GOOD}", "RUN y", found=(finding(2), finding(1, "DL3009")))
    assert [one.status for one in marked] == [Status.NEW, Status.NEW]
    assert [(one.rule, one.severity) for one in said] == [("waiver-unused", Severity.INFO)]


def test_an_expired_one_fails_and_waives_nothing() -> None:
    marked, said = judge("RUN x # checks: waive DL3008 until=2026-05-31 -- soon", found=(finding(1),))
    assert marked[0].status is Status.NEW
    assert [(one.rule, one.severity, one.line) for one in said] == [("waiver-expired", Severity.ERROR, 1)]


def test_its_last_day_counts() -> None:
    assert judge("RUN x # checks: waive DL3008 until=2026-06-01 -- soon", found=(finding(1),))[1] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("# checks: waive DL3008", "waiver-without-reason"),
        ("# checks: waive DL3008 -- ", "waiver-without-reason"),
        ("# checks: waive -- because", "waiver-invalid"),
        ("# checks: waive DL3008 until=soon -- because", "waiver-invalid"),
        ("# checks: waive DL3008 by=me -- because", "waiver-invalid"),
        ("# checks: waive DL3008 until 2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 until: 2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 until:2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 2027/01/31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 31.01.2027 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 expires:2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 until = 2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008,Until 2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 2027-01-31 -- because", "waiver-invalid"),
        ("# checks: waive DL3008 owner platform -- because", "waiver-invalid"),
        ("# checks: waive DL3008 owner: platform -- because", "waiver-invalid"),
    ],
)
def test_what_cannot_be_used_is_said(text: str, rule: str) -> None:
    marked, said = judge(f"RUN x {text}", found=(finding(1),))
    assert marked[0].status is Status.NEW
    assert [(one.rule, one.severity) for one in said] == [(rule, Severity.ERROR)]


@pytest.mark.parametrize(
    ("word", "option"), [("until 2027-01-31", "until=…"), ("2027-01-31", "until=2027-01-31"), ("owner: ann", "owner=…")]
)
def test_a_word_that_is_no_rule_is_told_with_how_it_is_written(word: str, option: str) -> None:
    _, said = judge(f"RUN x # checks: waive DL3008 {word} -- because", found=(finding(1),))
    assert f"{word.split()[0]!r} is no rule: write {option}" in said[0].message


def test_several_rules_and_a_tools_name() -> None:
    found = (finding(1), finding(1, "DL3009"))
    marked, said = judge("RUN x # checks: waive hadolint:DL3008,DL3009 -- why", found=found)
    assert {one.status for one in marked} == {Status.WAIVED}
    assert said == []


def test_waivers_of_the_configuration_hold_for_paths() -> None:
    placed = waivers.configured([Waiver("DL3008", "why", "src/*"), Waiver("DL3008", "why", "Docker*")], "checks.toml")
    marked, said = waivers.apply([finding(5)], placed, TODAY, unused=True)
    assert marked[0].status is Status.WAIVED
    assert [(one.rule, one.path) for one in said] == [("waiver-unused", "checks.toml")]


def test_nothing_is_unused_when_not_everything_was_linted() -> None:
    assert judge(f"RUN x {GOOD}", found=(), unused=False)[1] == []


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    waivers.inline({"a": (f"# checks: waive{text}", f"# checks: waive {text}")})
