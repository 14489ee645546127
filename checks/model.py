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


@dataclass(frozen=True, order=True)
class Unit:
    """The least that a tool can be asked about: what is found in it depends on nothing but its files' content.

    `files` are those that findings are about, `inputs` those that it reads besides; paths relative to the root.
    """

    files: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Return every path whose content decides what is found."""
        return (*self.files, *self.inputs)


@dataclass(frozen=True)
class Job:
    """A command to run: what, where, with which variables, for which files.

    `cwd` is relative to the root, empty for the root itself. `env` comes on top of what every job gets.
    `files` are paths relative to the root; `units` are what they belong to, where that is not each file by itself.
    `writes` says that it changes files, so that it runs on a copy of what its units read (and of the tool's
    configuration); `texts` are what stands in that copy in place of files, or besides them, by path.
    `weight` is an estimate of its cost in seconds of one core; `limit` is in seconds of wall time.
    """

    tool: str
    argv: tuple[str, ...]
    cwd: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    writes: bool = False
    weight: float = 1.0
    limit: float = 60.0
    stdin: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


class ToolState(enum.StrEnum):
    """How a tool fared; everything but OK and ABSENT, which nobody has to have, ends the run with a failure."""

    OK = "ok"
    ABSENT = "absent"
    MISSING = "missing"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ToolError:
    """Why a tool said nothing that can be trusted.

    `files` are those that are to blame, where the tool named them: without them it may well do its work.
    """

    tool: str
    state: ToolState
    message: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolRun:
    """What a tool did in a run: `seconds` of all its processes together, `files` that it read to the end.

    `cached` of those files were read by an earlier run, and are as they were then.
    """

    name: str
    version: str
    state: ToolState
    seconds: float
    files: int
    message: str = ""
    cached: int = 0


class Status(enum.StrEnum):
    """Whether a finding counts: NEW ones do."""

    NEW = "new"
    BASELINE = "baseline"
    WAIVED = "waived"


@dataclass(frozen=True)
class Finding:
    """What a linter says of a place.

    `rule` is the tool's own code; `path` is relative to the root, with /; `line` and `column` count from 1, 0 where
    the tool names none. `fingerprint` stays the same when lines above are added or removed. `also` are the rules,
    as `tool:rule`, that say the same of the same place. `source` is the line's text. `secret` says that the line holds
    a secret: no report shows it. `waiver` is why a waived one is.
    """

    tool: str
    rule: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    url: str = ""
    fingerprint: str = ""
    also: tuple[str, ...] = ()
    status: Status = Status.NEW
    source: str = ""
    secret: bool = False
    waiver: Waived | None = None


@dataclass(frozen=True)
class Findings:
    """What a tool found in the files of one job; `skipped` are those that its own configuration told it to leave out."""

    items: tuple[Finding, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A piece of a run for the reports: its name, how it ended, seconds of wall time, and what to say of it."""

    name: str
    state: str
    seconds: float
    message: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Verdict(enum.StrEnum):
    """What a check of the benchmark says. Only FAIL fails, and only PASS is a pass."""

    PASS = "PASS"  # noqa: S105 - it is no password
    FAIL = "FAIL"
    WAIVED = "WAIVED"
    MANUAL = "MANUAL"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Waived:
    """That somebody may leave it so: why, who says so, and until when (a date as YYYY-MM-DD, empty: for good)."""

    reason: str
    owner: str = ""
    until: str = ""


@dataclass(frozen=True)
class Offender:
    """What a judgement is about: an object's `name` and `kind` (container, image, file, network, option …) and the value.

    `image` (a container's) and `labels` are for waivers by them; `waived` is set by the gate.
    """

    name: str
    kind: str
    value: str = ""
    waived: Waived | None = None
    image: str = field(default="", compare=False)
    labels: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Judgement:
    """What one check says of one snapshot; `id` in the numbering of the benchmark's edition that was asked for.

    offenders: with FAIL what fails, with WAIVED what would, with MANUAL what to look at, with UNKNOWN what could not be read.
    evidence: what was seen, or why there is no verdict. remedy: what to do. target: the host, where several are judged.
    """

    id: str
    section: str
    title: str
    verdict: Verdict
    offenders: tuple[Offender, ...] = ()
    evidence: str = ""
    remedy: str = ""
    waiver: Waived | None = None
    target: str = ""


class Output(Protocol):
    """Where verbs speak to people; the edge decides how it looks."""

    def step(self, text: str) -> None:
        """Say what starts now."""

    def line(self, text: str, style: str = "") -> None:
        """Say one line."""

    def warn(self, text: str) -> None:
        """Say one line that a person should not miss."""
