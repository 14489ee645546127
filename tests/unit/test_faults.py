"""The fault driver itself: the same seed gives the same faults, and a report that says too much is found out."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FAULTS = Path(__file__).parents[1] / "faults"
RUN = "f1-1"
CASES = "".join(
    f'<testcase name="{name}"/>' for name in ("test_both_run", "test_web_answers", "test_client_reaches_web")
)


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FAULTS))
    return importlib.import_module("plan")


@pytest.fixture
def broken(plan: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Judge an exit code of the small job, with what is in tmp_path as its reports."""
    monkeypatch.syspath_prepend(str(FAULTS))
    verdict, stages = importlib.import_module("verdict"), importlib.import_module("stage")
    world = type("World", (), {"folder": tmp_path})
    stage = stages.Stage(world)
    (stage.root("small") / "reports" / "junit").mkdir(parents=True)

    def judge(code: int, kind: str = "engine SIGKILL", said: str = "") -> list[str]:
        return list(verdict.broken(stage, plan.Fault(1, "small", kind, 0.5, 0.0, 0, "clean"), RUN, code, said))

    return judge


def write(folder: Path, *, ok: bool, cases: str = CASES, witness: int = 3, run: str = RUN) -> None:
    """Write what a run leaves: its report, its JUnit file, and what its tests noted themselves."""
    reports = folder / "w" / "small" / "reports"
    (reports / "integration.json").write_text(json.dumps({"run": run, "ok": ok, "state": "passed" if ok else "failed"}))
    (reports / "junit" / "integration.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    names = ("test_both_run", "test_web_answers", "test_client_reaches_web")[:witness]
    (folder / "witness").write_text("".join(f"{run} {name}\n" for name in names))


def test_the_same_seed_gives_the_same_faults(plan: ModuleType) -> None:
    assert plan.faults(60, 7) == plan.faults(60, 7)
    assert plan.faults(60, 7) != plan.faults(60, 8)
    assert plan.faults(60, 7)[:6] == plan.faults(6, 7)


def test_sixty_faults_are_of_every_kind_and_ten_befall_the_main_job(plan: ModuleType) -> None:
    faults = plan.faults(60, 7)
    assert Counter(fault.job for fault in faults) == {"small": 50, "main": 10}
    assert {fault.kind for fault in faults if fault.job == "small"} == set(plan.KINDS)
    assert len({fault.kind for fault in faults if fault.job == "main"}) == 10
    assert all(0 <= fault.moment < 1 for fault in faults)


def test_a_true_success_and_an_honest_failure_break_nothing(broken: Any, tmp_path: Path) -> None:
    write(tmp_path, ok=True)
    assert broken(0) == []
    write(tmp_path, ok=False, witness=2)
    assert broken(1) == []


@pytest.mark.parametrize(
    "false",
    [
        {"witness": 2},
        {"cases": CASES.replace("/>", "><failure/></testcase>", 1)},
        {"cases": CASES.replace("/>", "><skipped/></testcase>", 1)},
        {"cases": ""},
    ],
    ids=["did not run", "failed", "skipped", "no case"],
)
def test_a_green_report_of_what_did_not_pass_is_found(broken: Any, tmp_path: Path, false: dict[str, Any]) -> None:
    write(tmp_path, ok=True, **false)
    assert "integration.json is green, and not every assertion passed" in broken(1)
    assert "exit code 0, with a report that says passed" in broken(0)


def test_success_with_the_report_of_another_run_or_without_one_is_found(broken: Any, tmp_path: Path) -> None:
    assert broken(0) == ["exit code 0, with a report that says nothing"]
    write(tmp_path, ok=True, run="f1-0")
    assert broken(0) == ["exit code 0, with a report that says passed"]


@pytest.mark.parametrize("seconds", [34560012.9, -5000.0, None])
def test_a_duration_by_a_clock_that_was_set_is_found(broken: Any, tmp_path: Path, seconds: float | None) -> None:
    write(tmp_path, ok=False)
    report = tmp_path / "w" / "small" / "reports" / "integration.json"
    report.write_text(json.dumps({**json.loads(report.read_text()), "seconds": seconds}))
    assert broken(1, "clock jumps") == [f"integration.json says that it took {seconds} s"]


@pytest.mark.parametrize(
    ("code", "kind"), [(70, "disk full"), (-9, "engine SIGKILL"), (-15, "clock jumps"), (5, "disk full")]
)
def test_an_exit_code_that_is_not_in_the_table_is_found(broken: Any, code: int, kind: str) -> None:
    assert broken(code, kind) == [f"exit code {code}"]


def test_a_signal_excuses_only_what_it_was_sent_to(broken: Any) -> None:
    assert broken(-9, "runner SIGKILL", "building") == []
    assert broken(-2, "runner SIGINT") == []  # Python had not come to our code yet
    assert broken(-2, "runner SIGINT", "building") == ["exit code -2"]


@pytest.mark.parametrize("name", ["build.json", "junit/more.xml", "checks.sarif", "evidence/build/engine.json"])
def test_a_report_that_is_cut_is_found(broken: Any, tmp_path: Path, name: str) -> None:
    write(tmp_path, ok=False)
    file = tmp_path / "w" / "small" / "reports" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"runs": [')
    (said,) = broken(1)
    assert said.startswith(f"reports/{name} cannot be read")
