"""What became of each verb: only what its report and the history both call so has passed."""

from __future__ import annotations

from typing import Any

import pytest

from checks.report.history import REPORTS
from checks.report.page import summary
from checks.report.page.facts import Facts, Mark
from tests.unit.report.page import samples
from tests.unit.report.page.reading import Page

PASSED = samples.entry("build")


def came(facts: Facts, verb: str = "build") -> tuple[str, str]:
    found = summary.of(facts, verb)
    return found.word, found.note


def build(*history: dict[str, Any], **changes: Any) -> Facts:
    return Facts(reports={"build": samples.build(**changes)}, history=history)


@pytest.mark.parametrize(
    ("facts", "word", "note"),
    [
        (build(), "passed", ""),
        (build(PASSED), "passed", ""),
        (build(PASSED, asked=["web"]), "passed", "in part: web"),
        (build(ok=False), "failed", ""),
        (build(PASSED, ok=False), "failed", ""),
        (build(ok="yes"), "failed", ""),
        (build(ok=None), "failed", ""),
        (build(samples.entry("build", "failed")), "failed", ""),
        (build(samples.entry("build", "interrupted")), "interrupted", ""),
        (build(PASSED, samples.entry("lint", "failed")), "passed", ""),
        (Facts(), "not run", "there is no report of it"),
        (Facts(history=[PASSED]), "not run", "there is no report of it"),
        (
            Facts(history=[samples.entry("build", "failed", report=False, exit=3)]),
            "failed",
            "it had no report yet: exit code 3",
        ),
        (Facts(history=[samples.entry("build", "failed")]), "not run", "there is no report of it"),
        (
            Facts(history=[PASSED, samples.entry("build", "killed", report=False)]),
            "killed",
            "it never said how it ended",
        ),
        (Facts(marks=[Mark("build", "2026-06-01T10:00:00Z")]), "killed", "it never said how it ended"),
        (Facts(marks=[Mark("build", "2026-06-01T10:00:00Z", lives=True)]), "running", "it has not ended yet"),
        (Facts(broken=["build"], history=[PASSED]), "unreadable", "build.json is no whole report"),
    ],
    ids=range(18),
)
def test_what_became_of_a_verb(facts: Facts, word: str, note: str) -> None:
    assert came(facts) == (word, note)


def test_a_run_that_was_killed_midway_is_no_pass_of_the_report_before_it() -> None:
    """A mark is newer than whatever report is still there."""
    facts = Facts(reports={"build": samples.build()}, marks=[Mark("build", "2026-06-01T10:00:00Z", "r2")])
    page = Page.of(facts)
    assert page.row("build")[1] == "killed it never said how it ended"
    assert "Killed: build. Not run: lint" in page.part("summary")


def test_an_interrupted_verification_is_not_only_failed() -> None:
    report = samples.integration(ok=False, state="interrupted", message="stopped")
    assert came(Facts(reports={"integration": report}), "verify") == ("interrupted", "stopped")


def test_a_lint_of_a_part_says_of_which() -> None:
    report = samples.lint(asked={"only": ["hadolint"], "since": "main"})
    assert came(Facts(reports={"lint": report}), "lint") == ("passed", "in part: only hadolint, since main")


def test_a_benchmark_of_a_part_says_of_which() -> None:
    report = samples.bench(samples.judgement("PASS"), asked={"section": ["4,5"], "only-mine": True})
    assert came(Facts(reports={"bench": report}), "bench") == ("passed", "in part: section 4,5, only-mine")


def test_a_lint_that_does_not_say_that_it_is_ok_is_not() -> None:
    report = {key: value for key, value in samples.lint().items() if key != "ok"}
    assert came(Facts(reports={"lint": report}), "lint")[0] == "failed"


def test_the_head_says_what_failed_first() -> None:
    reports = {"lint": samples.lint(2), "build": samples.build(), "bench": samples.bench(samples.judgement("PASS"))}
    text = summary.text_of([summary.of(Facts(reports=reports), verb) for verb in REPORTS])
    assert text == "Failed: lint. Passed: build, bench. Not run: verify, publish."


def test_each_verb_is_a_row_with_time_and_what_was_found_and_the_last_time() -> None:
    judged = samples.judgement(), samples.judgement("PASS"), samples.judgement("UNKNOWN")
    reports = {
        "lint": samples.lint(5),
        "build": samples.build(),
        "integration": samples.integration(),
        "bench": samples.bench(*judged),
        "publish": samples.publish(),
    }
    history = [
        samples.entry("lint", "failed", findings=9, seconds=4.0),
        samples.entry("lint", "failed", findings=5),
        samples.entry("bench", "failed", score=30),
        samples.entry("bench", "failed", score=34),
    ]
    page = Page.of(Facts(reports=reports, history=history))
    lint = page.row("lint")
    assert lint[1:4] == ["failed", "2026-06-01 10:00 UTC", "2.5 s"]
    assert lint[4] == "2 errors, 2 warnings, 1 info"
    assert lint[5] == "failed in 4.0 s, findings 9 → 5"
    assert lint[6] == f"r1 {'a' * 12}"
    assert page.row("build")[4] == "1 built, 1 unchanged"
    assert page.row("verify")[4] == "12 passed, 1 skipped"
    assert page.row("bench")[4] == "score 34, 1 failed, 1 could not be judged, 1 passed"
    assert page.row("bench")[5].endswith("score 30 → 34")
    assert page.row("publish")[1] == "failed"
    assert page.row("build")[5] == "no earlier run like it"


def test_a_run_of_a_part_is_not_held_against_a_whole_one() -> None:
    part = samples.entry("lint", findings=1, of={"asked": {"paths": ["src"]}})
    runs = [samples.entry("lint", findings=9), part, samples.entry("lint")]
    rows = [Page.of(Facts(reports={"lint": samples.lint()}, history=runs[:count])).row("lint")[5] for count in (2, 3)]
    assert rows == ["no earlier run like it", "passed in 2.5 s"]
