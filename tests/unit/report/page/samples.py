"""Folders of reports to make pages of: small ones with everything in them, and one as large as they come.

`python -m tests.unit.report.page.samples DIR [FINDINGS]` writes one and its page, for a browser to open.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.host import page

SEVERITIES = ("warning", "error", "info")
TOOLS = ("hadolint", "shellcheck", "yamllint", "checkov")
LINT = {"name": "hadolint", "version": "2.15", "state": "ok", "seconds": 0.5, "files": 3, "message": "", "cached": 1}


def finding(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return one finding as lint.json has it; every hundred are in one file."""
    return {
        "tool": TOOLS[number % 4],
        "rule": f"DL{3000 + number % 60}",
        "severity": SEVERITIES[number % 3],
        "path": f"services/group-{number // 1000}/service-{number // 100}/Dockerfile",
        "line": number % 100 + 1,
        "column": 3,
        "message": f"Finding {number}: pin versions in apt get install. Instead of `apt-get install <package>` use a version",
        "url": f"https://example.org/rules/DL{3000 + number % 60}",
        "fingerprint": f"{number:032x}",
        "also": [],
        "status": "new",
        "source": f"RUN apt-get update && apt-get install -y package-{number} && rm -rf /var/lib/apt/lists/*",
        "waiver": None,
        **changes,
    }


def lint(count: int = 0, **changes: Any) -> dict[str, Any]:
    """Return lint.json with so many findings; it is ok where there are none."""
    return {
        "schema": 1,
        "run": "r1",
        "start": "2026-06-01T10:00:00+00:00",
        "seconds": 2.5,
        "ok": not count,
        "asked": {},
        "steps": [
            {"name": "list files", "state": "ok", "seconds": 0.5},
            {"name": "run linters", "state": "ok", "seconds": 2},
        ],
        "tools": [LINT, {**LINT, "name": "tflint", "files": 0}],
        "findings": [finding(number) for number in range(count)],
        **changes,
    }


def image(name: str, state: str = "built", **changes: Any) -> dict[str, Any]:
    """Return one image as build.json has it."""
    layers = [{"created_by": "COPY app /srv", "size": 3_000_000}, {"created_by": "CMD", "size": 0}]
    base = {
        "image": name,
        "service": name,
        "state": state,
        "seconds": 1.5,
        "began": 1.0,
        "message": "",
        "size": 3_000_000,
    }
    return {**base, "bases": ["debian:trixie-slim"], "layers": layers, **changes}


def build(**changes: Any) -> dict[str, Any]:
    """Return build.json of a web and an api image on a bootstrapped base."""
    base = {"image": "debian:trixie-slim", "way": "bootstrapped", "detail": "mmdebstrap", "seconds": 0.5, "began": 0.2}
    return {
        "schema": 1,
        "run": "r1",
        "started": "2026-06-01T10:00:00Z",
        "seconds": 4.0,
        "ok": True,
        "asked": [],
        "bases": [{**base, "size": 70_000_000, "layers": [{"created_by": "mmdebstrap", "size": 70_000_000}]}],
        "standins": {},
        "images": [image("web"), image("api", "unchanged")],
        "sbom": [{"service": "web", "image": "web", "file": "sbom/web.cdx.json", "components": 108}],
        "steps": [{"name": "images", "began": 0.2, "seconds": 3.0}],
        **changes,
    }


def container(service: str, **changes: Any) -> dict[str, Any]:
    """Return one container as integration.json has it."""
    limits = {"memory": 167772160, "cpus": 0.5, "pids": 128, "read_only": True, "cap_drop": ["ALL"], "cap_add": []}
    return {
        "service": service,
        "container": f"checks-r1-{service}-1",
        "image": f"{service}:1.0",
        "user": "10001:10001",
        "status": "running",
        "health": "healthy",
        "exit_code": 0,
        "oom_killed": False,
        "restarts": 0,
        "started": 2.0,
        "ports": [{"port": "9292/tcp", "published": ["127.0.0.1:32800"]}],
        "networks": ["front"],
        "limits": limits,
        "needs": ["db"] if service != "db" else [],
        "health_log": [{"at": 5.5, "seconds": 0.25, "exit": 0, "output": "fine"}],
        "history": [{"at": 2.5, "what": "started"}, {"at": 4.0, "what": "healthy"}],
        **changes,
    }


