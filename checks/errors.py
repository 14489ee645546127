"""What can go wrong: one class each, with its exit code and the advice that goes with it.

The exit codes of the command are fixed:

====  ==========================================================================
0     clean
1     findings, failed checks or assertions, or a tool that crashed
2     wrong usage, or a configuration of ours that cannot be used
3     no engine (one that is there and does not answer is this too)
4     a tool that was asked for by name, or is needed to build or start, is missing
70    a bug in checks
130   interrupted
====  ==========================================================================
"""

from collections.abc import Iterable

OK = 0
FAILED = 1
USAGE = 2
NO_ENGINE = 3
NO_TOOL = 4
BUG = 70
INTERRUPTED = 130

PRECEDENCE = (INTERRUPTED, BUG, USAGE, NO_ENGINE, NO_TOOL, FAILED)


class ChecksError(Exception):
    """An expected failure: one line says what happened, one what to do.

    Attributes: `code`, the exit code; `advice`, one line, may be empty; `details`, further lines.
    """

    code = FAILED

    def __init__(self, message: str, advice: str = "", details: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.advice = advice
        self.details = tuple(details)


class UsageError(ChecksError):
    """The command line asks for something that does not exist."""

    code = USAGE


class ConfigError(ChecksError):
    """checks.toml or [tool.checks] cannot be used as it is."""

    code = USAGE


class NoEngineError(ChecksError):
    """No Docker engine can be reached or started."""

    code = NO_ENGINE


class MissingToolError(ChecksError):
    """A command that is needed is not there and cannot be installed."""

    code = NO_TOOL


class FailedError(ChecksError):
    """Something that was to be shown did not hold: a build, a start, an assertion."""


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that stands for several: the first of PRECEDENCE that occurs, else 0."""
    seen = set(codes)
    known = next((code for code in PRECEDENCE if code in seen), OK)
    return known if known or seen <= {OK} else FAILED
