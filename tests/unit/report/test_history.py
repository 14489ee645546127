"""The history: what a line holds, how many are kept, and that a broken one takes no other with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.report import history
from tests.unit.report.page import samples

BEGUN = {"run": "r0", "time": "2026-06-01T10:00:00Z", "revision": "abc", "seconds": 2.5}


def test_a_line_has_the_figures_of_its_report() -> None:
    found = history.line("lint", 1, BEGUN, samples.lint(4))
    assert found["run"] == "r1"
    assert (found["verdict"], found["exit"], found["findings"], found["report"]) == ("failed", 1, 4, True)
    assert (found["time"], found["revision"], found["seconds"]) == ("2026-06-01T10:00:00Z", "abc", 2.5)
    built = history.line(
        "build", 0, BEGUN, samples.build(images=[samples.image("web"), samples.image("api", "failed")])
    )
    assert built["images"] == {
        "web": 3_000_000
    }  # what failed is still as large as it was before: no figure of this run
    verified = history.line("verify", 0, BEGUN, samples.integration())
    assert verified["ready"] == {"web": 4.0, "db": 2.0}
    assert verified["tests"] == {"passed": 12, "failed": 0, "skipped": 1}
    assert history.line("bench", 1, BEGUN, samples.bench(samples.judgement()))["score"] == 34


def test_what_was_not_looked_at_has_no_figure() -> None:
    found = history.line("lint", 3, BEGUN, {})
    assert (found["run"], found["findings"], found["score"], found["report"]) == ("r0", None, None, False)
    assert history.line("bench", 3, BEGUN, samples.bench())["score"] is None  # no host could be judged


def test_only_what_counts_is_counted() -> None:
    found = [samples.finding(1), samples.finding(2, status="waived"), samples.finding(3, status="baseline")]
    assert history.line("lint", 1, BEGUN, samples.lint(findings=found))["findings"] == 1


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, "passed"), (1, "failed"), (3, "failed"), (70, "failed"), (130, "interrupted"), (None, "killed")],
)
def test_verdicts(code: int | None, verdict: str) -> None:
    assert history.line("build", code, BEGUN, {})["verdict"] == verdict


def test_the_newest_lines_are_kept_and_broken_ones_are_not() -> None:
    said = "".join(json.dumps(samples.entry("lint", run=str(number))) + "\n" for number in range(history.KEPT + 50))
    half = said[:-40] + "\nnot json\n[]\n{}\n\x00\n" + '{"verb": 3}\n'
    made = history.added(half, [samples.entry("build", run="new")])
    found = [one["run"] for one in history.parse(made)]
    assert made.count("\n") == len(found) == history.KEPT
    assert found[-2:] == ["248", "new"]


@given(st.text())
def test_any_text_is_read(said: str) -> None:
    assert history.parse(history.added(said, [samples.entry("lint")]))[-1]["verb"] == "lint"


@pytest.mark.parametrize("entry", [{}, {"verb": "x", "images": [], "ready": 3, "tests": None, "seconds": "x"}])
def test_a_line_of_anybody_s_is_a_report_of_nothing(entry: dict[str, Any]) -> None:
    found = history.as_report(entry)
    assert found == {} or (found["ok"], found["images"], found["services"], found["seconds"]) == (False, [], {}, 0.0)


def test_the_last_run_of_a_verb_is_what_the_next_compares_with() -> None:
    entries = [samples.entry("build", seconds=1.0), samples.entry("build", images={"web": 5}), samples.entry("lint")]
    whole: dict[str, Any] = {"asked": {}}
    found = history.as_report(history.last(entries, "build", whole))
    assert found["images"] == [{"image": "web", "size": 5}]
    assert (found["ok"], found["seconds"]) == (True, 2.5)
    assert history.last(entries, "bench", whole) == {}


def test_a_run_is_like_one_that_was_of_the_same() -> None:
    for verb, report in (
        ("lint", samples.lint(asked={"paths": ["src"]})),
        ("build", samples.build(asked=["web"])),
        ("verify", samples.integration(asked=["-k", "page"])),
        ("bench", samples.bench(asked={"section": ["4"]})),
        ("bench", samples.bench(host="ssh://one")),
        ("bench", samples.bench(benchmark="1.6")),
        ("lint", {}),  # it had no report
    ):
        other = samples.bench() if verb == "bench" else samples.lint()
        whole, part = history.line(verb, 0, BEGUN, other), history.line(verb, 0, BEGUN, report)
        assert history.last([whole, part], verb, whole["of"]) == whole
        assert history.last([part, whole], verb, part["of"]) == (part if report else {})


def test_lists_of_before_are_like_none_and_taken_for_whole() -> None:
    old = {name: value for name, value in samples.entry("lint").items() if name != "of"}
    assert history.last([old], "lint", {"asked": {}}) == history.last([old], "lint", old.get("of")) == {}
    assert history.is_whole(old)
    assert not history.is_whole(history.line("build", 0, BEGUN, samples.build(asked=["web"])))
