"""Reports for people: by file, with the source line, and one line that sums up."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Iterator

from checks.lint.outcome import Lint
from checks.model import Finding, Severity, Status, ToolError, ToolState
from checks.report.plain import counted as counted
from checks.report.plain import painted, plain
from checks.report.plain import plain_lines as plain_lines

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WIDTH = 160
_MANY = 20
"""Findings from which on somebody may rather begin with what is new."""


def lint(result: Lint, *, colour: bool = False) -> str:
    """Return the findings that count, sorted by file, what went wrong with tools, and the summary."""
    lines: list[str] = []
    for path, group in itertools.groupby(result.new, key=lambda finding: finding.path):
        lines += [painted(plain(path), "1", colour), *(line for one in group for line in _finding(one, colour)), ""]
    lines += [painted(_error(error), "1;31", colour) for error in result.errors]
    return "\n".join([*lines, *_summary(result)]) + "\n"


def _finding(finding: Finding, colour: bool) -> Iterator[str]:
    place = f"{finding.line}:{finding.column}" if finding.line else "-"
    level = painted(f"{finding.severity!s:7}", _COLOURS[finding.severity], colour)
    same = f", {', '.join(finding.also)}" if finding.also else ""
    yield f"  {place:>7}  {level}  {finding.rule}  {plain(finding.message)}  ({finding.tool}{same})"
    if finding.source.strip():
        yield f"           | {plain(finding.source.rstrip(), _WIDTH)}"


def _error(error: ToolError) -> str:
    return f"error: {error.tool} {error.state}: {plain(error.message)}"


def _summary(result: Lint) -> Iterator[str]:
    counts = result.counts()
    said = [counted(counts[severity], str(severity)) for severity in reversed(Severity) if counts[severity]]
    others = [(Status.WAIVED, "waived"), (Status.BASELINE, "in the baseline")]
    numbers = [(sum(finding.status is status for finding in result.findings), word) for status, word in others]
    said += [f"{number} {word}" for number, word in numbers if number]
    broken = len({error.tool for error in result.errors})
    said += [f"{counted(broken, 'tool')} failed"] if broken else []
    text = ", ".join(said)
    if len(result.failing) >= _MANY and not result.has_baseline:
        yield "to start from here, and fail on what is new only: checks lint --write-baseline"
    if not (result.failing or broken):
        text = f"clean ({text})" if text else "clean"
    found = Counter(finding.tool for finding in result.new)
    tools = list(_tools(result, found))
    absent = (tool.message for tool in result.tools if tool.state is ToolState.ABSENT)
    words = "; ".join((f"checked by {', '.join(tools)}" if tools else "nothing to lint", *absent))
    yield from textwrap.wrap(words, 120, break_long_words=False, break_on_hyphens=False)
    yield f"{text}: {counted(len(tools), 'tool')}, {result.seconds:.1f} s"


def _tools(result: Lint, found: Counter[str]) -> Iterator[str]:
    """Say which tools had something to read, what an earlier run had read already, and how much each found."""
    for tool in result.tools:
        if tool.files or tool.state not in (ToolState.OK, ToolState.ABSENT):
            known = f", {tool.cached} read before" if tool.cached else ""
            some = f", {counted(found[tool.name], 'finding')}" if found[tool.name] else ""
            yield f"{tool.name} {tool.version or '?'} ({counted(tool.files, 'file')}{known}{some})"
