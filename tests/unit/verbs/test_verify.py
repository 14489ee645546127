"""What `checks verify` calls its reports, and where a run of another name is written down."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import pytest

from checks.host import closing, history
from checks.host.console import Console
from checks.report import history as lines
from checks.verbs import verify


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    verify.add_arguments(parser)
    return parser.parse_args(list(words))


def test_reports_are_named_as_asked_and_integration_otherwise() -> None:
    assert _parse().name == "integration"
    assert _parse("--as", "browser", "--", "tests/browser").name == "browser"


@pytest.mark.parametrize("name", ["lint", "build", "bench", "index", "../x", "A", "", "a/b", "x" * 40])
def test_a_name_that_is_another_report_s_or_none_is_refused(name: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="name of its reports"):
        _parse("--as", name)


def test_a_run_goes_by_its_verb_or_by_the_name_of_its_reports() -> None:
    assert [lines.called(*pair) for pair in (("verify", "integration"), ("build", ""), ("verify", "browser"))] == [
        "verify",
        "build",
        "browser",
    ]


def _end(root: Path, called: str, report: dict[str, Any], code: int) -> None:
    """Begin a run, leave its report and end it."""
    began = time.time()
    history.begin(root, called)
    (root / f"reports/{lines.REPORTS.get(called, called)}.json").write_text(json.dumps(report))
    closing.end(root, called, code, began, Console())


def test_a_named_run_is_compared_with_its_own_last_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tests = {"passed": 3, "failed": 0}
    report = {"ok": True, "seconds": 1.0, "tests": tests, "assertions": {"exit": 0, "seconds": 1.0}}
    _end(tmp_path, "verify", {**report, "tests": {"passed": 60}}, 0)
    assert "there is no earlier run" in capfd.readouterr().err
    _end(tmp_path, "browser", report, 0)
    assert "there is no earlier run" in capfd.readouterr().err
    _end(tmp_path, "browser", {**report, "ok": False, "tests": {"passed": 2, "failed": 1}}, 1)
    said = capfd.readouterr().err
    assert "── checks verify: failed (exit code 1)" in said
    assert "last time 3 passed" in said
    assert "reports/evidence/browser, reports/junit/browser.xml" in said
    assert [one["verb"] for one in history.read(tmp_path / "reports")] == ["verify", "browser", "browser"]
    assert (tmp_path / "reports/index.html").is_file()
