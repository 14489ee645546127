"""Stacks from the command line: what goes well, what fails and how that is said, and that nothing of it is left."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.host.docker import labels
from checks.host.images import imagetar
from tests.e2e.conftest import World

Stack = Callable[..., Path]
_numbers = itertools.count(1)
_HEALTHY = {"test": ["CMD", "busybox", "true"], "interval": "500ms", "timeout": "2s", "retries": 3}
_SLEEP = ["busybox", "sleep", "600"]


@pytest.fixture
def stack(engine_world: World, tiny: imagetar.Archive, tmp_path: Path) -> Iterator[Stack]:
    """Write a repository with a compose file of these services; whatever is up of it is taken down afterwards."""
    engine_world.load(tiny)
    made: list[Path] = []

    def write(**services: dict[str, Any]) -> Path:
        root = tmp_path / f"repository{next(_numbers)}"
        root.mkdir()
        defaults = {"image": "tiny:1", "command": _SLEEP, "init": True}
        filled = {name: {**defaults, **item} for name, item in services.items()}
        (root / "compose.yaml").write_text(json.dumps({"services": filled}))
        made.append(root)
        return root

    yield write
    for root in made:
        engine_world.checks("down", "--root", str(root))
    assert _ours(engine_world) == []


def _ours(world: World) -> list[str]:
    with contextlib.closing(world.engine.client()) as client:
        return [f"{item.kind} {item.name}" for item in labels.objects(client)]


def _report(root: Path, name: str) -> Any:
    return json.loads((root / "reports" / f"{name}.json").read_text())


def test_up_waits_for_health_and_down_leaves_nothing(engine_world: World, stack: Stack) -> None:
    root = stack(
        web={"healthcheck": _HEALTHY, "depends_on": {"job": {"condition": "service_completed_successfully"}}},
        job={"command": ["busybox", "true"]},
    )
    up = engine_world.checks("up", "--root", str(root), timeout=180)
    assert up.code == 0, up.err
    assert "web: ready" in up.err
    assert _ours(engine_world)
    down = engine_world.checks("down", "--root", str(root))
    assert down.code == 0, down.err
    assert _ours(engine_world) == []


def test_a_container_that_ends_fails_at_once_with_its_last_words(engine_world: World, stack: Stack) -> None:
    root = stack(
        good={"healthcheck": _HEALTHY},
        bad={"command": ["busybox", "sh", "-c", "echo the disk is on fire; exit 7"]},
    )
    started = time.monotonic()
    done = engine_world.checks("up", "--root", str(root), "--wait", "60", timeout=120)
    assert done.code == 1
    assert "bad ended with exit code 7" in done.err
    assert "the disk is on fire" in done.err
    assert time.monotonic() - started < 20
    assert _ours(engine_world) == []
    assert "the disk is on fire" in (root / "reports/evidence/up/bad.log").read_text()


def test_a_deadline_is_honoured_and_says_what_it_waited_for(engine_world: World, stack: Stack) -> None:
    never = {**_HEALTHY, "test": ["CMD", "busybox", "false"], "retries": 1000, "start_period": "600s"}
    root = stack(good={"healthcheck": _HEALTHY}, slow={"healthcheck": never})
    assert engine_world.checks("build", "--root", str(root), timeout=300).code == 0  # compose is there then
    started = time.monotonic()
    done = engine_world.checks("up", "--root", str(root), "--wait", "4", timeout=60)
    assert done.code == 1
    assert "not ready within 4 s: slow (health starting)" in done.err
    assert 4 <= time.monotonic() - started < 12
    assert _ours(engine_world) == []


def test_one_that_turns_unhealthy_fails_before_the_deadline(engine_world: World, stack: Stack) -> None:
    sick = {**_HEALTHY, "test": ["CMD", "busybox", "sh", "-c", "echo no pulse; false"], "retries": 1}
    done = engine_world.checks("up", "--root", str(stack(web={"healthcheck": sick})), "--wait", "60", timeout=90)
    assert done.code == 1
    assert "web is unhealthy: no pulse" in done.err


@pytest.fixture
def listener(engine_world: World) -> Iterator[tuple[int, int]]:
    """Start a process in the world that listens on a port of loopback; give port and pid."""
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0))"
    code += "; print(s.getsockname()[1], flush=True); time.sleep(600)"
    process = subprocess.Popen(
        engine_world.inside(sys.executable, "-c", code), env=engine_world.env(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process, contextlib.closing(process.stdout):
        yield int(process.stdout.readline()), process.pid
        process.kill()


def test_a_taken_port_is_named_with_its_holder(engine_world: World, stack: Stack, listener: tuple[int, int]) -> None:
    port, pid = listener
    done = engine_world.checks("up", "--root", str(stack(web={"ports": [f"127.0.0.1:{port}:80"]})), timeout=60)
    assert done.code == 1
    assert f"port {port}" in done.err
    assert f"process {pid}" in done.err
    assert _ours(engine_world) == []


def test_a_port_of_another_container_is_named(engine_world: World, stack: Stack) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    published = {"ports": [f"127.0.0.1:{port}:80"]}
    assert engine_world.checks("up", "--root", str(stack(first=published)), timeout=60).code == 0
    done = engine_world.checks("up", "--root", str(stack(second=published)), timeout=60)
    assert done.code == 1
    assert f"port {port}" in done.err
    assert "first" in done.err


def test_a_missing_bind_source_is_named(engine_world: World, stack: Stack) -> None:
    mount = {"type": "bind", "source": "./nowhere", "target": "/data", "bind": {"create_host_path": False}}
    done = engine_world.checks("up", "--root", str(stack(web={"volumes": [mount]})), timeout=60)
    assert done.code == 1
    assert "nowhere" in done.err
    assert _ours(engine_world) == []


def _dockerfile(root: Path, name: str, text: str) -> dict[str, Any]:
    (root / name).mkdir()
    (root / name / "Dockerfile").write_text(text)
    return {"image": f"e2e/{name}:1", "build": {"context": f"./{name}"}}


def test_a_dockerfile_that_does_not_build_is_shown_and_the_others_finish(engine_world: World, stack: Stack) -> None:
    root = stack(web={})
    services = {
        "good": _dockerfile(root, "good", "FROM tiny:1\nCOPY Dockerfile /note\n"),
        "bad": _dockerfile(root, "bad", "FROM tiny:1\nCOPY Dockerfile /note\nRUN echo on the way; echo why; exit 9\n"),
        "above": _dockerfile(root, "above", "FROM e2e/bad:1\nCOPY Dockerfile /above\n"),
    }
    (root / "compose.yaml").write_text(json.dumps({"services": services}))
    done = engine_world.checks("build", "--root", str(root), timeout=180)
    assert done.code == 1
    assert "bad/Dockerfile:3" in done.err
    assert "| why" in done.err
    states = {item["image"]: item["state"] for item in _report(root, "build")["images"]}
    assert states == {"e2e/good:1": "built", "e2e/bad:1": "failed", "e2e/above:1": "not-run"}
    again = engine_world.checks("build", "good", "--root", str(root), timeout=60)
    assert again.code == 0, again.err
    assert "e2e/good:1: unchanged, nothing to build" in again.err
    (root / "good" / "Dockerfile").write_text("FROM tiny:1\nCOPY Dockerfile /other\n")
    assert "e2e/good:1: built" in engine_world.checks("build", "good", "--root", str(root), timeout=60).err


def test_what_cannot_be_had_or_read_keeps_no_other_image_from_being_built(engine_world: World, stack: Stack) -> None:
    root = stack(web={})
    services = {
        "good": _dockerfile(root, "sound", "FROM tiny:1\nCOPY Dockerfile /note\n"),
        "cache": {"image": "nowhere.example/cache:1"},
        "above": _dockerfile(root, "on-nothing", "FROM nowhere.example/base:1\n"),
        "typo": _dockerfile(root, "typo", "FORM tiny:1 AS code\n\nFROM tiny:1\nCOPY --from=code /bin /bin\n"),
        "unread": {"image": "e2e/unread:1", "build": "./nowhere"},
    }
    (root / "compose.yaml").write_text(json.dumps({"services": services}))
    done = engine_world.checks("build", "--root", str(root), env={"CHECKS_OFFLINE": "1"}, timeout=180)
    assert done.code == 1
    states = {item["image"]: item["state"] for item in _report(root, "build")["images"]}
    missing = {"nowhere.example/cache:1": "failed", "nowhere.example/base:1": "failed", "e2e/on-nothing:1": "not-run"}
    assert states == {**missing, "e2e/sound:1": "built", "e2e/typo:1": "failed", "e2e/unread:1": "failed"}
    assert "nowhere.example/cache:1: not on this engine, and CHECKS_OFFLINE=1" in done.err
    assert "typo/Dockerfile:1" in done.err
    assert "unknown instruction: FORM" in done.err
    assert "nowhere/Dockerfile cannot be read" in done.err
    assert "e2e/on-nothing:1: not built, it needs nowhere.example/base:1" in done.err
    up = engine_world.checks("up", "--root", str(root), env={"CHECKS_OFFLINE": "1"}, timeout=60)
    assert up.code == 1
    assert "not every image could be built" in up.err


def test_an_image_that_is_not_ours_is_never_overwritten(
    engine_world: World, stack: Stack, tiny: imagetar.Archive
) -> None:
    engine_world.load(tiny, "e2e/theirs")
    root = stack(web={})
    service = _dockerfile(root, "theirs", "FROM tiny:1\nCOPY Dockerfile /note\n")
    (root / "compose.yaml").write_text(json.dumps({"services": {"web": service}}))
    done = engine_world.checks("build", "--root", str(root), timeout=60)
    assert done.code == 1
    assert "e2e/theirs:1 is there and was not built by checks" in done.err
    with contextlib.closing(engine_world.engine.client()) as client:
        assert client.images.get("e2e/theirs:1").id == tiny.image_id


def _assertions(root: Path, text: str) -> None:
    (root / "tests" / "integration").mkdir(parents=True)
    (root / "tests" / "integration" / "test_it.py").write_text(text)


_PROCESS = """
def test_it(stack):
    assert stack["web"].host.process.get(pid=1).comm == {comm!r}
