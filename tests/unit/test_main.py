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
from checks.host import files, proc
from checks.verbs import doctor

ROOT = Path(__file__).parents[2]
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
        ["lint", "--format", "html"],
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
    assert ("html" in done.stdout.partition("how to say it")[0]) == (verb in ("bench", "report"))


def test_a_dash_is_standard_output(checks: Checks, tmp_path: Path) -> None:
    done = checks("doctor", "--format", "json", "--output", "-")
    assert json.loads(done.stdout)
    assert list(tmp_path.iterdir()) == []


def test_a_result_goes_to_the_file_that_was_named(checks: Checks, tmp_path: Path) -> None:
    done = checks("doctor", "--format", "json", "--output", "facts.json")
    assert done.stdout == ""
    assert {row["what"] for row in json.loads((tmp_path / "facts.json").read_text())} >= {"checks", "engine"}


def test_a_table_in_a_pipe_is_whole(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_CACHE", f"/{'long/' * 20}end")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("DOCKERHUB_LOGIN", "a[red]b :smile:")
    done = checks("doctor")
    lines = done.stdout.splitlines()
    values = "".join(line.split("│")[2].strip() for line in lines if line.count("│") == 4)
    assert f"/{'long/' * 20}end" in values
    assert "a[red]b :smile:" in values
    assert "\x1b" not in done.stdout
    assert max(map(len, lines)) <= 100


def test_a_configuration_does_not_draw_on_the_terminal(checks: Checks, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text('variables = {"A\\u001b[2J" = "\\u001b]0;x\\u0007"}\n')
    assert not {"\x1b", "\x07"} & set(checks("doctor").stdout)


def test_a_place_in_a_pipe_is_broken_between_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    place = f"/home/ann/.cache/{'folder/' * 6}bin/python -I /home/anna/{'x' * 60}/api.py"
    name, value, said = doctor._narrow(doctor.Row("tool", "1.0", place, "do this"))
    assert (name, value) == ("tool", "1.0")
    assert said.splitlines() == [
        "~/.cache/folder/folder/folder/folder/folder",
        "/folder/bin/python -I /home/anna",
        f"/{'x' * 60}",
        "/api.py",
        "→ do this",
    ]


def test_the_doctor_lists_what_the_configuration_names_and_nothing_of_other_repositories(
    checks: Checks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APP_PORT", "APP_VERSION", "UI_PORT", "ENV", "DOCKERHUB_LOGIN"):
        monkeypatch.delenv(name, raising=False)

    def listed() -> dict[str, list[str]]:
        rows = json.loads(checks("doctor", "--format", "json").stdout)
        return {row["what"]: [row["value"], row["source"]] for row in rows}

    ours = {"DOCKER_HOST", "DOCKERHUB_LOGIN", *(name for name in listed() if name.startswith("CHECKS_"))}
    assert {name for name in listed() if name.isupper()} == ours
    (tmp_path / "checks.toml").write_text(
        'versions = {APP_VERSION = "VERSION"}\nvariables = {APP_PORT = "80", DOCKERHUB_LOGIN = "shop", ENV = "test"}\n'
    )
    (tmp_path / "VERSION").write_text("1.5\n")
    monkeypatch.setenv("ENV", "prod")
    found = listed()
    assert {name for name in found if name.isupper()} == {*ours, "APP_VERSION", "APP_PORT", "ENV"}
    assert found["APP_VERSION"] == ["1.5", "VERSION"]
    assert found["APP_PORT"] == ["80", "checks.toml"]
    assert found["DOCKERHUB_LOGIN"] == ["shop", "checks.toml"]
    assert found["ENV"] == ["prod", "environment"]


def test_this_repository_names_the_variables_that_its_users_know() -> None:
    config = files.load_config(ROOT)
    named = {*config.versions, *config.variables, *doctor.VARIABLES}
    assert named >= {
        "POST_VERSION",
        "COMMENT_VERSION",
        "UI_VERSION",
        "IMAGE_VERSION",
        "UI_PORT",
        "MONOLITH_PORT",
        "ENV",
    }
    compose = "".join((ROOT / path).read_text() for path in config.compose)
    assert all(f"${{{name}:-{config.variables[name]}}}" in compose for name in config.variables if name != "ENV")


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


def test_verify_without_a_folder_of_tests_fails_before_it_starts_anything(checks: Checks, tmp_path: Path) -> None:
    done = checks("verify")
    assert (done.returncode, "no compose file in" in done.stderr) == (2, True), done.stderr
    (tmp_path / "compose.yaml").write_text("services: {web: {image: debian:12}}\n")
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


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_stream_that_is_closed_is_no_bug_and_changes_no_exit_code(tmp_path: Path, closed: str, kind: str) -> None:
    (tmp_path / "a.sh").write_text("#!/bin/sh\ncd /srv\n")
    words = [sys.executable, "-P", "-m", "checks", "lint", "--only", "shellcheck", "--format", kind]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *words],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "bug" not in done.stderr
    assert (done.stdout == "") is closed.startswith((">", "<"))
    assert json.loads((tmp_path / "reports/lint.json").read_text())["findings"][0]["rule"] == "SC2164"
    assert not list(tmp_path.glob("checks-bug-*"))
