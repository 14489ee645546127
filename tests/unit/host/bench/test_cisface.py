"""The benchmark as pytest sees it: one test for each check, failures that name container and value, no silent pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.cis import registry
from checks.host.bench.cisface import Face
from tests.unit.cis import builders
from tests.unit.host.bench.test_collect import _answers
from tests.unit.host.docker.fake_engine import Engine, running

SUITE = """
import pytest

@pytest.mark.cis(sections=["5"])
def test_all(bench, cis_check):
    bench.require(cis_check)

@pytest.mark.cis(ids=["2.2"])
def test_one(bench, cis_check):
    bench.require(cis_check)

def test_face(bench):
    assert bench.kind == "system"
    assert bench.own.facts.containers == ()
    assert bench.score(["5"]).value < 0
"""


def test_a_suite_of_somebody(tmp_path: Path) -> None:
    (tmp_path / "test_cis.py").write_text(SUITE)
    (tmp_path / "checks.toml").write_text('[[bench.waivers]]\ncheck = "5.31"\nreason = "none"\n')
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4]), "PYTHONDONTWRITEBYTECODE": "1"}
    with running(Engine(tmp_path / "d.sock", _answers())) as engine:
        env["DOCKER_HOST"] = f"unix://{engine.path}"
        argv = [sys.executable, "-m", "pytest", "-q", "-rfs", "-p", "no:cacheprovider", "--fail-on-skip", str(tmp_path)]
        done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "CIS 5.11 FAIL: Every container's memory is limited" in done.stdout
    assert "  - bad: no limit\n" in done.stdout
    assert "  → Start it with `--memory" in done.stdout
    assert "FAILED test_cis.py::test_all[5.11]" in done.stdout
    assert "test_one" not in done.stdout.partition("short test summary")[2]
    assert "tests were skipped and should have run" not in done.stdout
    assert engine.asked.count("/info") == 1, "the engine is looked at once"


def test_what_is_unknown_fails_and_what_does_not_apply_is_skipped() -> None:
    face = Face(builders.snapshot(daemon=builders.unread_daemon()))
    with pytest.raises(pytest.fail.Exception, match=r"CIS 2\.2 UNKNOWN"):
        face.require(registry.CHECKS["2.2"])
    with pytest.raises(pytest.skip.Exception, match=r"expected: NOT_APPLICABLE 5\.11: no container is running"):
        face.require(registry.CHECKS["5.11"])
    assert Face(builders.snapshot(daemon=builders.daemon(icc=False))).require(registry.CHECKS["2.2"]).id == "2.2"


def test_without_an_engine_the_suite_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_cis.py").write_text(SUITE)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4]), "DOCKER_HOST": "unix:///nonexistent"}
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "face", str(tmp_path)]
    done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "does not answer" in done.stdout
