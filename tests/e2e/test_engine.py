"""`checks engine` from its command line, each time in a network namespace of its own."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.host import identity
from checks.host.docker import labels
from checks.host.images import imagetar

if TYPE_CHECKING:
    from tests.e2e.conftest import World

_SNAPSHOT = """
import json, pathlib, subprocess
say = lambda *argv: subprocess.run(argv, capture_output=True, text=True, check=True).stdout
rules = [l.partition(" [")[0] for l in say("iptables-save").splitlines() if not l.startswith("#")]
links = [link["ifname"] for link in json.loads(say("ip", "-json", "link"))]
kept = {}
for root in ("net", "kernel/keys"):
    for path in pathlib.Path("/proc/sys", root).rglob("*"):
        try:
            kept[str(path)] = path.read_text()
        except OSError:
            pass
made = ("/run/docker", "/etc/docker", "/etc/docker/key.json", "/var/lib/docker")
folders = [name for name in made if pathlib.Path(name).exists()]
print(json.dumps({"rules": rules, "links": links, "settings": kept, "folders": folders}))
"""
_COUNTERS = ("nf_conntrack_count",)
_UP = ("engine", "up")


def _snapshot(world: World) -> dict[str, Any]:
    done = world.python(_SNAPSHOT)
    assert done.ok, done.err
    facts: dict[str, Any] = json.loads(done.out)
    return facts


def _up(world: World) -> int:
    """Start the engine and return its supervisor's pid."""
    done = world.checks(*_UP, timeout=300)
    assert done.ok, done.err
    return _supervisor(world)


def _supervisor(world: World) -> int:
    owner: str = json.loads(world.place.record.read_text())["owner"]
    return int(owner.split(":")[1])


def _until(true: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not (now := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return now


def _start(world: World) -> str:
    """Start a container that stays, and return its id."""
    with contextlib.closing(world.engine.client()) as client:
        ports = {"80/tcp": None, "81/tcp": ("127.0.0.1", 0), "53/udp": None}
        running = client.containers.run("tiny:1", ["sh", "-c", "busybox sleep 600"], detach=True, ports=ports)
        return str(running.id)


def test_up_is_idempotent_and_found_by_another_process(world: World) -> None:
    assert world.checks("engine", "status").code == 3
    supervisor = _up(world)
    assert _up(world) == supervisor
    status = world.checks("engine", "status", "--format", "json")
    facts = json.loads(status.out)
    assert (facts["kind"], facts["host"]) == ("embedded", world.engine.host)
    assert facts["version"].count(".") >= 1
    env = world.checks("engine", "env")
    assert env.out == f"export DOCKER_HOST='{world.engine.host}'\n"
    again = world.checks("engine", "status", "--format", "json", env={"DOCKER_HOST": world.engine.host})
    assert json.loads(again.out) == facts


def test_two_at_once_start_one_engine(world: World) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: world.checks(*_UP, timeout=300), range(2)))
    assert [done.code for done in both] == [0, 0], [done.err for done in both]
    assert len(world.named("dockerd")) == 1


def test_down_leaves_nothing_but_images(world: World, tiny: imagetar.Archive) -> None:
    _up(world)  # what the kernel itself keeps once it has loaded a module is no engine's to remove
    world.load(tiny)
    assert world.checks("engine", "down").ok
    before = _snapshot(world)

    _up(world)
    container = _start(world)
    with contextlib.closing(world.engine.client()) as client:
        client.networks.create("extra")
        client.networks.create("named", options={"com.docker.network.bridge.name": "byname0"})
    during = _snapshot(world)
    assert {"docker0", "byname0"} <= set(during["links"])
    assert [rule for rule in during["rules"] if "--dport 81 -j MASQUERADE" in rule]
    assert any("DOCKER" in rule for rule in during["rules"])
    assert during["settings"]["/proc/sys/net/ipv4/ip_forward"] == "1\n"
    assert _cgroups(container)

    down = world.checks("engine", "down")
    assert down.ok, down.err
    after = _snapshot(world)
    assert after["links"] == before["links"]
    assert after["rules"] == before["rules"]
    assert after["folders"] == before["folders"]
    changed = [
        name
        for name, value in before["settings"].items()
        if after["settings"].get(name) != value and not name.endswith(_COUNTERS)
    ]
    assert changed == []
    assert _until(lambda: world.pids() == [])
    assert str(world.folder) not in Path("/proc/self/mountinfo").read_text()
    assert _cgroups(container) == []
    assert not world.place.run.exists()

    _up(world)
    with contextlib.closing(world.engine.client()) as client:
        assert client.images.get("tiny:1").id == tiny.image_id


def _cgroups(container: str) -> list[Path]:
    return [path for path in Path("/sys/fs/cgroup").rglob(f"*{container}*") if path.is_dir()]


def test_down_without_an_engine_is_clean(world: World) -> None:
    assert world.checks("engine", "down").code == 0


def test_down_refuses_while_a_run_uses_it(world: World) -> None:
    supervisor = _up(world)
    with contextlib.closing(world.engine.client()) as client:
        client.networks.create("in-use", labels=labels.of_run("run-7", identity.owner()))
    refused = world.checks("engine", "down")
    assert refused.code == 1
    assert "run-7" in refused.err
    assert "--force" in refused.err
    assert _supervisor(world) == supervisor
    assert world.checks("engine", "down", "--force").code == 0
    assert _until(lambda: world.pids() == [])


def test_down_goes_ahead_when_the_run_is_over(world: World) -> None:
    _up(world)
    gone = f"{identity.boot_id()}:{os.getpid()}:1"  # this pid, at another time
    with contextlib.closing(world.engine.client()) as client:
        client.networks.create("left-behind", labels=labels.of_run("run-8", gone))
    assert world.checks("engine", "down").code == 0


