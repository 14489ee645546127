"""JUnit: a suite per tool, a case per finding, and one case for the tool itself."""

from __future__ import annotations

from collections.abc import Iterable

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from checks.lint.outcome import Lint
from checks.model import Finding, Status, ToolError, ToolRun
from checks.report.xmltext import clean as _xml


def lint(result: Lint) -> str:
    """Return junit/lint.xml."""
    xml = JUnitXml("lint")
    for tool in result.speaking:
        found = [finding for finding in result.findings if finding.tool == tool.name]
        errors = [error for error in result.errors if error.tool == tool.name]
        xml.add_testsuite(_suite(tool, found, errors, result))
    xml.update_statistics()  # type: ignore[no-untyped-call]
    return str(xml.tostring().decode("utf-8"))  # type: ignore[no-untyped-call]


def _suite(tool: ToolRun, found: Iterable[Finding], errors: Iterable[ToolError], result: Lint) -> TestSuite:
    failing = frozenset(finding.fingerprint for finding in result.failing)
    cases = [_of_tool(tool, errors)]
    for finding in found:
        case = TestCase(_xml(f"{finding.path}:{finding.line}:{finding.column} {finding.rule}"), _xml(finding.path), 0.0)
        if finding.fingerprint in failing:
            failure = Failure(_xml(finding.message), str(finding.severity))
            failure.text = _xml("\n".join(filter(None, (finding.message, finding.source, finding.url))))
            case.result = [failure]
        elif finding.status is not Status.NEW:
            case.result = [Skipped(_xml(f"{finding.status}: {finding.message}"))]
        else:
            case.system_out = _xml(finding.message)
        cases.append(case)
    suite = TestSuite(tool.name)
    suite.add_testcases(cases)  # all at once: one by one the library counts them all again each time
    return suite


def _of_tool(tool: ToolRun, errors: Iterable[ToolError]) -> TestCase:
    case = TestCase(_xml(f"{tool.name} {tool.version}".strip()), "tools", tool.seconds)
    case.result = [Error(_xml(error.message), str(error.state)) for error in errors]
    return case
