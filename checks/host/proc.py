"""Starting other programs: the only importer of subprocess.

Every command has a time limit, a process group of its own, and an end: when the limit is over, when we are
interrupted or when we die, its whole process tree goes with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from checks.errors import MissingToolError
from checks.host import proctree
from checks.model import Done

_DOOM_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_live: dict[subprocess.Popen[str], str] = {}
_live_lock = threading.Lock()


def die_with_parent(sig: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `sig` when its parent ends; does nothing elsewhere than on Linux."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    on_line: Callable[[str], None] | None = None,
    doomed: threading.Event | None = None,
) -> Done:
    """Run a command to its end and return what it did; a failure is no exception.

    `timeout` is in seconds of wall time. `env` replaces the environment. With `on_line` standard error is joined
    to standard output and every line is handed on as it comes. When `doomed` is set, it ends as if its time were over.
    Raises MissingToolError where the program does not exist.
    """
    began = time.monotonic()
    with (
        started(argv, cwd, env, joined=on_line is not None, stdin=stdin is not None) as (process, cookie),
        limited(process.pid, cookie, timeout, doomed) as expired,
    ):
        out, err = _read(process, stdin, on_line, expired)
    seconds = time.monotonic() - began
    code = -signal.SIGKILL if process.returncode is None else process.returncode  # killed, and the kernel holds it yet
    return Done(tuple(map(str, argv)), code, out, err, seconds, expired.is_set())


@contextlib.contextmanager
def limited(pid: int, cookie: str, seconds: float, doomed: threading.Event | None) -> Iterator[threading.Event]:
    """End the tree of `pid` when the block takes longer than `seconds`, or is doomed, and set the event then."""
    expired, over = threading.Event(), threading.Event()
    deadline = time.monotonic() + seconds

    def guard() -> None:
        while not over.wait(max(0.0, min(deadline - time.monotonic(), _DOOM_SECONDS if doomed else seconds))):
            if time.monotonic() >= deadline or (doomed and doomed.is_set()):
                expired.set()
                proctree.end(pid, cookie)
                return

    watchdog = threading.Thread(target=guard, daemon=True)
    watchdog.start()
    try:
        yield expired
    finally:
        over.set()


def _read(
    process: subprocess.Popen[str],
    stdin: str | None,
    on_line: Callable[[str], None] | None,
    expired: threading.Event,
) -> tuple[str, str]:
    """Return what a command says until it ends, or soon after its time is over: what escaped may hold its output open."""
    if on_line is None:
        out, err = _communicated(process, stdin, expired)
    else:
        out, err = proctree.lines(process.stdout, on_line, expired), ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(proctree.AFTER_SECONDS if expired.is_set() else None)
    return out, err


def _communicated(process: subprocess.Popen[str], stdin: str | None, expired: threading.Event) -> tuple[str, str]:
    late = float("inf")
    while True:
        try:
            return process.communicate(stdin, timeout=proctree.POLL_SECONDS)
        except subprocess.TimeoutExpired as partly:
            stdin = None  # it has been taken
            if expired.is_set():
                late = min(late, time.monotonic() + proctree.AFTER_SECONDS)
            if time.monotonic() >= late:
                return proctree.text(partly.stdout), proctree.text(partly.stderr)


@contextlib.contextmanager
def started(
    argv: Sequence[str | Path], cwd: Path | None, env: Mapping[str, str] | None, *, joined: bool, stdin: bool
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command; when an exception leaves the block, its process tree is gone."""
    cookie = os.urandom(16).hex()
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            cwd=cwd,
            env={**(os.environ if env is None else env), proctree.COOKIE: cookie},
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if joined else subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=0,
            preexec_fn=die_with_parent,  # one prctl call: takes no lock, so it is safe beside threads
        )
    except FileNotFoundError as error:
        if cwd is not None and not Path(cwd).is_dir():
            raise
        raise MissingToolError(f"{argv[0]} is not installed", f"install {argv[0]} and try again") from error
    with _live_lock:
        _live[process] = cookie
    try:
        yield process, cookie
    except BaseException:
        proctree.end(process.pid, cookie)
        process.wait()
        raise
    finally:
        with _live_lock:
            _live.pop(process, None)
        for stream in (process.stdin, process.stdout, process.stderr):
            _close(stream)


def _close(stream: IO[str] | None) -> None:
    with contextlib.suppress(OSError):
        if stream is not None:
            stream.close()


def end_all() -> None:
    """Kill every command that is running now, in whatever thread."""
    with _live_lock:
        live = tuple(_live.items())
    for process, cookie in live:
        proctree.end(process.pid, cookie)


def spawn(
    argv: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Start a program that outlives us, in a session of its own, and return its pid; it writes to `log`."""
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(part) for part in argv],
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process.returncode = 0  # it is not ours to wait for: no ResourceWarning when the object goes
    return process.pid


class Companion:
    """A program that runs beside us, and ends when we do; it writes to a log of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def end(self, seconds: float = 2.0) -> None:
        """Ask it to end, and kill it where it has not after `seconds`."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def beside(argv: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None) -> Companion:
    """Start a program that runs beside us: Ctrl-C does not reach it, and neither does `end_all`: cleaning up may need it.

    It ends with the thread that started it, at the latest. Raises MissingToolError where the program does not exist.
    """
    try:
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [str(part) for part in argv],
                env=dict(os.environ if env is None else env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )
    except FileNotFoundError as error:
        raise MissingToolError(f"{argv[0]} is not installed", f"install {argv[0]} and try again") from error
    return Companion(process)
