"""The words that everything speaks: what ran, what was found, how bad it is."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Severity(enum.IntEnum):
    """How bad a finding is; comparable."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Severity:
        """Return the severity of that name; KeyError where there is none."""
        return cls[text.strip().upper()]


@dataclass(frozen=True)
class Done:
    """A command that ended: what it was, how it ended, what it said.

    `code` is the exit code, negative for the signal that ended it; `seconds` is wall time;
    `timed_out` says that we ended it because its limit was over.
    """

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.code == 0 and not self.timed_out

    def last_lines(self, count: int = 20) -> tuple[str, ...]:
        """Return the last lines that it printed, standard error where it printed any, else standard output."""
        text = self.err.strip() or self.out.strip()
        return tuple(text.splitlines()[-count:])


@dataclass(frozen=True)
class Step:
    """A piece of a run for the reports: its name, how it ended, seconds of wall time, and what to say of it."""

    name: str
    state: str
    seconds: float
    message: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Output(Protocol):
    """Where verbs speak to people; the edge decides how it looks."""

    def step(self, text: str) -> None:
        """Say what starts now."""

    def line(self, text: str, style: str = "") -> None:
        """Say one line."""

    def warn(self, text: str) -> None:
        """Say one line that a person should not miss."""
