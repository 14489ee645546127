"""Tools of our own: their versions, and the lock under which one is made (that one cannot be, tests/e2e shows)."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import MissingToolError
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
