"""The marks of CI systems, and where our console puts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import cimarks
from checks.host.console import Console

EXPECTED = {
    "TRAVIS": ("travis_fold:start:checks.images\r\x1b[0Kbuilding\n", "travis_fold:end:checks.images\r\x1b[0K\n"),
    "GITHUB_ACTIONS": ("::group::building\n", "::endgroup::\n"),
    "GITLAB_CI": (
        "\x1b[0Ksection_start:5:checks.images[collapsed=true]\r\x1b[0Kbuilding\n",
        "\x1b[0Ksection_end:5:checks.images\r\x1b[0K\n",
    ),
}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for marks in cimarks.SYSTEMS:
        monkeypatch.delenv(marks.variable, raising=False)
    monkeypatch.setattr("checks.host.console.time.time", lambda: 5.9)


def say(capfd: pytest.CaptureFixture[str], *, quiet: bool = False) -> str:
    out = Console(quiet=quiet)
    with out.section("images", "building"):
        out.line("one line")
    return capfd.readouterr().err.replace("\r\n", "\n")


@pytest.mark.parametrize("variable", EXPECTED)
def test_each_system_gets_its_marks(
    variable: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "true")
    start, end = EXPECTED[variable]
    assert say(capfd) == f"{start}one line\n{end}"


def test_elsewhere_there_are_none(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    assert say(capfd) == "one line\n"
    monkeypatch.setenv("TRAVIS", "false")
    assert say(capfd) == "one line\n"


def test_a_report_on_standard_output_gets_none(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert say(capfd, quiet=True) == ""


def test_a_section_that_fails_is_closed_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out = Console()
    with pytest.raises(ValueError, match="why"), out.section("images", "building"):
        raise ValueError("why")
    assert capfd.readouterr().err == "::group::building\n::endgroup::\n"


def test_a_section_in_a_section_is_a_part_of_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out = Console()
    with out.section("images", "building"), out.section("engine", "starting"):
        out.line("x")
    assert capfd.readouterr().err == "::group::building\nx\n::endgroup::\n"


def test_a_failure_is_said_outside(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out = Console()
    with out.section("images", "building"):
        out.failure("it broke", "mend it")
    assert capfd.readouterr().err == "::group::building\n::endgroup::\nchecks: it broke\n  → mend it\n"


@given(st.sampled_from(cimarks.SYSTEMS), st.text(), st.text())
def test_whatever_a_section_is_called_its_mark_is_one_line(marks: cimarks.Marks, name: str, title: str) -> None:
    shown = cimarks.start(marks, name, title, 1.0)
    assert shown.count("\r") == marks.start.count("\r")
    assert len(shown.replace("\r", "").splitlines()) == 1