def integration(**changes: Any) -> dict[str, Any]:
    """Return integration.json of a run that passed."""
    return {
        "schema": 1,
        "run": "r1",
        "started": "2026-06-01T10:01:00Z",
        "seconds": 30.0,
        "ok": True,
        "state": "passed",
        "steps": [{"name": "start", "began": 1.0, "seconds": 4.0, "state": "ended"}],
        "services": {"web": {"ready_seconds": 4.0}, "db": {"ready_seconds": 2.0}},
        "assertions": {"seconds": 20.0, "exit": 0, "timed_out": False},
        "tests": {"passed": 12, "failed": 0, "skipped": 1},
        "failures": [],
        "slowest": [{"test": "tests.test_web::test_page", "seconds": 3.25}],
        "containers": [container("web"), container("db")],
        "memory_peak_mib": {"web": 56},
        **changes,
    }


def judgement(verdict: str = "FAIL", **changes: Any) -> dict[str, Any]:
    """Return one judgement as bench.json has it."""
    offenders = [{"name": "web", "kind": "container", "value": "no limit"}] if verdict == "FAIL" else []
    return {
        "id": "5.11",
        "section": "5",
        "title": "Memory is limited",
        "verdict": verdict,
        "offenders": offenders,
        "evidence": "1 of 2 containers",
        "remedy": "Set mem_limit.",
        "waiver": None,
        "baseline": False,
        "host": "local",
        **changes,
    }


def bench(*judgements: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return bench.json with these judgements; it is ok where none fails."""
    failed = any(one["verdict"] == "FAIL" for one in judgements)
    host = {"host": "local", "score": 34, "scored": 40, "checks": len(judgements), "error": ""}
    about = {"schema": 1, "run": "r1", "start": "2026-06-01T10:02:00+00:00", "seconds": 1.5, "benchmark": "1.8"}
    rest = {"host": "local", "score": 34, "ok": not failed, "hosts": [host], "notices": [], "steps": []}
    return {**about, **rest, "judgements": list(judgements), **changes}


def publish(**changes: Any) -> dict[str, Any]:
    """Return publish.json of a run that came to one of two images."""
    done = {
        "image": "web",
        "name": "example/web",
        "tag": "1.0",
        "digest": "sha256:1",
        "state": "pushed",
        "seconds": 2.0,
    }
    return {
        "schema": 1,
        "run": "r1",
        "ok": False,
        "wanted": ["web", "api"],
        "images": [{**done, "message": ""}],
        **changes,
    }


def entry(verb: str, verdict: str = "passed", **changes: Any) -> dict[str, Any]:
    """Return a line of the history."""
    code = {"passed": 0, "failed": 1, "interrupted": 130}.get(verdict)
    about = {"schema": 1, "run": "r1", "time": "2026-06-01T10:00:00Z", "revision": "a" * 40, "verb": verb, "exit": code}
    rest = {"verdict": verdict, "seconds": 2.5, "report": True, "score": None, "images": {}, "findings": None}
    return {**about, **rest, "of": {"asked": {}}, "ready": {}, "tests": {}, **changes}


def write(folder: Path, **reports: Any) -> Path:
    """Write JSON reports by name into a folder, and return that; a text is written as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, report in reports.items():
        said = report if isinstance(report, str) else json.dumps(report)
        (folder / f"{name}.json").write_text(said, encoding="utf-8", errors="surrogatepass")
    return folder


def history(folder: Path, *entries: dict[str, Any]) -> None:
    """Write the history of a folder."""
    (folder / "history.jsonl").write_text("".join(json.dumps(one) + "\n" for one in entries))


def everything(folder: Path) -> Path:
    """Write a folder in which every part of the page has something."""
    judged = (
        judgement(),
        judgement("PASS", id="5.12"),
        judgement("UNKNOWN", id="5.13"),
        judgement("MANUAL", id="5.14"),
    )
    write(folder, lint=lint(3), build=build(), integration=integration(), bench=bench(*judged), publish=publish())
    history(folder, *_past())
    for name, said in (
        ("integration/failure.txt", "not every assertion held\n"),
        ("integration/web.log", "line\n" * 9),
    ):
        (folder / "evidence" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "evidence" / name).write_text(said)
    return folder


def _past() -> Iterator[dict[str, Any]]:
    for number in range(5):
        yield entry("lint", "failed", findings=number, seconds=2.0 + number)
        yield entry("build", images={"web": 2_900_000 + number * 50_000, "api": 3_000_000})
        yield entry("verify", seconds=30.0 + number)
        yield entry("bench", "failed", score=30 + number)


def large(folder: Path, count: int = 5000) -> Path:
    """Write a folder with so many findings and its page, and return the page's place."""
    everything(folder)
    write(folder, lint=lint(count))
    return page.write(folder)


if __name__ == "__main__":
    print(large(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5000))
