"""What the command lines of this package share: errors in one line, an exit code of `checks`, nothing left when interrupted."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from checks import errors
from checks.errors import ChecksError, FailedError
from checks.host import interrupts, proc
from checks.host.console import Console
from checks.model import Done

LIMIT = 3600.0
"""Seconds for what makes and removes machines."""


def guarded(work: Callable[[Console], int]) -> int:
    """Do the work and return its exit code, or that of the failure that it ended with."""
    proc.die_with_parent(signal.SIGTERM)
    out = Console()
    with interrupts.interrupts():
        try:
            return work(out)
        except ChecksError as error:
            out.failure(str(error), error.advice, error.details)
            return error.code
        except KeyboardInterrupt:
            with interrupts.held():
                proc.end_all()
                out.failure("interrupted", "what was begun may be there: look at it with plan")
            return errors.INTERRUPTED


def must(done: Done, what: str, advice: str = "see its words above") -> None:
    """Raise FailedError where a command did not end well."""
    if done.timed_out:
        raise FailedError(f"{what} did not end within {LIMIT:.0f} s", "look at what it waits for")
    if not done.ok:
        raise FailedError(f"{what} failed (exit code {done.code})", advice)


def print_line(line: str) -> None:
    """Hand on a line of a program that a person has asked for, at once."""
    print(line, flush=True)


def python(out: Console, environment: str) -> Path:
    """Return the interpreter of a tool environment, made on first need."""
    from checks.host.tools import toolenv

    return toolenv.environment(environment, out) / "bin" / "python"
