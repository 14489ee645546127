"""SARIF 2.1.0: one run per tool, with its rules, fingerprints and whether it did its work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from checks.lint.outcome import Lint
from checks.model import Finding, Severity, Status, ToolError, ToolRun, ToolState
from checks.report import SARIF_SCHEMA, jsons

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def lint(result: Lint) -> str:
    """Return checks.sarif."""
    runs = [
        _run(
            tool,
            [finding for finding in result.findings if finding.tool == tool.name],
            [error for error in result.errors if error.tool == tool.name],
        )
        for tool in result.speaking
    ]
    return jsons.written({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": runs}, levels=4) + "\n"


def _run(tool: ToolRun, found: list[Finding], errors: list[ToolError]) -> dict[str, Any]:
    rules = {finding.rule: finding for finding in found}
    index = {rule: at for at, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": tool.name, "rules": [_rule(finding) for finding in rules.values()]}
    if tool.version:
        driver["version"] = tool.version
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"checks/lint/{tool.name}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(tool, errors)],
        "results": [_result(finding, index[finding.rule]) for finding in found],
    }


def _invocation(tool: ToolRun, errors: Sequence[ToolError]) -> dict[str, Any]:
    said = [{"level": "error", "message": {"text": f"{error.state}: {error.message}"}} for error in errors]
    if tool.state is ToolState.ABSENT:
        said = [{"level": "note", "message": {"text": f"{tool.state}: {tool.message}"}}]
    return {"executionSuccessful": not errors, "toolExecutionNotifications": said}


def _rule(finding: Finding) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": finding.rule,
        "shortDescription": {"text": f"{finding.tool} {finding.rule}"},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }
    if finding.url:
        rule["helpUri"] = finding.url
    return rule


def _result(finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"}}
    if finding.line:
        location["region"] = {"startLine": finding.line, **({"startColumn": finding.column} if finding.column else {})}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message or finding.rule},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"checks/v1": finding.fingerprint},
    }
    if finding.status is Status.WAIVED:
        result["suppressions"] = [{"kind": "external", "status": "accepted"}]
    if finding.also:
        result["properties"] = {"also": list(finding.also)}
    return result
