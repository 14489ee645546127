"""Ctrl-C while threads run commands: all of it ends at once, and nothing more begins."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from checks.host import proc, workers


def test_work_that_goes_well_is_waited_for() -> None:
    with workers.pool(2) as pool:
        futures = [pool.submit(proc.run, ["sleep", "0.1"], timeout=5) for _ in range(3)]
    assert [future.result().code for future in futures] == [0, 0, 0]


def test_an_exception_ends_what_runs_and_what_waits() -> None:
    started = time.monotonic()
    with contextlib.suppress(KeyError), workers.pool(1) as pool:
        first = pool.submit(proc.run, ["sleep", "60"], timeout=60)
        second = pool.submit(proc.run, ["sleep", "60"], timeout=60)
        raise KeyError
    assert time.monotonic() - started < 3
    assert first.result().code == -signal.SIGKILL
    assert second.cancelled()


def test_the_exception_goes_on() -> None:
    with pytest.raises(KeyError), workers.pool(1):
        raise KeyError


def test_a_command_that_is_just_about_to_start_is_ended_too() -> None:
    ready = threading.Event()

    def late() -> int:
        ready.set()
        time.sleep(0.3)
        return proc.run(["sleep", "60"], timeout=60).code

    with contextlib.suppress(KeyError), workers.pool(1) as pool:
        future = pool.submit(late)
        ready.wait(5)
        raise KeyError
    assert future.result() == -signal.SIGKILL


_PROGRAM = """
import sys
from checks import __main__
from checks.host import proc, workers

class Verb:
    FORMATS = ("text",)
    @staticmethod
    def run(args, out):
        with workers.pool(2) as pool:
            futures = [pool.submit(proc.run, ["sleep", "61"], timeout=90, on_line=print) for _ in range(6)]
            print("running", flush=True)
            for future in futures:
                future.result()

sys.modules["checks.verbs.down"] = Verb
Verb.add_arguments = staticmethod(lambda parser: None)
sys.exit(__main__.main(["down"]))
"""


def _sleepers(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if child.name() == "sleep"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_with_130_and_its_children(tmp_path: Path, number: int) -> None:
    argv = [sys.executable, "-P", "-c", _PROGRAM]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        deadline = time.monotonic() + 5
        while len(children := _sleepers(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        started = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert time.monotonic() - started < 3
    assert "interrupted" in said
    assert len(children) == 2
    assert not any(child.is_running() for child in children)


def test_children_end_with_a_command_that_was_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-c", _PROGRAM]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 5
        while len(children := _sleepers(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=3)[1] == []


def test_a_command_ends_with_its_parent(tmp_path: Path) -> None:
    """A shell that starts it in the background and is killed: what started checks is gone, so is checks."""
    parent = f"import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-P', '-c', {_PROGRAM!r}]); "
    parent += "print(p.pid, flush=True); time.sleep(60)"
    argv = [sys.executable, "-c", parent]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = sorted(process.stdout.readline().strip() for _ in "ab")
        assert lines[1] == "running"
        child = psutil.Process(int(lines[0]))
        process.kill()
    assert psutil.wait_procs([child], timeout=5)[1] == []
