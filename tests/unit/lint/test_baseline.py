from __future__ import annotations

from collections import Counter

import pytest

from checks.errors import ConfigError
from checks.lint import baseline
from checks.lint.findings import settle
from checks.model import Finding, Severity, Status


def found(*lines: str, path: str = "a") -> tuple[Finding, ...]:
    raw = [Finding("t", "r", Severity.ERROR, path, at + 1, 1, "m") for at, line in enumerate(lines) if line == "bad"]
    return settle(raw, {path: lines})


def test_what_was_there_does_not_count_and_what_is_new_does() -> None:
    known = baseline.parse(baseline.written(found("bad", "good")))
    now, gone = baseline.applied(found("good", "good", "bad", "bad"), known)
    assert [one.status for one in now] == [Status.BASELINE, Status.NEW]
    assert gone == 0


def test_entries_that_met_nothing_are_counted() -> None:
    known = baseline.parse(baseline.written(found("bad", "bad")))
    assert baseline.applied(found("bad"), known)[1] == 1
    assert baseline.applied((), known)[1] == 2


def test_waived_findings_and_those_of_waivers_are_not_written() -> None:
    own = Finding("checks", "waiver-expired", Severity.ERROR, "a", 1, 1, "m", fingerprint="x")
    waived = Finding("t", "r", Severity.ERROR, "a", 1, 1, "m", fingerprint="y", status=Status.WAIVED)
    assert baseline.parse(baseline.written([own, waived])) == Counter()
    assert baseline.applied([own], Counter({"x": 1}))[0][0].status is Status.NEW


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2, "findings": []}', '{"schema": 1, "findings": [1]}'])
def test_what_is_no_baseline_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match="lint-baseline"):
        baseline.parse(text)
