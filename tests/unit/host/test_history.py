"""The history of a folder: runs that end, that are killed, that go side by side, and what clears reports."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checks.host import history, identity, page
from checks.host import run as runs
from checks.report import history as lines
from tests.unit.report.page import samples


def verdicts(root: Path) -> list[tuple[str, str]]:
    return [(one["verb"], one["verdict"]) for one in history.read(root / "reports")]


def test_a_run_that_ends_is_a_line_and_leaves_no_mark(tmp_path: Path) -> None:
    history.begin(tmp_path, "lint")
    assert [lives for *_, lives in history.marks(tmp_path / "reports")] == [True]
    assert history.end(tmp_path, "lint", 1, 0.0, samples.lint(2))
    assert verdicts(tmp_path) == [("lint", "failed")]
    assert list(history.marks(tmp_path / "reports")) == []


def test_a_verb_that_did_not_begin_is_no_line(tmp_path: Path) -> None:
    assert not history.end(tmp_path, "lint", 2, 0.0, {})
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_left_no_report_is_none_to_compare_with_unless_it_failed(tmp_path: Path) -> None:
    for code, expected in ((0, []), (3, [("build", "failed")])):
        history.begin(tmp_path, "build")
        assert history.end(tmp_path, "build", code, 0.0, {})
        assert verdicts(tmp_path) == expected


def test_the_page_of_before_is_gone_when_a_verb_begins(tmp_path: Path) -> None:
    page.write(samples.write(tmp_path / "reports", lint=samples.lint()))
    history.begin(tmp_path, "lint")
    assert not (tmp_path / "reports/index.html").exists()


def test_a_run_that_was_killed_is_written_down_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib; from checks.host import history\n"
        "history.begin(pathlib.Path(sys.argv[1]), 'verify'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert "killed" in page.make(tmp_path / "reports")
    assert verdicts(tmp_path) == []
    history.begin(tmp_path, "lint")
    assert verdicts(tmp_path) == [("verify", "killed")]
    assert [said["verb"] for _, said, _ in history.marks(tmp_path / "reports")] == ["lint"]
    history.begin(tmp_path, "lint")
    assert verdicts(tmp_path) == [("verify", "killed")]


def test_a_mark_that_nobody_can_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "reports/running").mkdir(parents=True)
    for name, said in (("a", "{"), ("b", "[]")):
        (tmp_path / f"reports/running/{name}.json").write_text(said)
    history.begin(tmp_path, "lint")
    assert verdicts(tmp_path) == []
    assert "lint" in page.make(tmp_path / "reports")


def test_commands_side_by_side_lose_no_line(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()

    def work(number: int) -> None:
        for at in range(10):
            history.add(tmp_path / "reports", [samples.entry("lint", run=f"{number}-{at}")])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({one["run"] for one in history.read(tmp_path / "reports")}) == 40


def test_a_broken_line_is_survived(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    place = tmp_path / "reports/history.jsonl"
    place.write_bytes(json.dumps(samples.entry("lint")).encode() + b'\n{"verb": "bu\xff\xfe\n')
    history.begin(tmp_path, "build")
    history.end(tmp_path, "build", 0, 0.0, samples.build())
    assert verdicts(tmp_path) == [("lint", "passed"), ("build", "passed")]


@pytest.mark.parametrize("verb", ["lint", "build", "verify", "bench", "publish"])
def test_what_clears_old_reports_keeps_it(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch, ended: Callable[..., int]
) -> None:
    """The whole command, where no engine can be reached: of each verb a line is left, and the lines before it."""
    reports = samples.write(tmp_path / "reports", lint=samples.lint())
    samples.history(reports, samples.entry("lint"))
    (tmp_path / "tests/integration").mkdir(parents=True)
    (tmp_path / "run.sh").write_text("#!/bin/sh\necho fine\n")
    monkeypatch.setenv("CHECKS_RUN", "r7")
    code = ended(verb)
    assert verdicts(tmp_path) == [("lint", "passed"), (verb, "failed" if code else "passed")]
    assert history.read(reports)[-1]["run"] == "r7"
    said = (reports / "index.html").read_text()
    assert ("Passed: lint" in said) == (verb != "lint" or not code)
    assert ("it had no report yet" in said) == (verb != "lint")


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    from checks import __main__
    from checks.host import proc

    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    monkeypatch.setenv("CHECKS_STATE", "/nonexistent/state")

    def run(*words: str) -> int:
        try:
            return __main__.main([*words, "--root", str(tmp_path)])
        finally:
            proc.die_with_parent(0)

    return run


def test_wrong_usage_leaves_no_trace(tmp_path: Path, ended: Callable[..., int]) -> None:
    (tmp_path / "checks.toml").write_text("ready-seconds = 'soon'\n")
    for verb in ("lint", "build", "verify", "bench", "publish"):
        assert ended(verb) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["checks.toml"]


def test_the_run_s_reports_are_forgotten_and_its_history_is_not(tmp_path: Path) -> None:
    reports = samples.everything(tmp_path / "reports")
    before = (reports / "history.jsonl").read_text()
    runs.forget(tmp_path, "build.json", "junit/build.xml", "evidence", "build", "sbom", "index.html")
    assert (reports / "history.jsonl").read_text() == before


def test_a_mark_says_who_and_when(tmp_path: Path) -> None:
    history.begin(tmp_path, "bench")
    ((_, said, lives),) = history.marks(tmp_path / "reports")
    assert (said["verb"], said["owner"], lives) == ("bench", identity.owner(), True)
    assert said["time"].endswith("Z")


def test_lines_that_are_added_at_once_are_all_there(tmp_path: Path) -> None:
    def add(number: int) -> None:
        history.add(tmp_path, [lines.line("lint", 1, {"run": str(number)}, {})])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert sorted(int(line["run"]) for line in history.read(tmp_path)) == list(range(40))


def test_a_lock_that_is_held_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = lines.line("lint", 1, {"run": "1"}, {})
    monkeypatch.setattr(history, "LOCK_SECONDS", 0.2)
    with (tmp_path / ".history.jsonl.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match=r"history\.jsonl\.lock has been held"):
            history.add(tmp_path, [line])
    history.add(tmp_path, [line])
    assert [one["run"] for one in history.read(tmp_path)] == ["1"]


def test_what_a_run_took_is_what_its_report_says(tmp_path: Path) -> None:
    for report, least in (({"seconds": 4.5}, 4.5), ({}, 1e6)):  # began in 1970: the wall clock says far more
        history.begin(tmp_path, "build")
        assert history.end(tmp_path, "build", 1, 0.0, report)
        seconds = history.read(tmp_path / "reports")[-1]["seconds"]
        assert seconds == least if report else seconds > least
