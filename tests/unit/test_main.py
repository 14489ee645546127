"""The command line: what it refuses, where it writes, and how what can go wrong ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks import __main__
from checks.host import proc

Checks = Callable[..., "Done"]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Checks]:
    """Run the command in an empty folder, in this process; no engine is there, and none may be started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    monkeypatch.setenv("CHECKS_STATE", "/nonexistent/state")

    def run(*words: str) -> Done:
        try:
            code = __main__.main(words)
        except SystemExit as ended:  # argparse's way
            code = int(ended.code or 0)
        return Done(code, *capfd.readouterr())

    yield run
    proc.die_with_parent(0)  # the tests need not end with their parent


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["build", "--nonsense"],
        ["build", "--format", "xml"],
        ["build", "--format", "sarif"],
        ["build", "--output", "file"],
        ["build", "--timeout", "0"],
        ["build", "--timeout", "soon"],
        ["up", "--wait", "nan"],
        ["up", "--format", "json"],
        ["up", "--output", "file"],
        ["down", "--format", "html"],
        ["down", "--output", "file"],
        ["verify", "--wait", "-1"],
        ["verify", "--format", "github"],
        ["verify", "--output", "file"],
        ["clean", "--format", "json"],
        ["clean", "--output", "file"],
        ["tools", "--format", "json"],
        ["doctor", "--format", "junit"],
        ["init", "--format", "json"],
        ["init", "--output", "file"],
        ["engine"],
        ["engine", "sideways"],
        ["engine", "up", "--format", "json"],
        ["engine", "down", "--output", "file"],
        ["engine", "env", "--format", "json"],
        ["doctor", "--root", "nowhere"],
        ["doctor", "--root", __file__],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_does_nothing(checks: Checks, tmp_path: Path, words: list[str]) -> None:
    done = checks(*words)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", __main__.VERBS)
def test_every_verb_explains_itself(checks: Checks, verb: str) -> None:
    done = checks(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in ("--root", "--format", "--output"))


def test_a_result_goes_to_the_file_that_was_named(checks: Checks, tmp_path: Path) -> None:
    done = checks("doctor", "--format", "json", "--output", "facts.json")
    assert done.stdout == ""
    assert {row["what"] for row in json.loads((tmp_path / "facts.json").read_text())} >= {"checks", "engine"}


def test_a_table_in_a_pipe_is_whole(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_CACHE", f"/{'long/' * 20}end")
    monkeypatch.setenv("COLUMNS", "40")
    done = checks("doctor")
    assert "long/end" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("place", ["file/below", "."])
def test_an_output_that_cannot_be_written_is_wrong_usage(checks: Checks, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    done = checks("doctor", "--output", place)
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("verb", ["build", "verify"])
def test_a_place_for_reports_that_is_none_is_said(checks: Checks, tmp_path: Path, verb: str) -> None:
    (tmp_path / "reports").touch()
    done = checks(verb)
    assert done.returncode == 1, done.stderr
    assert "reports" in done.stderr
    assert "bug" not in done.stderr


def test_verify_without_a_folder_of_tests_fails_before_it_starts_anything(checks: Checks) -> None:
    for words in ([], ["--", "-k", "votes"]):
        done = checks("verify", *words)
        assert done.returncode == 1, done.stderr
        assert "nothing to assert: no tests/integration" in done.stderr


@pytest.mark.parametrize("verb", ["build", "up", "down", "verify", "clean", "doctor"])
def test_no_engine_is_three(checks: Checks, tmp_path: Path, verb: str) -> None:
    (tmp_path / "tests/integration").mkdir(parents=True)
    done = checks(verb)
    assert done.returncode == 3, done.stderr


@pytest.mark.parametrize("verb", ["build", "up", "verify", "doctor"])
def test_a_configuration_that_cannot_be_used_is_two(checks: Checks, tmp_path: Path, verb: str) -> None:
    (tmp_path / "checks.toml").write_text("ready-seconds = 'soon'\n")
    done = checks(verb)
    assert done.returncode == 2, done.stderr
    assert "ready-seconds" in done.stderr


def test_a_reader_that_went_away_is_no_bug(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-m", "checks", "doctor", "--format", "json"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            argv, cwd=tmp_path, stdout=gone, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert "bug" not in done.stderr
