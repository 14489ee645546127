"""Reports for programs: `schema: 1`, whose fields stay."""

from __future__ import annotations

import json
from typing import Any

from checks.lint.outcome import Lint
from checks.model import Finding, ToolRun


def lint(result: Lint) -> str:
    """Return lint.json."""
    report = {
        "schema": 1,
        "start": result.start,
        "seconds": round(result.seconds, 3),
        "steps": [{"name": s.name, "state": s.state, "seconds": round(s.seconds, 3)} for s in result.steps],
        "fail_on": str(result.fail_on),
        "tools": [_tool(tool) for tool in result.tools],
        "findings": [_finding(finding) for finding in result.findings],
    }
    return json.dumps(report, indent=2, ensure_ascii=True) + "\n"


def _tool(tool: ToolRun) -> dict[str, Any]:
    return {
        "name": tool.name,
        "version": tool.version,
        "state": str(tool.state),
        "seconds": round(tool.seconds, 3),
        "files": tool.files,
        "message": tool.message,
        "cached": tool.cached,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "tool": finding.tool,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "url": finding.url,
        "fingerprint": finding.fingerprint,
        "also": list(finding.also),
        "status": str(finding.status),
    }
