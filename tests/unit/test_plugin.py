"""A verification whose engine is gone: the rest of the tests is not run, and one whose engine is there goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.host.testing import session
from tests.unit.host.docker.fake_engine import Engine, running

TESTS = """
import requests

def test_that_meets_a_silent_engine():
    raise requests.exceptions.ConnectionError("refused")

def test_after_it():
    pass
"""
VERSION = {"/version": {"Version": "20.10", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}}


def _verified(folder: Path, host: str) -> str:
    (folder / "test_it.py").write_text(TESTS)
    env = {**os.environ, "CHECKS_STACK": str(folder / "stack.json"), "DOCKER_HOST": host}
    argv = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "test_it.py"]
    return subprocess.run(
        argv, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    ).stdout.splitlines()[-1]


def test_where_the_engine_is_gone_the_rest_is_not_run(tmp_path: Path) -> None:
    assert "1 failed in" in _verified(tmp_path, f"unix://{tmp_path}/gone.sock")


def test_where_it_is_there_all_are_run(tmp_path: Path) -> None:
    with running(Engine(tmp_path / "d.sock", VERSION)) as engine:
        assert "1 failed, 1 passed in" in _verified(tmp_path, f"unix://{engine.path}")


@pytest.mark.parametrize("full", ["results", "report"])
def test_a_full_disk_is_said_in_a_line(tmp_path: Path, full: str) -> None:
    (tmp_path / "test_it.py").write_text("def test_one(): pass\n\ndef test_two(): pass\n")
    env = {**os.environ, "CHECKS_RESULTS": "/dev/full" if full == "results" else str(tmp_path / "results")}
    report = "/dev/full" if full == "report" else str(tmp_path / "own.xml")
    argv = [
        sys.executable,
        "-P",
        session.__file__,
        "-p",
        "no:cacheprovider",
        f"--junit-xml={report}",
    ]
    done = subprocess.run(
        [*argv, "test_it.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
