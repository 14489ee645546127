"""Whether what a job said of itself is true: its exit code, its reports, and what its tests wrote down themselves."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import small
import stage as stages
from junitparser import JUnitXml
from plan import Fault

CODES = frozenset((0, 1, 2, 3, 4, 130))
TRACEBACK = re.compile(r"^Traceback \(most recent call last\)", re.MULTILINE)
"""One of a program; those of tests that failed are pytest's, and indented."""
LONGEST_SECONDS = 3600.0
"""More than any job takes: who measures by a clock that was set says something else."""
_BY = {"runner SIGKILL": signal.SIGKILL, "runner SIGTERM": signal.SIGTERM}
SILENT = {"runner SIGINT": signal.SIGINT, "runner SIGINT twice": signal.SIGINT, "runner SIGTERM": signal.SIGTERM}


def broken(stage: stages.Stage, fault: Fault, run: str, code: int, said: str) -> Iterator[str]:
    """Yield every promise about exit codes and reports that was broken."""
    if code not in CODES and not _excused(fault, code, said):
        yield f"exit code {code}"
    if "a bug in checks" in said or TRACEBACK.search(said):
        yield "it says that it has a bug"
    root = stage.root(fault.job)
    yield from unreadable(root / "reports")
    truly = ran(stage, fault.job, run)
    report = stages.report(root, "integration.json")
    for name in ("build.json", "integration.json", "lint.json"):
        found = stages.report(root, name)
        took = found.get("seconds", 0.0)
        if found.get("run") == run and not (isinstance(took, int | float) and 0 <= took < LONGEST_SECONDS):
            yield f"{name} says that it took {took} s"
    green = report.get("run") == run and report.get("ok") is True
    if green and not truly:
        yield "integration.json is green, and not every assertion passed"
    if code == 0 and not (green and truly):
        yield f"exit code 0, with a report that says {report.get('state', 'nothing')}"
    if code == 0 and fault.job == "main":
        yield from _not_green(root, run)


def _excused(fault: Fault, code: int, said: str) -> bool:
    """Tell whether a signal is what ended it: SIGKILL, or another one before it had come to say a word.

    nox itself ends by SIGTERM, and what it had started by our own hand then.
    """
    if fault.kind in _BY and (fault.job == "main" or fault.kind == "runner SIGKILL"):
        return code == -_BY[fault.kind]
    return fault.kind in SILENT and code == -SILENT[fault.kind] and not said.strip()


def unreadable(reports: Path) -> Iterator[str]:
    """Yield each report that is not what its name says."""
    for path in sorted(reports.rglob("*")):
        relative = path.relative_to(reports)
        if not path.is_file() or any(part.startswith(".") for part in relative.parts):
            continue  # what a kill has left half written has a hidden name, and goes with the next run
        try:
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".xml":
                JUnitXml.fromfile(str(path))
            elif path.suffix == ".sarif" and not json.loads(path.read_text(encoding="utf-8"))["runs"]:
                raise ValueError("no runs")
        except Exception as error:
            yield f"reports/{relative} cannot be read: {type(error).__name__}: {error}"[:200]


def ran(stage: stages.Stage, job: str, run: str) -> bool:
    """Tell whether every assertion of a job passed, by its JUnit report; of the small one also by what the tests wrote."""
    path = stage.root(job) / "reports" / "junit" / "integration.xml"
    if not path.is_file():
        return False
    cases = [case for suite in JUnitXml.fromfile(str(path)) for case in suite]
    bad = [case for case in cases if case.result and type(case.result[0]).__name__ != "Skipped"]
    passed = {case.name for case in cases if not case.result}
    if job == "main":
        return not bad and len(passed) >= stages.MAIN_ASSERTIONS
    witness = stage.witness.read_text().splitlines() if stage.witness.exists() else []
    return not bad and passed == set(small.TESTS) and sorted(witness) == sorted(f"{run} {name}" for name in small.TESTS)


def _not_green(root: Path, run: str) -> Iterator[str]:
    build, lint = stages.report(root, "build.json"), stages.report(root, "lint.json")
    if build.get("run") != run or build.get("ok") is not True:
        yield "exit code 0, and build.json is not green"
    tools = lint.get("tools")
    states = {tool.get("state") for tool in tools} if isinstance(tools, list) else set()
    if lint.get("run") != run or states - {"ok", "absent"}:
        yield f"exit code 0, and lint.json says {states or 'nothing'} of its tools"
