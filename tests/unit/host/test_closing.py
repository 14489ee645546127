"""Where the summary is said, and how: on a terminal, in a pipe, in CI, and not at all."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import sys
import termios
import time
from pathlib import Path

import pytest

from checks.host import closing, history
from checks.host.console import Console
from tests.unit.report.page import samples

REPORT = {
    "run": "r1",
    "ok": False,
    "seconds": 3.0,
    "message": "m" * 200,
    "services": {"web": {"ready_seconds": 1.0}},
    "assertions": {"seconds": 1.0, "exit": 1},
}
JUNIT = """<testsuites><testsuite name="pytest"><testcase classname="t" name="test_a"/><testcase classname="t" name="test_b">
<failure message="assert 1 == 2">assert 1 == 2</failure></testcase></testsuite></testsuites>"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "NO_COLOR", "TRAVIS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "reports/junit").mkdir(parents=True)
    (tmp_path / "reports/integration.json").write_text(json.dumps(REPORT))
    (tmp_path / "reports/junit/integration.xml").write_text(JUNIT)
    return tmp_path


def on_a_terminal(root: Path, columns: int = 50) -> str:
    """Return what is said to a terminal of that width, where standard error is one."""
    controlling, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept, size = os.dup(2), os.environ.pop("COLUMNS", None)
    try:
        os.dup2(terminal, 2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", os.fdopen(os.dup(2), "w"))
            patch.setenv("COLUMNS", str(columns))
            closing.end(root, "verify", 1, 0.0, Console())
            sys.stderr.close()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(terminal)
        if size is not None:
            os.environ["COLUMNS"] = size
    said = b""
    while True:
        try:
            part = os.read(controlling, 65536)
        except OSError:  # nobody has the other end open any more
            break
        if not part:
            break
        said += part
    os.close(controlling)
    return said.decode()


def test_a_terminal_has_colour_and_lines_as_wide_as_it_is(root: Path) -> None:
    said = on_a_terminal(root, 50)
    assert "\x1b[31m" in said
    plain = said.replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines())) <= 50
    assert "1 passed, 1 failed" in plain


@pytest.mark.parametrize("variable", ["NO_COLOR", "CI"])
def test_whoever_wants_no_colour_gets_none(root: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")
    assert "\x1b" not in on_a_terminal(root)


def test_a_pipe_gets_whole_plain_lines(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    closing.end(root, "verify", 1, 0.0, Console())
    said = capfd.readouterr().err
    assert "✗ t::test_b\n      assert 1 == 2\n" in said
    assert "\x1b" not in said


def test_who_asks_for_a_report_gets_no_summary(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    closing.end(root, "verify", 1, 0.0, Console(quiet=True))
    assert capfd.readouterr() == ("", "")


def test_a_report_of_another_run_is_not_summed_up(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    closing.end(root, "verify", 1, time.time() + 60, Console())
    closing.end(root, "build", 1, 0.0, Console())  # there is none
    assert capfd.readouterr() == ("", "")


def test_images_are_of_the_same_run_or_not_shown(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build = {"run": "r0", "seconds": 1.0, "images": [{"image": "web", "state": "built"}]}
    for run, shown in (("r0", False), ("r1", True)):
        (root / "reports/build.json").write_text(json.dumps({**build, "run": run}))
        closing.end(root, "verify", 1, 0.0, Console())
        assert ("1 built" in capfd.readouterr().err) == shown


def test_the_last_run_is_what_the_history_says(root: Path) -> None:
    assert closing.last(root, "verify", REPORT) == {}
    samples.history(root / "reports", samples.entry("verify", ready={"web": 1.0}), samples.entry("build"))
    found = closing.last(root, "verify", REPORT)
    assert (found["ok"], found["seconds"], found["services"]) == (True, 2.5, {"web": {"ready_seconds": 1.0}})


def test_a_run_is_compared_with_the_one_before_it(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number, said in enumerate(("there is no earlier run", "last time failed in")):
        history.begin(root, "verify")
        closing.end(root, "verify", 1, 0.0, Console())
        assert said in capfd.readouterr().err
        assert len(history.read(root / "reports")) == number + 1
        assert "1 passed, 1 failed" in (root / "reports/index.html").read_text()


def test_a_run_of_a_part_is_compared_with_one_of_the_same_part_only(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    part, other = ["-k", "test_a"], ["-k", "test_b"]
    whole: list[str] = []
    for asked, compared in ((whole, False), (part, False), (whole, True), (part, True), (other, False)):
        history.begin(root, "verify")
        (root / "reports/integration.json").write_text(json.dumps({**REPORT, "asked": asked}))
        closing.end(root, "verify", 1, 0.0, Console())
        assert ("last time" in capfd.readouterr().err) == compared, asked


def test_a_run_that_had_no_report_is_written_down_without_a_summary(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    history.begin(root, "build")
    closing.end(root, "build", 3, 0.0, Console())
    assert capfd.readouterr().err == ""
    assert "Failed: build" in (root / "reports/index.html").read_text()
