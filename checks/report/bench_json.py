"""reports/bench.json: `schema: 1`, whose fields stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Offender, Waived
from checks.report import benchwords


def bench(result: Bench, version: str, run: str = "", asked: Mapping[str, Any] | None = None) -> str:
    """Return bench.json. Of several hosts `score` is the lowest, and each judgement names its host.

    `asked` is what narrowed the run (section, check, only-mine), nothing for all of it.
    """
    report = {
        "schema": 1,
        "run": run,
        "start": result.start,
        "seconds": round(result.seconds, 3),
        "steps": [{"name": one.name, "state": one.state, "seconds": round(one.seconds, 3)} for one in result.steps],
        "tools": {
            "checks": version,
            **{f"docker at {host.target}": host.engine.get("version", "") for host in result.hosts},
        },
        "benchmark": result.benchmark,
        "host": ", ".join(host.target for host in result.hosts),
        "score": result.score,
        "checks": len(result.judgements),
        "ok": result.exit_code == 0,
        "asked": {name: value for name, value in (asked or {}).items() if value},
        "hosts": [_host(host) for host in result.hosts],
        "notices": [said for _, said in benchwords.of_waivers(result)],
        "judgements": [_judgement(one, host) for host in result.hosts for one in host.judgements],
    }
    return json.dumps(report, indent=1, ensure_ascii=True) + "\n"


def _host(host: HostResult) -> dict[str, Any]:
    return {
        "host": host.target,
        "engine": dict(host.engine),
        "collected": host.collected,
        "score": host.score.value,
        "scored": host.score.counted,
        "checks": host.score.checks,
        "counts": {str(verdict): count for verdict, count in host.counts().items()},
        "failing": [one.id for one in host.failing],
        "vanished": list(host.vanished),
        "error": host.error,
    }


def _judgement(one: Judgement, host: HostResult) -> dict[str, Any]:
    return {
        "id": one.id,
        "section": one.section,
        "title": one.title,
        "verdict": str(one.verdict),
        "offenders": [_offender(offender) for offender in one.offenders],
        "evidence": one.evidence,
        "remedy": one.remedy,
        "waiver": _waiver(one.waiver),
        "baseline": one.id in host.known,
        "host": host.target,
    }


def _offender(one: Offender) -> dict[str, Any]:
    said: dict[str, Any] = {"name": one.name, "kind": one.kind, "value": one.value}
    if one.waived:
        said["waiver"] = _waiver(one.waived)
    return said


def _waiver(one: Waived | None) -> dict[str, str] | None:
    return {"reason": one.reason, "owner": one.owner, "until": one.until} if one else None