def test_killing_the_supervisor_ends_all_and_up_works_again(world: World, tiny: imagetar.Archive) -> None:
    supervisor = _up(world)
    world.load(tiny)
    _start(world)
    assert world.named("dockerd")
    os.kill(supervisor, signal.SIGKILL)
    assert _until(lambda: world.pids() == [])
    assert world.checks("engine", "status").code == 3
    assert world.run("ip", "link", "add", "br-0123456789ab", "type", "bridge").ok  # killed while it made a network
    assert _up(world) != supervisor
    links = world.run("ip", "link").out
    assert "docker0" in links
    assert "br-0123456789ab" not in links
    with contextlib.closing(world.engine.client()) as client:
        assert client.ping()


def test_down_puts_back_what_a_killed_engine_left(world: World, tiny: imagetar.Archive) -> None:
    _up(world)
    world.load(tiny)
    assert world.checks("engine", "down").ok
    before = _snapshot(world)
    supervisor = _up(world)
    _start(world)
    with contextlib.closing(world.engine.client()) as client:
        client.networks.create("named", options={"com.docker.network.bridge.name": "byname0"})
    os.kill(supervisor, signal.SIGKILL)
    assert _until(lambda: world.pids() == [])
    assert _until(lambda: "veth" not in world.run("ip", "link").out)  # the kernel removes them a little later
    assert "byname0" in world.run("ip", "link").out
    assert world.checks("engine", "down").ok
    after = _snapshot(world)
    assert (after["links"], after["rules"]) == (before["links"], before["rules"])


def test_clean_removes_what_runs_left_in_an_engine_that_was_killed(world: World, tiny: imagetar.Archive) -> None:
    supervisor = _up(world)
    world.load(tiny)
    gone = f"{identity.boot_id()}:{os.getpid()}:1"  # this pid, at another time
    with contextlib.closing(world.engine.client()) as client:
        client.containers.run(
            "tiny:1", ["busybox", "sleep", "600"], detach=True, labels=labels.of_run("run-10", gone), init=True
        )
        client.networks.create("left-behind", labels=labels.of_run("run-10", gone))
        client.networks.create("theirs")
    os.kill(supervisor, signal.SIGKILL)
    assert _until(lambda: world.pids() == [])
    done = world.checks("clean", timeout=120)
    assert done.code == 0, done.err
    assert "removed 1 container, 1 network of runs that are over" in done.err
    with contextlib.closing(world.engine.client()) as client:
        assert labels.objects(client) == []
        assert client.networks.list(names=["theirs"])
    assert world.checks("engine", "down").ok
    assert world.checks("clean").code == 0
    assert world.pids() == []  # one that was stopped is not started to look


def test_clean_all_removes_the_engine_with_all_that_it_had(
    world: World, tiny: imagetar.Archive, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    users = Path("/etc/passwd").read_text()
    _up(world)
    world.load(tiny)
    copies = world.place.run.parent / "files"
    (copies / "checks-up-1").mkdir(parents=True)
    (copies / "checks-up-1" / "owner").write_text(f"{labels.KEPT} {world.engine.host}")
    with contextlib.closing(world.engine.client()) as client:
        network = client.networks.create("in-use", labels=labels.of_run("run-9", labels.KEPT))
        refused = world.checks("clean", "--all", env={"CHECKS_CACHE": str(cache)})
        assert (refused.code, "run-9" in refused.err) == (1, True), refused.err
        assert client.images.get("tiny:1")
        network.remove()
    done = world.checks("clean", "--all", env={"CHECKS_CACHE": str(cache)})
    assert done.code == 0, done.err
    assert _until(lambda: world.pids() == [])
    assert not world.place.state.exists()
    assert not world.place.run.exists()
    assert not cache.exists()
    assert [path for path in copies.glob("**/*") if path != copies] == []
    assert Path("/etc/passwd").read_text() == users


def test_the_engine_is_hardened(engine_world: World, tiny: imagetar.Archive) -> None:
    engine_world.load(tiny)
    with contextlib.closing(engine_world.engine.client()) as client:
        info = client.info()
        options = {option.split(",")[0] for option in info["SecurityOptions"]}
        assert {"name=seccomp", "name=userns"} <= options
        assert (info["LiveRestoreEnabled"], info["Driver"], info["LoggingDriver"]) == (True, "overlay2", "json-file")
        bridge = client.networks.get("bridge").attrs["Options"]
        assert bridge["com.docker.network.bridge.enable_icc"] == "false"
        script = "busybox cat /proc/self/status /proc/self/uid_map; ulimit -n"
        said = client.containers.run("tiny:1", ["sh", "-c", script], remove=True).decode()
    assert "NoNewPrivs:\t1" in said
    uid_map = next(line.split() for line in said.splitlines() if len(line.split()) == 3 and line.split()[0] == "0")
    assert int(uid_map[1]) >= 100000
    assert int(said.split()[-1]) <= 65536


def test_no_proxy_process_publishes_ports(engine_world: World, tiny: imagetar.Archive) -> None:
    engine_world.load(tiny)
    with contextlib.closing(engine_world.engine.client()) as client:
        running = client.containers.run(
            "tiny:1", ["sh", "-c", "busybox httpd -f -p 8080"], detach=True, ports={"8080/tcp": ("127.0.0.1", 0)}
        )
        try:
            running.reload()
            port = running.attrs["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
            said = engine_world.run("busybox", "wget", "-q", "-O-", f"http://127.0.0.1:{port}/none", timeout=10)
            assert "404" in said.err
            assert engine_world.named("docker-proxy") == []
        finally:
            running.remove(force=True)
