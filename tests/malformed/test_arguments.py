"""Command lines that nobody means: a line that says so and an exit code of the table, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks import __main__
from checks.host import proc
from checks.verbs import bench
from tests.malformed.inputs import CODES, counted, share

Main = Callable[[Sequence[str]], tuple[int, str]]
OPTIONS = (
    "--root",
    "--format",
    "--output",
    "--timeout",
    "--wait",
    "--only",
    "--skip",
    "--exclude",
    "--fail-on",
    "--since",
)
SWITCHES = (
    "--all",
    "--images",
    "--force",
    "--fix",
    "--no-cache",
    "--no-baseline",
    "--version",
    "--help",
    "-h",
    "--",
    "-",
)
ODD: tuple[str, ...] = (
    "",
    " ",
    "\n",
    "\x1b[31m",
    "\udcff",
    "ü" * 300,
    "-1",
    "0",
    "nan",
    "inf",
    "1e400",
    "9" * 400,
    "..",
)
ODD += (
    "a/../b",
    "%s%n",
    "{0}",
    "$(id)",
    "`id`",
    "';--",
    "\u202e",
    "--root=",
    "--format=xml",
    "=",
    "--=x",
)
WORDS = st.one_of(
    st.sampled_from((*OPTIONS, *SWITCHES, *ODD, *bench.FORMATS, *__main__.VERBS)),
    st.text(max_size=12).filter(lambda text: "\0" not in text),
)
VERBS = st.sampled_from([name for name in __main__.VERBS if name != "tools"] + ["nonsense", "", "--help"])
"""Not `tools`: what it is told to do, it does, and that takes minutes."""


@settings(max_examples=share("arguments"), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verb=VERBS, words=st.lists(WORDS, max_size=6))
def test_any_command_line_is_answered(main: Main, verb: str, words: list[str]) -> None:
    code, said = main([verb, *words])
    assert code in CODES, said
    assert "Traceback" not in said
    assert said or code == 0
    counted("arguments", 1)


HAND = (
    ["lint", "--root", "\0"],
    ["lint", "a\0b"],
    ["lint", "--since", "--output=/tmp/x"],
    ["lint", "--root", "/proc/self/fd/0"],
    ["build", "--timeout", "1e-320"],
    ["build", "--timeout", "١٢"],
    ["build", "\0"],
    ["up", "--wait", "0x10"],
    ["verify", "--", "\0", "-k", "("],
    ["verify", "--wait", "1_0", "--", "tests/../../x"],
    ["engine", "up", "down"],
    ["doctor", "--output", ""],
    ["doctor", "--output", "\0"],
    ["doctor", "--output", "x" * 300],
    ["doctor", "--format", "json", "--output", "/proc/version"],
    ["clean", "--all", "--images", "--force"],
)


@pytest.mark.parametrize("words", HAND, ids=lambda words: " ".join(words)[:40].encode("unicode_escape").decode())
def test_a_command_line_made_by_hand_is_answered(main: Main, words: list[str]) -> None:
    code, said = main(words)
    assert code in CODES - {0}, said
    assert said
    assert "Traceback" not in said
    counted("arguments", 1)


PROCESS = (
    [b"lint", b"--only", b"yamllint", b"\xff\xfe"],
    [b"lint", b"--root", b"\xff"],
    [b"doctor", b"--output", b"\xc3\x28/x"],
    [b"\xf0\x28"],
    [b"build", b"\xe9t\xe9"],
    [b"engine", b"\x80"],
)


@pytest.mark.parametrize("words", PROCESS, ids=repr)
def test_bytes_that_are_no_text_are_answered(alone: Path, words: list[bytes]) -> None:
    argv = [sys.executable, "-P", "-m", "checks", *map(os.fsdecode, words)]
    for locale in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}):
        done = proc.run(argv, cwd=alone, env={**os.environ, **locale}, timeout=60)
        assert done.code in CODES - {0}, done.err
        assert "Traceback" not in done.err
        counted("arguments", 1)


ENVIRONMENT = {
    "CHECKS_RUN": ["../x", "a" * 41, "\n", "-", "ü", " "],
    "CHECKS_OFFLINE": ["maybe", "2", "\n"],
    "CHECKS_REGISTRY": ["http://", "a b", "\x1b", "::", "[", "host:port"],
    "CHECKS_STATE": ["/dev/null", "/proc/1", "\n", "relative", "/" + "x" * 300],
    "CHECKS_CACHE": ["/dev/null/x", "/proc/1/x", "/" + "x" * 300],
    "DOCKER_HOST": [
        "nonsense",
        "unix://",
        "tcp://",
        "tcp://[",
        "ssh://",
        "http://127.0.0.1:1",
        "unix:///dev/null",
        "fd://",
    ],
    "DOCKER_CONTEXT": ["../..", "nowhere", "\x1b[2J"],
    "DOCKER_CONFIG": ["/dev/null", "/nonexistent"],
    "HOME": ["", "relative", "/dev/null"],
    "COLUMNS": ["-1", "nan", "9" * 30],
    "TMPDIR": ["/nonexistent", "/dev/null"],
    "TERM": ["nonsense"],
    "PYTHONHASHSEED": ["0"],
    "UI_PORT": ["x"],
}


@pytest.mark.parametrize("verb", ["doctor", "build", "lint"])
@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_variable_that_makes_no_sense_is_answered(
    main: Main, alone: Path, monkeypatch: pytest.MonkeyPatch, name: str, verb: str
) -> None:
    (alone / "compose.yaml").write_text("services: {a: {build: .}}\n")
    (alone / "Dockerfile").write_text("FROM scratch\n")
    for value in ENVIRONMENT[name]:
        monkeypatch.setenv(name, value)
        code, said = main([verb, *(["--only", "hadolint"] if verb == "lint" else [])])
        assert code in CODES, f"{name}={value!r}: {said}"
        assert "Traceback" not in said
        counted("arguments", 1)
