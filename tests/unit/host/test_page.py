"""Reading a folder of reports as it is: half, foreign, hostile; and writing its page in one step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.host import page
from tests.unit.report.page import samples
from tests.unit.report.page.reading import Page


def test_the_page_is_whole_and_beside_the_reports(tmp_path: Path) -> None:
    reports = samples.everything(tmp_path / "app/reports")
    place = page.write(reports)
    assert place == reports / "index.html"
    made = Page(place.read_text())
    assert made.all("h1")[0].text == "Checks of app"
    assert [path.name for path in reports.iterdir() if path.name.startswith(".index")] == []


def test_evidence_is_cut_to_its_end_and_what_failed_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "evidence/integration"
    folder.mkdir(parents=True)
    (folder / "a.log").write_text("é" * 50_000 + "the end")
    (folder / "failure.txt").write_text("why")
    (folder / "web.inspect.json").write_text("{}")
    found = page.facts(tmp_path).evidence
    assert [one.path for one in found] == ["integration/failure.txt", "integration/a.log"]
    assert len(found[1].text) == page.ENDING
    assert found[1].text.endswith("ééthe end")
    assert found[1].left_out == 2 * 50_000 + 7 - (2 * (page.ENDING - 7) + 7)
    assert found[0].left_out == 0


def test_all_evidence_together_has_its_end(tmp_path: Path) -> None:
    (tmp_path / "evidence/up").mkdir(parents=True)
    for number in range(page.EVIDENCE + 50):
        (tmp_path / f"evidence/up/{number:03}.log").write_text("x" * page.ENDING)
    found = page.facts(tmp_path).evidence
    assert len(found) == page.EVIDENCE
    assert sum(len(one.text) for one in found) == page.ALL_ENDINGS


def test_links_and_other_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    for name in ("evidence/up", "junit", "sbom"):
        (tmp_path / "reports" / name).mkdir(parents=True)
    (tmp_path / "reports/evidence/up/failure.txt").symlink_to(secret)
    (tmp_path / "reports/evidence/linked").symlink_to(tmp_path)
    (tmp_path / "reports/junit/a.xml").symlink_to(secret)
    os.mkfifo(tmp_path / "reports/evidence/up/pipe.log")
    found = page.facts(tmp_path / "reports")
    assert found.evidence == ()
    assert found.files == ()
    assert "hunter2" not in page.make(tmp_path / "reports")


def test_a_report_that_is_no_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "lint.json").mkdir()
    (tmp_path / "build.json").write_bytes(b"\xff\xfe{}")
    assert set(page.facts(tmp_path).broken) == {"lint", "build"}


def test_a_report_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LARGEST", 10)
    samples.write(tmp_path, lint=samples.lint(1))
    assert page.facts(tmp_path).broken == ("lint",)


def test_surrogates_of_a_report_are_written(tmp_path: Path) -> None:
    found = [samples.finding(1, message="name \ud800 of a file", path="a\udcff.yml")]
    samples.write(tmp_path, lint=samples.lint(findings=found, ok=False))
    assert "\\ud800" in page.write(tmp_path).read_text()


def test_tests_are_read_from_junit_where_the_report_has_none(tmp_path: Path) -> None:
    junit = '<testsuites><testsuite name="p"><testcase classname="t" name="a"/></testsuite></testsuites>'
    (tmp_path / "junit").mkdir()
    (tmp_path / "junit/integration.xml").write_text(junit)
    assert page.facts(tmp_path).tests["tests"] == {"passed": 1, "failed": 0, "skipped": 0}
    samples.write(tmp_path, integration=samples.integration())
    assert page.facts(tmp_path).tests == {}
