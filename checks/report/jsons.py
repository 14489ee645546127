"""Reports for programs: `schema: 1`, whose fields stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from checks.lint.outcome import Lint
from checks.model import Finding, ToolRun

SOURCE = 400
"""Characters of a source line that a report holds."""


def lint(result: Lint, run: str = "", asked: Mapping[str, Any] | None = None) -> str:
    """Return lint.json. `asked` is what narrowed the run (paths, only, skip, exclude, since), nothing for all of it."""
    report = {
        "schema": 1,
        "run": run,
        "start": result.start,
        "seconds": round(result.seconds, 3),
        "steps": [{"name": s.name, "state": s.state, "seconds": round(s.seconds, 3)} for s in result.steps],
        "fail_on": str(result.fail_on),
        "ok": not (result.failing or result.errors),
        "asked": {name: value for name, value in (asked or {}).items() if value},
        "tools": [_tool(tool) for tool in result.tools],
        "findings": [_finding(finding) for finding in result.findings],
    }
    return written(report, levels=2) + "\n"


def written(value: object, levels: int) -> str:
    """Return a document as JSON in ASCII, its first levels with an entry a line: json's own indent takes ten times as long."""
    if levels and isinstance(value, Mapping) and value:
        entries = (f"{json.dumps(name)}: {written(entry, levels - 1)}" for name, entry in value.items())
        return "{\n" + ",\n".join(entries) + "\n}"
    if levels and isinstance(value, list) and value:
        return "[\n" + ",\n".join(written(entry, levels - 1) for entry in value) + "\n]"
    return json.dumps(value, ensure_ascii=True)


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
        "source": finding.source.rstrip()[:SOURCE],
        "waiver": asdict(finding.waiver) if finding.waiver else None,
    }
