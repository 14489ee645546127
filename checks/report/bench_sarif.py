"""The benchmark as SARIF 2.1.0: a run for each host, in it one result for each check."""

from __future__ import annotations

import json
from typing import Any

from checks.cis import catalogue
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Verdict
from checks.report import SARIF_SCHEMA, benchwords

_KINDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WAIVED: "fail",
    Verdict.MANUAL: "review",
    Verdict.NOT_APPLICABLE: "notApplicable",
    Verdict.UNKNOWN: "open",
}


def bench(result: Bench, version: str = "") -> str:
    """Return reports/bench.sarif."""
    runs = [_run(host, result.benchmark, version) for host in result.hosts]
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": runs}, indent=1, ensure_ascii=True) + "\n"


def _run(host: HostResult, benchmark: str, version: str) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": f"CIS Docker Benchmark {benchmark}", "rules": list(map(_rule, host.judgements))}
    if version:
        driver["version"] = version
    notes = [{"level": "error", "message": {"text": host.error}}] if host.error else []
    notes += [{"level": "note", "message": {"text": f"changed while it was looked at: {one}"}} for one in host.vanished]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"checks/bench/{host.target}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not host.error, "toolExecutionNotifications": notes}],
        "results": [_result(one, at, host) for at, one in enumerate(host.judgements)],
    }


def _rule(one: Judgement) -> dict[str, Any]:
    return {
        "id": one.id,
        "shortDescription": {"text": one.title},
        "help": {"text": one.remedy},
        "properties": {"section": f"{one.section} {catalogue.SECTIONS[one.section]}"},
    }


def _result(one: Judgement, index: int, host: HostResult) -> dict[str, Any]:
    kind = _KINDS[one.verdict]
    result: dict[str, Any] = {
        "ruleId": one.id,
        "ruleIndex": index,
        "kind": kind,
        "level": "error" if kind == "fail" else "none",
        "message": {"text": benchwords.message(one)},
        "locations": [{"logicalLocations": [{"name": host.target, "kind": "resource"}]}],
        "partialFingerprints": {"checks/v1": f"{host.target}:{one.id}"},
        "properties": {"verdict": str(one.verdict)},
    }
    if one.verdict is Verdict.WAIVED:
        result["suppressions"] = [_suppression(benchwords.waiver(one.waiver) if one.waiver else "")]
    elif one.id in host.known:
        result["suppressions"] = [_suppression("it is in the baseline")]
    return result


def _suppression(why: str) -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": why}
