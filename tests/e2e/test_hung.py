"""An engine that is stopped in its tracks (SIGSTOP), at every moment of a run: said within the limit, and never a pass."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from checks.host.docker import labels
from checks.host.images import imagetar
from tests.e2e.conftest import World, make_world

LIMITS = """
from checks.host.docker import engine, watch
from checks.verbs import verify
watch.HUNG_SECONDS, watch.ASK_SECONDS, watch.PAUSE_SECONDS = 4.0, 1.0, 0.5
engine.ANSWER_SECONDS, verify.REMOVE_SECONDS, verify.HUNG_REMOVE_SECONDS = 4.0, 4.0, 2.0
engine.Engine.client.__defaults__ = (4.0,)
"""
"""Shorter ones than people have: what is tried is that they are honoured."""
HONOURED_SECONDS = 30.0
"""All limits that one hang can meet, one after the other, and a busy machine."""
SLEEP = {"image": "tiny:1", "command": ["busybox", "sleep", "600"], "init": True}
SICK = {**SLEEP, "healthcheck": {"test": ["CMD", "busybox", "false"], "interval": "1s", "retries": 9999}}
WAITING = (
    "import time\n\ndef test_before(stack):\n    pass\n\n"
    "def test_it(stack):\n    {mark}\n    time.sleep(600)\n\ndef test_after(): ...\n"
)


@pytest.fixture(scope="module")
def hanging(_machine: None, shared_cache: Path, tiny: imagetar.Archive) -> Iterator[World]:
    """A world whose engine these tests may stop."""
    with make_world(shared_cache) as made:
        done = made.checks("engine", "up", timeout=300)
        assert done.ok, done.err
        made.load(tiny)
        assert made.checks("tools", timeout=600).ok  # not while a test waits for something else
        yield made


@pytest.fixture
def dockerd(hanging: World, tmp_path: Path) -> Iterator[int]:
    """Return the engine's process; afterwards it goes on, and nothing of the run is left."""
    (pid,) = hanging.named("dockerd")
    yield pid
    os.kill(pid, signal.SIGCONT)
    assert hanging.checks("clean", timeout=120).code == 0
    hanging.checks("down", "--root", str(tmp_path), timeout=120)
    with contextlib.closing(hanging.engine.client()) as client:
        assert [item.name for item in labels.objects(client)] == []


