"""Starting other programs: the only importer of subprocess.

Every command has a time limit, a process group of its own, and an end: when the limit is over, when we are
interrupted or when we die, its whole process tree goes with it.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import io
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from checks.errors import MissingToolError
from checks.model import Done

COOKIE = "CHECKS_JOB"
"""Set in the environment of every child: what escaped its process group is found again by it."""

_POLL_SECONDS = 0.5
_AFTER_SECONDS = 2.0
"""How long output is waited for when a command's time is over and its processes are killed."""
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
    started = time.monotonic()
    with (
        _started(argv, cwd, env, joined=on_line is not None, stdin=stdin is not None) as (process, cookie),
        _limited(process.pid, cookie, timeout, doomed) as expired,
    ):
        out, err = _read(process, stdin, on_line, expired)
    seconds = time.monotonic() - started
    code = -signal.SIGKILL if process.returncode is None else process.returncode  # killed, and the kernel holds it yet
    return Done(tuple(map(str, argv)), code, out, err, seconds, expired.is_set())


@contextlib.contextmanager
def _limited(pid: int, cookie: str, seconds: float, doomed: threading.Event | None) -> Iterator[threading.Event]:
    """End the tree of `pid` when the block takes longer than `seconds`, or is doomed, and set the event then."""
    expired, over = threading.Event(), threading.Event()
    deadline = time.monotonic() + seconds

    def guard() -> None:
        while not over.wait(max(0.0, min(deadline - time.monotonic(), _DOOM_SECONDS if doomed else seconds))):
            if time.monotonic() >= deadline or (doomed and doomed.is_set()):
                expired.set()
                _end_tree(pid, cookie)
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
        out, err = _lines(process, on_line, expired), ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_AFTER_SECONDS if expired.is_set() else None)
    return out, err


def _communicated(process: subprocess.Popen[str], stdin: str | None, expired: threading.Event) -> tuple[str, str]:
    late = float("inf")
    while True:
        try:
            return process.communicate(stdin, timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired as partly:
            stdin = None  # it has been taken
            if expired.is_set():
                late = min(late, time.monotonic() + _AFTER_SECONDS)
            if time.monotonic() >= late:
                return _text(partly.stdout), _text(partly.stderr)


def _text(said: str | bytes | None) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""


def _lines(process: subprocess.Popen[str], on_line: Callable[[str], None], expired: threading.Event) -> str:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    lines, rest, late = [], "", float("inf")
    with selectors.DefaultSelector() as selector:
        assert process.stdout is not None  # noqa: S101  it was asked for
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < late:
            if expired.is_set():
                late = min(late, time.monotonic() + _AFTER_SECONDS)
            if not selector.select(_POLL_SECONDS):
                continue
            data = os.read(process.stdout.fileno(), 65536)
            *whole, rest = (rest + decoder.decode(data, final=not data)).split("\n")
            for line in whole:
                lines.append(f"{line}\n")
                on_line(line)
            if not data:
                break
    if rest:
        lines.append(rest)
        on_line(rest)
    return "".join(lines)


@contextlib.contextmanager
def _started(
    argv: Sequence[str | Path], cwd: Path | None, env: Mapping[str, str] | None, *, joined: bool, stdin: bool
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command; when an exception leaves the block, its process tree is gone."""
    cookie = uuid.uuid4().hex
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            cwd=cwd,
            env={**(os.environ if env is None else env), COOKIE: cookie},
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
        _end_tree(process.pid, cookie)
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


def _end_tree(pid: int, cookie: str) -> None:
    """Kill a process, its group, its descendants and whatever carries its cookie."""
    doomed = {}
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        doomed = {child.pid: child for child in [root, *root.children(recursive=True)]}
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for process in [*doomed.values(), *_with_cookie(cookie)]:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _with_cookie(cookie: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(COOKIE) == cookie:
                yield process


def end_all() -> None:
    """Kill every command that is running now, in whatever thread."""
    with _live_lock:
        live = tuple(_live.items())
    for process, cookie in live:
        _end_tree(process.pid, cookie)


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
