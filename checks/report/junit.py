"""JUnit: a suite per tool, a case per finding, and one case for the tool itself."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from checks.lint.outcome import Lint
from checks.model import Finding, Status, ToolError, ToolRun, ToolState
from checks.report import suites


def lint(result: Lint) -> str:
    """Return junit/lint.xml."""
    failing = frozenset(finding.fingerprint for finding in result.failing)
    made = []
    for tool in result.speaking:
        found = [_case(finding, failing) for finding in result.findings if finding.tool == tool.name]
        own = _of_tool(tool, (error for error in result.errors if error.tool == tool.name))
        made.append(suites.suite(tool.name, (own, *found)))
    return suites.document(made, "lint")


def _case(finding: Finding, failing: frozenset[str]) -> Element:
    case = suites.case(f"{finding.path}:{finding.line}:{finding.column} {finding.rule}", finding.path)
    if finding.fingerprint in failing:
        text = "\n".join(filter(None, (finding.message, finding.source, finding.url)))
        suites.add(case, "failure", finding.message, str(finding.severity), text)
    elif finding.status is not Status.NEW:
        suites.add(case, "skipped", f"{finding.status}: {finding.message}")
    else:
        suites.add(case, "system-out", text=finding.message)
    return case


def _of_tool(tool: ToolRun, errors: Iterable[ToolError]) -> Element:
    case = suites.case(f"{tool.name} {tool.version}".strip(), "tools", tool.seconds)
    for error in errors:
        suites.add(case, "error", error.message, str(error.state))
    if tool.state is ToolState.ABSENT:
        suites.add(case, "skipped", tool.message)
    return case
