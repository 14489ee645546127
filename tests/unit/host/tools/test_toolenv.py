"""Tools of our own: their versions, and the lock under which one is made (that one cannot be, tests/e2e shows)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import MissingToolError
from checks.host.console import Console
from checks.host.tools import toolenv


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.40.3\n", (2, 40, 3)),
        ("v2.24.0-desktop.1", (2, 24, 0)),
        ("Docker Compose version v2.5", (2, 5)),
        ("5.0", (5, 0)),
        ("", ()),
        ("unknown", ()),
        ("7", ()),
    ],
)
def test_a_version_is_found_in_what_a_tool_says(text: str, version: tuple[int, ...]) -> None:
    assert toolenv.version_of(text) == version


@given(st.text())
def test_any_text_has_a_version_or_none(text: str) -> None:
    assert len(toolenv.version_of(text)) in (0, 2, 3)


def test_an_old_or_unknown_compose_is_too_old() -> None:
    assert toolenv.version_of("1.29.2") < toolenv.COMPOSE_OLDEST <= toolenv.version_of("v2.24.0")
    assert toolenv.version_of("dev") < toolenv.COMPOSE_OLDEST


def test_waiting_for_another_command_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolenv, "_INSTALL_SECONDS", 0.1)  # the clock
    code = "import filelock, sys; l = filelock.FileLock(sys.argv[1]); l.acquire(); print('held', flush=True); input()"
    argv = [sys.executable, "-c", code, str(tmp_path / "tool.lock")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(MissingToolError, match="for too long"), toolenv._locked(tmp_path / "tool", "tool"):
            pass
        holder.communicate("\n")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tool.lock").mkdir()  # root may write everywhere
    with pytest.raises(MissingToolError) as raised, toolenv._locked(tmp_path / "tool", "tool"):
        pass
    assert str(raised.value).startswith(f"{tmp_path} is not writable")
    assert "CHECKS_CACHE" in raised.value.advice


SAYS = """#!/bin/sh
echo 'Error: Rules compiled, but the cache could not be persisted

Stack backtrace:
   0: <unknown>
   1: <unknown>' >&2
exit 1
"""


@pytest.fixture
def kingfisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a kingfisher that cannot compile its rules."""
    program = tmp_path / "lib/python3/site-packages/kingfisher/bin/kingfisher"
    program.parent.mkdir(parents=True)
    program.write_text(SAYS)
    program.chmod(0o755)
    monkeypatch.setattr(toolenv, "environment", lambda *_: tmp_path)
    return program.parent


@pytest.mark.usefixtures("kingfisher")
def test_rules_that_cannot_be_compiled_say_why_and_show_no_stack() -> None:
    with pytest.raises(MissingToolError) as raised:
        toolenv.kingfisher(Console(quiet=True))
    assert raised.value.details == ("Error: Rules compiled, but the cache could not be persisted",)


@pytest.mark.parametrize("there", [False, True])
def test_rules_that_cannot_be_kept_name_the_folder(
    kingfisher: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    place = kingfisher / "rules" if there else kingfisher
    place.mkdir(exist_ok=True)
    monkeypatch.setattr(os, "access", lambda path, _mode: path != place)  # root may write everywhere
    with pytest.raises(MissingToolError, match=f"{place} is not writable") as raised:
        toolenv.kingfisher(Console(quiet=True))
    assert "CHECKS_CACHE" in raised.value.advice


def test_one_at_a_time_holds_the_lock(tmp_path: Path) -> None:
    inside: list[int] = []
    seen: list[int] = []

    def work(number: int) -> None:
        with toolenv._locked(tmp_path / "tool", "tool"):
            inside.append(number)
            seen.append(len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 8
