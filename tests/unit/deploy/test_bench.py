"""The score of a trial's host, and the reasons of what still fails."""

from __future__ import annotations

from typing import Any

from checks.cis import registry
from deploy import bench


def _report(**verdicts: str) -> dict[str, Any]:
    judged = [
        {"id": name.strip("_"), "title": f"title {name}", "verdict": verdict} for name, verdict in verdicts.items()
    ]
    return {"hosts": [{"score": 3, "scored": 9}], "judgements": judged}


def test_what_fails_and_what_could_not_be_judged_are_read() -> None:
    score = bench.read(_report(a="PASS", b="FAIL", c="UNKNOWN", d="WAIVED"))
    assert (score.value, score.counted) == (3, 9)
    assert score.failing == {"b": "title b"}
    assert score.unread == {"c": "title c"}
    assert str(score) == "score 3 over 9 checks, 1 failing"


def test_only_what_was_judged_both_times_is_compared() -> None:
    before = bench.read(_report(a="FAIL", b="FAIL", c="PASS", d="NOT_APPLICABLE", e="FAIL"))
    after = bench.read(_report(a="PASS", b="FAIL", c="PASS", d="PASS", e="UNKNOWN"))
    assert bench.compared(before, after) == (
        "of the 3 checks that passed or failed both times, 2 failed before and 1 fail now"
    )


def test_a_failure_without_a_reason_is_told() -> None:
    assert bench.unexplained(["1.1.1", "2.2", "2.14"]) == ["2.2"]


def test_reasons_are_for_checks_that_there_are() -> None:
    known = {check.id_in("1.8") for check in registry.CHECKS.values()}
    assert set(bench.REASONS) <= known