"""


@pytest.mark.parametrize(("comm", "code"), [("busybox", 0), ("nginx", 1)])
def test_verify_asserts_through_the_namespaces(engine_world: World, stack: Stack, comm: str, code: int) -> None:
    root = stack(web={"healthcheck": _HEALTHY, "init": False})
    _assertions(root, _PROCESS.format(comm=comm))
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == code, done.out + done.err
    assert _report(root, "integration")["ok"] is (code == 0)
    assert _ours(engine_world) == []


def test_verify_without_a_single_assertion_fails(engine_world: World, stack: Stack) -> None:
    root = stack(web={})
    _assertions(root, "")
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "no assertion ran" in done.err


def test_an_unexpected_skip_fails_the_verification(engine_world: World, stack: Stack) -> None:
    root = stack(web={})
    _assertions(root, "import pytest\n\ndef test_it(stack):\n    pytest.skip('not today')\n")
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "skipped and should have run" in done.out


def _verifying(world: World, root: Path) -> subprocess.Popen[str]:
    """Start `checks verify` with an assertion that takes for ever, and return it once that runs."""
    mark = root / "running"
    _assertions(
        root, f"import time\n\ndef test_it(stack):\n    open({str(mark)!r}, 'w').close()\n    time.sleep(600)\n"
    )
    argv = world.inside(sys.executable, "-P", "-m", "checks", "verify", "--root", str(root))
    process = subprocess.Popen(argv, env=world.env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 60
    while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists(), process.communicate(timeout=5)[0] if process.poll() is not None else "it does not begin"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_removed_in_time(engine_world: World, stack: Stack, number: int) -> None:
    root = stack(web={"healthcheck": _HEALTHY})
    with _verifying(engine_world, root) as process:
        started = time.monotonic()
        process.send_signal(number)
        said = process.communicate(timeout=30)[0]
    assert process.returncode == 130, said
    assert time.monotonic() - started < 10
    assert _ours(engine_world) == []
    assert _report(root, "integration")["state"] == "interrupted"


def test_an_impatient_interruption_removes_the_run_all_the_same(engine_world: World, stack: Stack) -> None:
    """Ctrl-C twice, then SIGTERM because nox has ended: all of it while the stack is being removed."""
    root = stack(web={"healthcheck": _HEALTHY}, slow={"depends_on": ["web"]}, other={})
    with _verifying(engine_world, root) as process:
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
            time.sleep(0.08)
        said = process.communicate(timeout=30)[0]
    assert process.returncode == 130, said
    assert "what this run had started is removed" in said
    assert _ours(engine_world) == []


def test_what_a_killed_run_left_is_removed_by_the_next_command(engine_world: World, stack: Stack) -> None:
    root = stack(web={"healthcheck": _HEALTHY, "secrets": ["key"]})
    told = {**json.loads((root / "compose.yaml").read_text()), "secrets": {"key": {"file": "./key"}}}
    (root / "compose.yaml").write_text(json.dumps(told))
    (root / "key").write_text("a secret")
    copies = engine_world.place.run.parent / "files"
    with contextlib.closing(engine_world.engine.client()) as client:
        theirs = client.api.create_container("tiny:1", "busybox true", name="checks-mine", labels={"checks": "run"})
        client.api.create_volume("checks-precious")
        with _verifying(engine_world, root) as process:
            os.kill(process.pid, signal.SIGKILL)
        assert _ours(engine_world)
        assert list(copies.iterdir())
        done = engine_world.checks("clean", timeout=60)
        assert done.code == 0, done.err
        assert _ours(engine_world) == []
        assert list(copies.iterdir()) == []
        assert list(Path(tempfile.gettempdir()).glob(f"checks-run-{process.pid}_*")) == []
        assert client.containers.get("checks-mine").id == theirs["Id"]
        assert client.volumes.get("checks-precious")
        client.api.remove_container("checks-mine")
        client.api.remove_volume("checks-precious")


def test_two_runs_side_by_side_both_pass(engine_world: World, stack: Stack) -> None:
    root = stack(web={"healthcheck": _HEALTHY, "ports": ["127.0.0.1:9292:80"]})
    _assertions(root, "def test_it(stack):\n    assert stack['web'].health == 'healthy'\n")
    argv = engine_world.inside(sys.executable, "-P", "-m", "checks", "verify", "--root", str(root))
    runs = [
        subprocess.Popen(argv, env=engine_world.env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in "ab"
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said


def test_a_compose_file_that_cannot_be_read_is_named(engine_world: World, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: [not, a, mapping]\n")
    done = engine_world.checks("build", "--root", str(tmp_path), timeout=60)
    assert done.code == 1
    assert "compose cannot read compose.yaml" in done.err


def test_a_repository_without_compose_file_is_wrong_usage(engine_world: World, tmp_path: Path) -> None:
    assert engine_world.checks("build", "--root", str(tmp_path), timeout=60).code == 2


def test_a_tool_that_cannot_be_had_is_a_missing_tool(engine_world: World, stack: Stack, tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    env = {**nowhere, "CHECKS_CACHE": str(tmp_path / "cache"), "PIP_NO_CACHE_DIR": "1", "PIP_FIND_LINKS": ""}
    done = engine_world.checks("build", "--root", str(stack(web={})), env=env, timeout=120)
    assert done.code == 4, done.err
    assert "compose could not be installed" in done.err


def test_a_bug_is_told_from_everything_else(engine_world: World, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import shutil\nshutil.which = None\n")
    done = engine_world.checks("doctor", env={"PYTHONPATH": str(tmp_path)})
    assert done.code == 70
    log = Path(done.err.split()[-1])
    assert "Traceback" in log.read_text()
    log.unlink()


def test_a_full_disk_is_said_and_the_engine_lives_on(world: World, tiny: imagetar.Archive, tmp_path: Path) -> None:
    state = world.place.state.parent
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(state)], check=True)
    try:
        up = world.checks("engine", "up", timeout=120)
        assert up.code == 0, up.err
        world.load(tiny)
        root = tmp_path / "big"
        root.mkdir()
        service = _dockerfile(root, "big", "FROM tiny:1\nRUN dd if=/dev/zero of=/big bs=1M count=200\n")
        (root / "compose.yaml").write_text(json.dumps({"services": {"big": service}}))
        done = world.checks("build", "--root", str(root), timeout=180)
        assert done.code == 1
        assert "No space left on device" in done.err
        assert world.checks("engine", "status").code == 0
    finally:
        world.checks("engine", "down", "--force")
        subprocess.run(["umount", str(state)], check=True)
