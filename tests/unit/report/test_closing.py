"""The summary at the end: what ran, what failed, where, what to do, how long, and the last time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.report import closing

MB = 1_000_000


def image(name: str, state: str = "built", size: int = MB, message: str = "") -> dict[str, Any]:
    return {"image": name, "service": name, "state": state, "size": size, "message": message, "seconds": 1.0}


BUILD = {"ok": True, "seconds": 7.5, "images": [image("web"), image("api", "unchanged")]}
VERIFY = {
    "ok": True,
    "seconds": 31.0,
    "services": {"web": {"ready_seconds": 2.0}, "db": {"ready_seconds": 3.5}},
    "assertions": {"seconds": 20.25, "exit": 0},
    "tests": {"passed": 12, "failed": 0, "skipped": 1},
}
FAILED = {
    **VERIFY,
    "ok": False,
    "message": "not every assertion held",
    "assertions": {"seconds": 20.25, "exit": 1},
    "tests": {"passed": 11, "failed": 1, "skipped": 1},
    "failures": [{"test": "tests.test_web::test_page[x]", "message": "assert 500 == 200\n + where", "text": "long"}],
}


def test_a_build_says_what_became_of_its_images() -> None:
    said = closing.summary("build", [BUILD, {}], 0)
    assert said.startswith("── checks build: passed\n")
    assert "✓ images      1 built, 1 unchanged" in said
    assert said.endswith("  7.5 s in all; there is no earlier run to compare with\n")


def test_an_image_that_failed_has_its_reason_and_its_log() -> None:
    images = [image("web", "failed", message="does not build\nsrc/Dockerfile:3\nRUN false"), image("api", "not-run")]
    said = closing.summary("build", [{**BUILD, "ok": False, "images": images}, {}], 1).splitlines()
    assert "  ✗ images      1 failed, 1 not run" in said[1]
    assert said[2:5] == ["    ✗ web", "      does not build: src/Dockerfile:3", "      → reports/build/web.log"]
    assert said[5] == "    ✗ api"


def test_growth_since_last_time_is_said_where_it_is_much() -> None:
    before = {**BUILD, "images": [image("web", size=MB // 2), image("api", size=MB - 10)]}
    said = closing.summary("build", [BUILD, before], 0)
    assert "larger than last time: web by 0.5 MB" in said
    assert "api by" not in said
    assert "last time passed in 7.5 s" in said


def test_a_verification_says_what_ran_and_how_it_was_before() -> None:
    before = {**FAILED, "seconds": 99.0}
    said = closing.summary("verify", [VERIFY, before, BUILD], 0)
    assert "✓ images " in said
    assert "✓ start       2 services ready, db last" in said
    assert "3.5 s   last time 3.5 s" in said
    assert "✓ assertions  12 passed, 1 skipped" in said
    assert "20.2 s   last time 11 passed, 1 failed, 1 skipped" in said
    assert said.endswith("31.0 s in all; last time failed in 99.0 s\n")


def test_a_failed_verification_says_what_where_and_what_to_do() -> None:
    said = closing.summary("verify", [FAILED, VERIFY, {}], 1)
    assert said.startswith("── checks verify: failed (exit code 1)\n")
    assert "    ✗ tests.test_web::test_page[x]\n      assert 500 == 200: + where\n" in said
    assert "      → again: checks verify -- -k test_page\n" in said
    assert "→ reports/evidence/integration, reports/junit/integration.xml" in said


def test_pytest_itself_cannot_be_run_again_by_name() -> None:
    pytest_itself = {**FAILED, "failures": [{"test": "integration::pytest", "message": "pytest was ended by SIGKILL"}]}
    said = closing.summary("verify", [pytest_itself, VERIFY, {}], 1)
    assert "pytest was ended by SIGKILL" in said
    assert "again:" not in said


def test_what_did_not_even_start_says_why() -> None:
    said = closing.summary("verify", [{"ok": False, "seconds": 9.0, "message": "web ended with exit code 1"}, {}], 1)
    assert "✗ start       not started" in said
    assert "✗ web ended with exit code 1" in said
    assert "assertions " not in said


def test_pytest_that_said_nothing_is_no_pass() -> None:
    said = closing.summary("verify", [{**VERIFY, "ok": False, "tests": {}, "message": "no assertion ran"}, {}], 1)
    assert "✗ assertions  pytest said nothing" in said


@pytest.mark.parametrize("width", [20, 80, 200])
def test_it_fits_one_screen(width: int) -> None:
    failures = [{"test": f"tests.x::test_{n}", "message": "because " * 50, "text": ""} for n in range(50)]
    images = [image(f"i{n}", "failed", message="why " * 99) for n in range(30)]
    reports = [{**FAILED, "failures": failures}, VERIFY, {**BUILD, "images": images}]
    lines = closing.summary("verify", reports, 1, width=width).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= width
    assert sum("and 75 more" in line for line in lines) == 1


def test_colour_is_asked_for() -> None:
    assert "\x1b" not in closing.summary("verify", [FAILED, {}], 1)
    coloured = closing.summary("verify", [FAILED, {}], 1, colour=True)
    assert "\x1b[31m" in coloured
    assert "\x1b[32m" in coloured


def test_a_message_does_not_draw_on_the_terminal() -> None:
    hostile = {"test": "a\x1b[2J::b", "message": "\x1b]0;x\x07\r\nboo", "text": ""}
    assert "\x1b" not in closing.summary("verify", [{**FAILED, "failures": [hostile]}, {}], 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["ok", "seconds", "images", "services", "assertions", "tests", "failures", "message", "run"])
REPORTS = st.dictionaries(FIELDS, JSON, max_size=9)


@settings(deadline=None)  # seconds of a busy machine are no failure
@given(st.sampled_from(["build", "verify"]), st.tuples(REPORTS, REPORTS, REPORTS), st.sampled_from([0, 1, 130]))
def test_any_report_is_summed_up(verb: str, reports: tuple[dict[str, Any], ...], code: int) -> None:
    assert closing.summary(verb, list(reports), code, width=80).startswith("── checks")
