"""Steps of a build as JUnit: what did not come to a good end is never a pass."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Step
from checks.report.steps import junit


def case_of(step: Step) -> ElementTree.Element:
    suite = ElementTree.fromstring(junit("build", [step])).find("testsuite")
    assert suite is not None
    found = suite.find("testcase")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("state", "child"),
    [
        ("built", None),
        ("unchanged", None),
        ("failed", "failure"),
        ("not-run", "skipped"),
        ("interrupted", "error"),
        ("a new word", "error"),
        ("", "error"),
    ],
)
def test_each_state_is_told(state: str, child: str | None) -> None:
    case = case_of(Step("reddit/ui:1.0", state, 1.5, "does not build\n| why"))
    assert [item.tag for item in case] == ([child] if child else [])
    assert (case.get("name"), case.get("classname"), float(case.get("time", ""))) == ("reddit/ui:1.0", "build", 1.5)


def test_a_failure_says_all_that_is_known() -> None:
    failure = case_of(Step("a", "failed", 0.0, "does not build\n| why")).find("failure")
    assert failure is not None
    assert failure.get("message") == "does not build"
    assert failure.text == "does not build\n| why"


def test_the_suite_counts() -> None:
    steps = [Step("a", "built", 1.0), Step("b", "failed", 2.0), Step("c", "not-run", 0.0, "needs b")]
    suite = ElementTree.fromstring(junit("build", steps)).find("testsuite")
    assert suite is not None
    assert [suite.get(key) for key in ("tests", "failures", "skipped", "errors")] == ["3", "1", "1", "0"]


def test_no_step_is_an_empty_suite() -> None:
    assert ElementTree.fromstring(junit("build", [])).find("testsuite/testcase") is None


@given(st.text(), st.sampled_from(["failed", "built", "not-run", "odd"]), st.text())
def test_any_output_can_be_read_back(name: str, state: str, message: str) -> None:
    assert case_of(Step(name, state, 0.0, message)) is not None


def test_colours_of_a_log_do_not_break_it() -> None:
    failure = case_of(Step("a", "failed", 0.0, "\x1b[31mred\x00\ud800")).find("failure")
    assert failure is not None
    assert failure.text == "\ufffd[31mred\ufffd\ufffd"
