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
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from checks.errors import MissingToolError
from checks.model import Done

if TYPE_CHECKING:
    import psutil

COOKIE = "CHECKS_JOB"
"""Set in the environment of every child: what escaped its process group is found again by it."""

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
) -> Done:
    """Run a command to its end and return what it did; a failure is no exception.

    `timeout` is in seconds of wall time. `env` replaces the environment. With `on_line` standard error is joined
    to standard output and every line is handed on as it comes. Raises MissingToolError where the
    program does not exist.
    """
    started = time.monotonic()
    with (
        _started(argv, cwd, env, joined=on_line is not None, stdin=stdin is not None) as (process, cookie),
        _limited(process.pid, cookie, timeout) as expired,
    ):
        out, err = _read(process, stdin, on_line)
    seconds = time.monotonic() - started
    return Done(tuple(map(str, argv)), process.returncode, out, err, seconds, expired.is_set())


@contextlib.contextmanager
def _limited(pid: int, cookie: str, seconds: float) -> Iterator[threading.Event]:
    """End the tree of `pid` when the block takes longer than `seconds`, and set the event then."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _end_tree(pid, cookie)

    watchdog = threading.Timer(seconds, expire)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield expired
    finally:
        watchdog.cancel()


class Talk:
    """A program that is spoken with, line by line, while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, text: str) -> None:
        """Send it a text; what it does not take any more is lost, and `hear` tells."""
        with contextlib.suppress(BrokenPipeError):
            assert self._process.stdin is not None  # noqa: S101
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def hear(self) -> str:
        """Return its next line, "" where it says nothing any more."""
        assert self._process.stdout is not None  # noqa: S101
        return self._process.stdout.readline()

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def last_words(self) -> str:
        """End it, and return the last line of its standard error."""
        self._process.terminate()
        assert self._process.stderr is not None  # noqa: S101
        return (self._process.stderr.read().strip().splitlines() or [""])[-1]


@contextlib.contextmanager
def talk(argv: Sequence[str | Path], *, timeout: float) -> Iterator[Talk]:
    """Start a program to speak with; it ends when the block does, or `timeout` seconds of wall time are over."""
    with (
        _started(argv, None, None, joined=False, stdin=True) as (process, cookie),
        _limited(process.pid, cookie, timeout),
    ):
        try:
            yield Talk(process)
        finally:
            _end_tree(process.pid, cookie)
            process.wait()


def _read(process: subprocess.Popen[str], stdin: str | None, on_line: Callable[[str], None] | None) -> tuple[str, str]:
    if on_line is None:
        return process.communicate(stdin)
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        on_line(line.rstrip("\r\n"))
    process.wait()
    return "".join(lines), ""


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
    import psutil  # takes a while, and most commands end by themselves

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
    import psutil

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
