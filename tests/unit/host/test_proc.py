"""Starting programs: limits, process trees and what is said of them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from checks.errors import MissingToolError
from checks.host import identity, proc

_ESCAPES = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # its parent is gone: no way leads to it but its environment
        open(sys.argv[1], 'w').write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""


def _until(true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not (now := true()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return now


def _pid(path: Path) -> int:
    assert _until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


def _is_gone(pid: int) -> bool:
    return _until(lambda: identity.start_time(pid) is None)


def test_all_that_a_command_did_comes_back() -> None:
    done = proc.run(["sh", "-c", "cat; echo said >&2; exit 3"], stdin="given\n", timeout=10)
    assert (done.code, done.out, done.err, done.ok, done.timed_out) == (3, "given\n", "said\n", False, False)
    assert done.argv[0] == "sh"
    assert done.last_lines() == ("said",)


def test_a_signal_is_a_negative_code() -> None:
    assert proc.run(["sh", "-c", "kill -TERM $$"], timeout=10).code == -signal.SIGTERM


def test_folder_and_environment_are_the_given_ones(tmp_path: Path) -> None:
    done = proc.run(["sh", "-c", "pwd; echo $WORD; echo ${HOME-none}"], cwd=tmp_path, env={"WORD": "x"}, timeout=10)
    assert done.out.splitlines() == [str(tmp_path), "x", "none"]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert proc.run(["printf", r"a\377b"], timeout=10).out == "a\ufffdb"


def test_standard_input_is_empty_unless_given() -> None:
    assert proc.run(["cat"], timeout=10).out == ""


def test_lines_are_handed_on_as_they_come() -> None:
    seen: list[tuple[str, float]] = []
    script = "echo one; echo two >&2; sleep 0.5; echo three"
    done = proc.run(["sh", "-c", script], timeout=10, on_line=lambda line: seen.append((line, time.monotonic())))
    assert [line for line, _ in seen] == ["one", "two", "three"]
    assert seen[2][1] - seen[1][1] > 0.3
    assert (done.out, done.err) == ("one\ntwo\nthree\n", "")


@pytest.mark.parametrize("hearing", [False, True])
def test_after_its_limit_the_whole_tree_is_gone(tmp_path: Path, hearing: bool) -> None:
    mark = tmp_path / "pid"
    on_line = (lambda _line: None) if hearing else None
    done = proc.run([sys.executable, "-c", _ESCAPES, mark], timeout=1, on_line=on_line)
    assert (done.timed_out, done.ok) == (True, False)
    assert done.seconds < 5
    assert _is_gone(_pid(mark))


def test_when_the_hearer_fails_the_whole_tree_is_gone(tmp_path: Path) -> None:
    mark = tmp_path / "pid"

    def hear(_line: str) -> None:
        raise KeyboardInterrupt

    script = 'import sys, subprocess\nsubprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1]])\n'
    script += "import os, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\nprint('x', flush=True)\ntime.sleep(600)"
    others = set(psutil.Process().children(recursive=True))  # what fixtures of other tests have started
    with pytest.raises(KeyboardInterrupt):
        proc.run([sys.executable, "-c", script, mark, _ESCAPES], timeout=60, on_line=hear)
    assert _is_gone(_pid(mark))
    assert _until(lambda: set(psutil.Process().children(recursive=True)) <= others)


def test_all_commands_of_all_threads_end_when_told(tmp_path: Path) -> None:
    marks = [tmp_path / "one", tmp_path / "two"]
    codes: list[int] = []

    def work(mark: Path) -> None:
        codes.append(proc.run([sys.executable, "-c", _ESCAPES, mark], timeout=60).code)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in marks]
    for thread in threads:
        thread.start()
    pids = [_pid(mark) for mark in marks]
    proc.end_all()
    for thread in threads:
        thread.join(10)
    assert codes == [-signal.SIGKILL] * 2
    assert all(_is_gone(pid) for pid in pids)


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = (
        "from checks.host import proc; import sys\n"
        "proc.run(['sh', '-c', 'echo $$ > ' + sys.argv[1] + '; exec sleep 600'], timeout=600)"
    )
    parent = proc.spawn([sys.executable, "-c", script, mark], log=tmp_path / "log")
    child = _pid(mark)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert _is_gone(child)


def test_a_missing_program_is_a_missing_tool(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="no-such-program is not installed") as caught:
        proc.run(["no-such-program"], timeout=10)
    assert caught.value.advice
    with pytest.raises(FileNotFoundError):
        proc.run(["true"], cwd=tmp_path / "none", timeout=10)


def test_a_spawned_program_outlives_the_call_and_writes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    pid = proc.spawn(
        ["sh", "-c", f"echo here; echo there >&2; ps -o sid= -p $$ > {tmp_path}/sid; exec sleep 60"], log=log
    )
    try:
        assert _until(lambda: log.read_text() == "before\nhere\nthere\n")
        assert _pid(tmp_path / "sid") == pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


_HOLDS = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # nothing leads to it: no parent, no group, no environment
        os.execve("/bin/sleep", ["sleep", "59.5"], {})
    os._exit(0)
print("said", flush=True)
time.sleep(60 if sys.argv[1] == "stays" else 0)
"""


def _sleepers() -> set[int]:
    found = psutil.process_iter(["pid", "cmdline"])
    return {item.info["pid"] for item in found if item.info["cmdline"] == ["sleep", "59.5"]}


@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize("itself", ["stays", "ends"])
def test_a_process_that_nothing_leads_to_does_not_hold_a_command_past_its_limit(listening: bool, itself: str) -> None:
    heard: list[str] = []
    on_line = heard.append if listening else None
    before = _sleepers()
    started = time.monotonic()
    done = proc.run([sys.executable, "-c", _HOLDS, itself], timeout=1, on_line=on_line)
    assert time.monotonic() - started < 6
    assert (done.timed_out, done.out) == (True, "said\n")
    assert heard == (["said"] if listening else [])
    for pid in _sleepers() - before:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("listening", [False, True])
def test_a_doomed_command_ends_at_once(listening: bool) -> None:
    doomed = threading.Event()
    threading.Timer(0.3, doomed.set).start()
    started = time.monotonic()
    done = proc.run(["sleep", "60"], timeout=60, doomed=doomed, on_line=print if listening else None)
    assert time.monotonic() - started < 5
    assert done.timed_out


def test_lines_are_handed_on_as_they_come_whatever_ends_them() -> None:
    heard: list[str] = []
    said = b"one\\r\\ntwo\\rthree\\n\\303\\274 \\377 last"
    done = proc.run(["printf", said.decode()], timeout=10, on_line=heard.append)
    assert heard == ["one", "two", "three", "ü \N{REPLACEMENT CHARACTER} last"]
    assert done.out == "one\ntwo\nthree\nü \N{REPLACEMENT CHARACTER} last"
