"""Processes and their output: a whole tree is ended, and what it says is read while it lives, and not much longer."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

COOKIE = "CHECKS_JOB"
"""Set in the environment of every child: what escaped its process group is found again by it."""
POLL_SECONDS = 0.5
AFTER_SECONDS = 2.0
"""How long output is waited for when a command's time is over and its processes are killed."""


def end(pid: int, cookie: str) -> None:
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


def text(said: str | bytes | None) -> str:
    """Return what a command said so far, of which bytes may be cut."""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""


def lines(output: IO[str] | None, on_line: Callable[[str], None], expired: threading.Event) -> str:
    """Hand on every line of a command's output as it comes, and return all of it."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    lines, rest, late = [], "", float("inf")
    with selectors.DefaultSelector() as selector:
        assert output is not None  # noqa: S101  it was asked for
        selector.register(output, selectors.EVENT_READ)
        while time.monotonic() < late:
            if expired.is_set():
                late = min(late, time.monotonic() + AFTER_SECONDS)
            if not selector.select(POLL_SECONDS):
                continue
            data = os.read(output.fileno(), 65536)
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
