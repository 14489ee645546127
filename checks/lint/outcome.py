"""What a lint run comes to: which tools did their work, what was found, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from checks import errors
from checks.lint.findings import OWN
from checks.model import Done, Finding, Findings, Job, Severity, Status, Step, ToolError, ToolRun, ToolState

_ORDER = (ToolState.MISSING, ToolState.CRASHED, ToolState.TIMEOUT, ToolState.UNREADABLE, ToolState.ABSENT)

Result = tuple[Job, Done, Findings | ToolError]
"""A job, what it did, and what that means."""


@dataclass(frozen=True)
class Lint:
    """One run for the reports: `start` is ISO 8601, `seconds` wall time; `has_baseline`: there is one, used or not."""

    tools: tuple[ToolRun, ...]
    errors: tuple[ToolError, ...]
    findings: tuple[Finding, ...]
    start: str = ""
    seconds: float = 0.0
    steps: tuple[Step, ...] = ()
    fail_on: Severity = Severity.WARNING
    has_baseline: bool = False

    @property
    def speaking(self) -> tuple[ToolRun, ...]:
        """Return the tools that findings can be of: those that ran, and we, who always say what is wrong with files."""
        ours = ToolRun(OWN, "", ToolState.OK, 0.0, 0)
        return self.tools if any(tool.name == OWN for tool in self.tools) else (*self.tools, ours)

    @property
    def new(self) -> tuple[Finding, ...]:
        """Return the findings that count."""
        return tuple(finding for finding in self.findings if finding.status is Status.NEW)

    @property
    def failing(self) -> tuple[Finding, ...]:
        """Return the findings that fail the run."""
        return tuple(finding for finding in self.new if finding.severity >= self.fail_on)

    def counts(self) -> Counter[Severity]:
        """Return how many findings that count there are of each severity."""
        return Counter(finding.severity for finding in self.new)


def tool_run(
    name: str, version: str, results: Sequence[Result], known: Collection[str] = ()
) -> tuple[ToolRun, tuple[ToolError, ...]]:
    """Return how a tool fared over its jobs, and its errors; `known` files were read by an earlier run."""
    failed = tuple(answer for _, _, answer in results if isinstance(answer, ToolError))
    state = next((state for state in _ORDER if any(error.state is state for error in failed)), ToolState.OK)
    read = set[str]()
    for job, _, answer in results:
        read |= {*job.files} - {*answer.skipped} if isinstance(answer, Findings) else set()
    cached = len({*known} - read)
    seconds = sum(done.seconds for _, done, _ in results)
    message = "; ".join(dict.fromkeys(error.message for error in failed))
    run = ToolRun(name, version, state, seconds, len(read) + cached, message, cached)
    return run, tuple(error for error in failed if error.state is not ToolState.ABSENT)


def missing(name: str, why: str) -> ToolError:
    """Return the error of a tool that is not there."""
    return ToolError(name, ToolState.MISSING, why)


def exit_code(lint: Lint, only: Collection[str]) -> int:
    """Return the exit code; `only` are the tools that were asked for by name."""
    codes = [errors.FAILED] if lint.failing or lint.errors else []
    if any(error.state is ToolState.MISSING and error.tool in only for error in lint.errors):
        codes.append(errors.NO_TOOL)
    return errors.worst(codes)