@pytest.fixture
def start(hanging: World, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a verb on a repository with these services; what runs afterwards is ended."""
    (tmp_path / "limits").mkdir()
    (tmp_path / "limits/sitecustomize.py").write_text(LIMITS)

    def run(verb: str, services: dict[str, Any], test: str = "") -> subprocess.Popen[str]:
        (tmp_path / "compose.yaml").write_text(json.dumps({"services": services}))
        (tmp_path / "tests/integration").mkdir(parents=True)
        (tmp_path / "tests/integration/test_it.py").write_text(test)
        argv = hanging.inside(sys.executable, "-P", "-m", "checks", verb, "--root", str(tmp_path))
        env = hanging.env({"PYTHONPATH": os.pathsep.join((str(tmp_path / "limits"), *sys.path))})
        made.append(subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return made[-1]

    made: list[subprocess.Popen[str]] = []
    yield run
    for process in made:
        process.kill()
        process.communicate()


def until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def ended(process: subprocess.Popen[str], dockerd: int) -> str:
    """Stop the engine in its tracks, and return what the command says until it ends, in time and with 3."""
    os.kill(dockerd, signal.SIGSTOP)
    started = time.monotonic()
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 3, said
    assert time.monotonic() - started < HONOURED_SECONDS, said
    assert "bug" not in said
    return said


def running(world: World, word: str) -> bool:
    with contextlib.closing(world.engine.client()) as client:
        return any(word in str(item) for item in client.api.containers())


def test_while_an_image_is_built(dockerd: int, start: Any, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM tiny:1\nRUN busybox echo on the way && busybox sleep 599\n")
    process = start("build", {"web": {"image": "e2e/hung:1", "build": "."}})
    until(lambda: asleep("599"), "the build")
    said = ended(process, dockerd)
    assert "has not answered for 4 s, while e2e/hung:1 was built" in said
    assert "does not build" not in said
    assert not (tmp_path / "reports/build.json").exists()
    assert "has not answered" in (tmp_path / "reports/evidence/build/failure.txt").read_text()


def asleep(seconds: str) -> bool:
    """Tell whether somebody sleeps for this long."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if place.read_bytes().split(b"\0")[-2:-1] == [seconds.encode()]:
                return True
    return False


def test_while_a_stack_is_started(hanging: World, dockerd: int, start: Any, tmp_path: Path) -> None:
    process = start("up", {"web": SICK})
    until(lambda: running(hanging, "tiny:1"), "the container")
    said = ended(process, dockerd)
    assert "does not answer" in said or "has not answered" in said
    assert "not kept: what the engine knows" in (tmp_path / "reports/evidence/up/failure.txt").read_text()
    assert json.loads((tmp_path / "reports/evidence/up/compose.json").read_text())["services"]["web"]


def test_while_the_assertions_run(dockerd: int, start: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    process = start("verify", {"web": SLEEP}, WAITING.format(mark=f"open({str(mark)!r}, 'w').close()"))
    until(mark.exists, "the assertion")
    said = ended(process, dockerd)
    assert "has not answered for 4 s, while the assertions ran" in said
    report = json.loads((tmp_path / "reports/integration.json").read_text())
    assert (report["ok"], report["state"]) == (False, "failed")
    states = states_of(tmp_path / "reports/junit/integration.xml")
    assert states["tests/integration/test_it.py::test_before"] == "passed"
    assert states["tests/integration/test_it.py::test_it"] == "Error"
    assert states["tests/integration/test_it.py::test_after"] == "Skipped"
    assert states["pytest"] == "Error"


def states_of(path: Path) -> dict[str, str]:
    """Return how the cases of a JUnit report ended."""
    cases = [case for suite in JUnitXml.fromfile(str(path)) for case in suite]
    return {case.name: type(case.result[0]).__name__ if case.result else "passed" for case in cases}


def test_while_the_stack_is_removed(dockerd: int, start: Any, tmp_path: Path) -> None:
    test = f"import os\n\ndef test_it(stack):\n    os.kill({dockerd}, 19)\n"
    process = start("verify", {"web": SLEEP}, test)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 3, said
    assert "does not answer any more" in said
    report = json.loads((tmp_path / "reports/integration.json").read_text())
    assert (report["ok"], report["state"]) == (False, "failed")


def test_before_anything_begins(dockerd: int, start: Any) -> None:
    os.kill(dockerd, signal.SIGSTOP)
    started = time.monotonic()
    process = start("verify", {"web": SLEEP}, "def test_it(): ...\n")
    said = process.communicate(timeout=120)[0]
    assert (process.returncode, "does not answer" in said) == (3, True), said
    assert time.monotonic() - started < HONOURED_SECONDS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_assertions_that_are_killed_are_reported_as_they_were(
    dockerd: int, start: Any, tmp_path: Path, number: int
) -> None:
    assert dockerd
    process = start("verify", {"web": SLEEP}, WAITING.format(mark=f"import os; os.kill(os.getpid(), {int(number)})"))
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 1, said
    states = states_of(tmp_path / "reports/junit/integration.xml")
    assert list(states.values()) == ["Error", "passed", "Error", "Skipped"]
    assert "not every assertion held" in (tmp_path / "reports/evidence/integration/failure.txt").read_text()
    kept = {path.name for path in (tmp_path / "reports/evidence/integration").iterdir()}
    assert {"web.log", "web.inspect.json", "web.processes.txt", "events.json", "engine.json", "compose.json"} <= kept
    assert "sleep" in (tmp_path / "reports/evidence/integration/web.processes.txt").read_text()
    assert '"start"' in (tmp_path / "reports/evidence/integration/events.json").read_text()
