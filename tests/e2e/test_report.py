"""The page of real runs on an engine: that pass, that fail, that are killed; and what their reports tell for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.host.images import imagetar
from tests.e2e.conftest import World
from tests.unit.report.page.reading import Page

HEALTHY = {"test": ["CMD", "busybox", "true"], "interval": "500ms", "timeout": "2s", "retries": 3}
SERVICES: dict[str, dict[str, Any]] = {
    "db": {"healthcheck": HEALTHY, "mem_limit": "64m", "pids_limit": 32, "cpus": 0.5, "read_only": True},
    "web": {
        "healthcheck": HEALTHY,
        "depends_on": {"db": {"condition": "service_healthy"}},
        "ports": ["127.0.0.1:0:80"],
    },
}


@pytest.fixture
def root(engine_world: World, tiny: imagetar.Archive, tmp_path: Path) -> Iterator[Path]:
    """A repository with two services of a tiny image, and an assertion that holds."""
    engine_world.load(tiny)
    _services(tmp_path, SERVICES)
    _assertion(tmp_path, "assert stack['web'].health == 'healthy'")
    yield tmp_path
    assert engine_world.checks("clean").code == 0


def _services(root: Path, services: dict[str, dict[str, Any]]) -> None:
    filled = {
        name: {"image": "tiny:1", "command": ["busybox", "sleep", "600"], "init": True, **item}
        for name, item in services.items()
    }
    (root / "compose.yaml").write_text(json.dumps({"services": filled}))


def _assertion(root: Path, body: str) -> None:
    (root / "tests/integration").mkdir(parents=True, exist_ok=True)
    (root / "tests/integration/test_it.py").write_text(f"import time\n\ndef test_it(stack):\n    {body}\n")


def _report(root: Path, name: str = "integration") -> Any:
    return json.loads((root / f"reports/{name}.json").read_text())


def _page(root: Path) -> Page:
    return Page((root / "reports/index.html").read_text())


def _lines(root: Path) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in (root / "reports/history.jsonl").read_text().splitlines()]
    return [(line["verb"], line["verdict"]) for line in lines]


def test_a_run_that_passed_tells_of_its_containers_and_its_time(engine_world: World, root: Path) -> None:
    done = engine_world.checks("verify", "--root", str(root), timeout=180)
    assert done.code == 0, done.err
    report = _report(root)
    db, web = report["containers"]
    assert (db["service"], db["health"], web["needs"]) == ("db", "healthy", ["db"])
    assert (db["limits"]["memory"], db["limits"]["pids"], db["limits"]["cpus"]) == (64 * 1024 * 1024, 32, 0.5)
    assert db["limits"]["read_only"] is True
    assert web["ports"][0]["published"][0].startswith("127.0.0.1:")
    past = {one["what"]: one["at"] for one in db["history"]}
    assert past["created"] < past["started"] < past["healthy"] < web["started"]
    assert db["health_log"][-1]["exit"] == 0
    assert [(one["name"], one["state"]) for one in report["steps"]] == [
        (name, "ended") for name in ("build", "start", "assertions", "remove")
    ]
    assert report["tests"] == {"passed": 1, "failed": 0, "skipped": 0}
    page = _page(root)
    assert page.row("verify", "summary")[1] == "passed"
    assert page.row("start web", "timeline")[3] == "healthy, waited for db"
    assert page.row("web", "containers")[3] == "healthy"
    assert _lines(root) == [("verify", "passed")]
    assert list((root / "reports/running").iterdir()) == []


def test_a_build_tells_of_layers_and_of_when_things_began(engine_world: World, root: Path) -> None:
    (root / "Dockerfile").write_text(
        'FROM tiny:1\nCOPY compose.yaml /\nHEALTHCHECK --retries=2 CMD ["busybox", "true"]\n'
    )
    _services(root, {"web": {"image": "me/web:1", "build": "."}})
    done = engine_world.checks("build", "--root", str(root), timeout=180)
    assert done.code == 0, done.err
    report = _report(root, "build")
    (web,), (base,) = report["images"], report["bases"]
    assert web["layers"][-2]["created_by"].startswith("COPY compose.yaml /")
    assert web["layers"][-1]["created_by"] == 'HEALTHCHECK --retries=2 CMD ["busybox", "true"]'
    assert [one["size"] > 0 for one in (base, web)] == [True, True]
    assert web["layers"][: len(base["layers"])] == base["layers"]
    assert 0 <= base["began"] <= web["began"] <= report["seconds"]
    assert [one["name"] for one in report["steps"]] == ["look at the compose file", "images", "bills of materials"]
    assert _page(root).row("me/web:1", "images")[1] == "built"
    (root / "compose.yaml").touch()
    assert engine_world.checks("build", "--root", str(root), timeout=180).code == 0
    assert _page(root).row("me/web:1", "images")[1:4:2] == ["unchanged", "same"]
    assert _page(root).row("me/web:1", "trends")[1] == "2"


def test_a_build_says_that_it_is_handed_how_old_package_lists_may_be(engine_world: World, root: Path) -> None:
    (root / "apt.conf").write_text('Dir::Etc::parts "/nowhere";\nAcquire::Check-Valid-Until "false";\n')
    mounted = "--mount=type=secret,id=apt,target=/apt,mode=0444"
    (root / "Dockerfile").write_text(f"FROM tiny:1\nRUN {mounted} busybox grep Check-Valid-Until /apt\n")
    _services(root, {"web": {"image": "me/lists:1", "build": "."}})
    done = engine_world.checks("build", "--root", str(root), timeout=180, env={"APT_CONFIG": str(root / "apt.conf")})
    assert done.code == 0, done.err
    assert '• this machine\'s apt has Acquire::Check-Valid-Until "false": builds that mount' in done.err


def test_a_stack_that_does_not_start_tells_why_and_no_secret(engine_world: World, root: Path) -> None:
    needed = {"depends_on": {"db": {"condition": "service_healthy"}}}
    bad = {"command": ["busybox", "sh", "-c", "echo the disk is on fire; exit 7"], **needed}
    says = {**HEALTHY, "test": ["CMD", "busybox", "sh", "-c", "echo a ${DB_PASSWORD} b"]}
    db = {**SERVICES["db"], "healthcheck": says, "environment": {"DB_PASSWORD": "canary-4711"}}
    _services(root, {**SERVICES, "db": json.loads(json.dumps(db).replace("${", "$${")), "bad": bad})
    done = engine_world.checks("verify", "--root", str(root), timeout=180)
    assert done.code == 1, done.err
    found = {one["service"]: one for one in _report(root)["containers"]}
    assert (found["bad"]["status"], found["bad"]["exit_code"]) == ("exited", 7)
    assert found["db"]["health_log"][-1]["output"] == "a *** b"
    for path in (root / "reports").rglob("*"):
        assert path.is_dir() or "canary-4711" not in path.read_text(), path
    assert "ended with exit code 7" in [one["what"] for one in found["bad"]["history"]]
    page = _page(root)
    assert page.row("verify", "summary")[1].startswith("failed")
    assert page.row("bad", "containers")[2] == "exited (7)"
    assert "the disk is on fire" in page.part("evidence")
    assert "no assertion ran" in page.part("assertions")


@pytest.mark.parametrize(("number", "verdict"), [(signal.SIGKILL, "killed"), (signal.SIGTERM, "interrupted")])
def test_a_run_that_was_ended_midway_has_not_passed(
    engine_world: World, root: Path, number: signal.Signals, verdict: str
) -> None:
    """There was a run that passed before it, and of that nothing may look like this one's."""
    assert engine_world.checks("verify", "--root", str(root), timeout=180).code == 0
    mark = root / "running"
    _assertion(root, f"open({str(mark)!r}, 'w').close(); time.sleep(600)")
    argv = engine_world.inside(sys.executable, "-P", "-m", "checks", "verify", "--root", str(root))
    with subprocess.Popen(
        argv, env=engine_world.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert engine_world.checks("report", "--root", str(root)).code == 0
        assert _page(root).row("verify", "summary")[1] == "running it has not ended yet"
        os.kill(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
    assert engine_world.checks("report", "--root", str(root)).code == 0
    page = _page(root)
    assert page.row("verify", "summary")[1].startswith(verdict)
    assert "passed" not in page.part("summary").replace("passed in", "")
    assert engine_world.checks("lint", "--root", str(root), "--only", "yamllint").code in (0, 1)
    assert _lines(root)[:2] == [("verify", "passed"), ("verify", verdict)]
    assert _page(root).row("verify", "summary")[1].startswith(verdict)
