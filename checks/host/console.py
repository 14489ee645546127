"""Speaking to people: colour and progress only on a terminal, plain lines everywhere else.

Everything here goes to standard error but `result`, so that a report on standard output stays a report.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from checks import cimarks, redact
from checks.errors import UsageError
from checks.host.files import write_named

if TYPE_CHECKING:
    from rich.console import Console as Rich


def is_ci(environ: Mapping[str, str]) -> bool:
    """Return whether this is a CI job, where nobody watches a progress bar."""
    return environ.get("CI", "").lower() not in ("", "0", "false")


def is_coloured(environ: Mapping[str, str]) -> bool:
    """Return whether what is written to standard output may be in colour: a person reads it, and did not say NO_COLOR."""
    return sys.stdout.isatty() and not is_ci(environ) and not environ.get("NO_COLOR")


def open_streams() -> None:
    """Give a standard stream that was closed before we began the null device: nothing is said there, and nothing fails.

    In the order of their numbers, so that none of those is left for a file of ours.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115  it stays open to the end
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


class Console:
    """Where verbs speak; `quiet` leaves out all but warnings and failures, `output` is a file for the result."""

    def __init__(self, *, quiet: bool = False, output: Path | None = None) -> None:
        self.live = sys.stderr.isatty() and not is_ci(os.environ)
        self.quiet = quiet
        self.output = output
        self._open = ""

    @cached_property
    def _rich(self) -> Rich:
        """Rich's console: imported when something is said, because that takes longer than what a quick command does."""
        from rich.console import Console as Rich

        plain = not self.live or None
        # Rich takes FORCE_COLOR and CI's terminals for a person's; a pipe stays plain whatever it thinks.
        return Rich(stderr=True, highlight=False, soft_wrap=True, no_color=plain, force_terminal=self.live)

    def step(self, text: str) -> None:
        """Say what starts now."""
        self.line(f"→ {text}", "bold")

    def line(self, text: str, style: str = "") -> None:
        """Say one line."""
        if not self.quiet:
            self._print(text, style)

    def raw(self, text: str) -> None:
        """Say lines that are as they should look already."""
        if not self.quiet:
            sys.stdout.flush()
            sys.stderr.write(text)
            sys.stderr.flush()

    def warn(self, text: str) -> None:
        """Say one line that a person should not miss."""
        self._print(f"warning: {text}", "yellow")

    @contextlib.contextmanager
    def section(self, name: str, title: str) -> Iterator[None]:
        """Mark what is said meanwhile as one part that a CI system folds away; one within another is a part of that."""
        marks = None if self.quiet or self._open else cimarks.of(os.environ)
        if marks is None:
            yield
            return
        self._open = name
        self._mark(cimarks.start(marks, name, title, time.time()))
        try:
            yield
        finally:
            self._close()

    def _close(self) -> None:
        marks = cimarks.of(os.environ)
        if self._open and marks is not None:
            self._mark(cimarks.end(marks, self._open, time.time()))
        self._open = ""

    @staticmethod
    def _mark(line: str) -> None:
        sys.stdout.flush()  # the lines of both streams must come in the order in which they were said
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def failure(self, message: str, advice: str = "", details: Iterable[str] = ()) -> None:
        """Say what went wrong, what belongs to it, and what to do; never in a part that is folded away."""
        self._close()
        self._print(f"checks: {message}", "bold red")
        for detail in details:
            self._print(f"    {redact.masked(detail)}")
        if advice:
            self._print(f"  → {advice}")

    @contextlib.contextmanager
    def progress(self, total: int) -> Iterator[Callable[[str, str], None]]:
        """Show what several things are doing now, on a terminal only; call the value with a name and its step.

        An empty step says that the thing is done.
        """
        if not self.live or self.quiet:
            yield lambda _name, _step: None
            return
        from rich.markup import escape

        now: dict[str, str] = {}

        def say(name: str, step: str) -> None:
            if step:
                now[name] = step
            else:
                now.pop(name, None)
            lines = (f"{key}: {value}"[: max(self._rich.width - 4, 20)] for key, value in sorted(now.items()))
            status.update(escape("\n  ".join(lines)))

        with self._rich.status(f"{total} to do") as status:
            yield say

    def result(self, text: str) -> None:
        """Write a result, as it is, to standard output, else to the file that was named."""
        if self.output is not None:
            self._write(text)
            return
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def _write(self, text: str) -> None:
        assert self.output is not None  # noqa: S101  the caller has looked
        try:
            write_named(self.output, text if text.endswith("\n") else text + "\n")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(f"--output {self.output} cannot be written: {why}", "name another") from error

    def _print(self, text: str, style: str = "") -> None:
        from rich.markup import escape

        self._rich.print(escape(text), style=style or None)
