"""Programs that are spoken with, line by line, while they run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from checks.host import proc, proctree


class Spoken(Protocol):
    """What is asked of a running program."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    stderr: IO[str] | None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def terminate(self) -> None:
        """Ask it to end."""


class Talk:
    """A program that is spoken with, line by line, while it runs."""

    def __init__(self, process: Spoken) -> None:
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
        proc.started(argv, None, None, joined=False, stdin=True) as (process, cookie),
        proc.limited(process.pid, cookie, timeout, None),
    ):
        try:
            yield Talk(process)
        finally:
            proctree.end(process.pid, cookie)
            process.wait()
