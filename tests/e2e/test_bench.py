"""The benchmark on real engines: bad containers, options by flag and by file, things that vanish, other users, other machines."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checks.cis import snapshot
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.host import proc
from checks.host.bench import collect
from checks.host.console import Console
from checks.host.images import imagetar
from checks.host.tools import packages
from tests.e2e import engines
from tests.e2e.engines import Daemon

if TYPE_CHECKING:
    from tests.e2e.conftest import World

SLEEP = ["sh", "-c", "busybox sleep 600"]
LOOKS = 100
"""How often a host is looked at, at most, until a container has gone while it was."""
FLAGS = (
    *("--icc=false", "--no-new-privileges", "--live-restore", "--userland-proxy=false", "--log-level", "info"),
    *("--default-ulimit=nofile=512:1024", "--log-driver", "syslog", "--log-opt", "syslog-address=udp://127.0.0.1:514"),
)
FILE = {
    "icc": True,
    "iptables": True,
    "log-level": "debug",
    "insecure-registries": ["registry.example:5000"],
    "experimental": True,
    "cgroup-parent": "/other",
    "live-restore": False,
}


@pytest.fixture(scope="module")
def soft(worlds: Callable[[], AbstractContextManager[World]], tiny: imagetar.Archive) -> Iterator[Daemon]:
    """An engine that is configured badly, by its file, with bad containers and a good one."""
    with worlds() as world, engines.daemon(world, "-D", file=FILE) as daemon:
        daemon.load(tiny)
        _start_all(daemon)
        yield daemon


def _start_all(daemon: Daemon) -> None:
    from docker.types import Mount

    host = {"pid_mode": "host", "ipc_mode": "host", "uts_mode": "host", "network_mode": "host"}
    shared = Mount("/shared", str(daemon.shared), type="bind", propagation="rshared")
    sock = Mount("/var/run/docker.sock", str(daemon.folder / "d.sock"), type="bind")
    with daemon.client() as client:
        run: Any = client.containers.run
        seccomp = ["seccomp=unconfined"]
        run(
            "tiny:1",
            SLEEP,
            name="bad",
            detach=True,
            security_opt=seccomp,
            cap_add=["SYS_ADMIN"],
            mounts=[shared, sock],
            **host,
        )
        etc = Mount("/host/etc", "/etc", type="bind")
        always = {"Name": "always"}
        run(
            "tiny:1",
            SLEEP,
            name="devices",
            detach=True,
            devices=["/dev/null:/dev/x:rwm"],
            mounts=[etc],
            restart_policy=always,
        )
        ports = {"80/tcp": 8080, "81/tcp": ("127.0.0.1", 81)}
        run("tiny:1", SLEEP, name="ports", detach=True, ports=ports, cgroup_parent="/elsewhere")
        client.containers.create("tiny:1", SLEEP, name="privileged", privileged=True)
        _start_good(client)


def _start_good(client: Any) -> None:
    client.networks.create("own")
    limits = {"mem_limit": "16m", "nano_cpus": 10**8, "pids_limit": 20}
    safe = {"read_only": True, "user": "1000:1000", "security_opt": ["no-new-privileges"], "cap_drop": ["ALL"]}
    check = {"test": ["CMD", "busybox", "true"], "interval": 10**9}
    again = {"Name": "on-failure", "MaximumRetryCount": 5}
    client.containers.run(
        "tiny:1",
        SLEEP,
        name="good",
        detach=True,
        network="own",
        healthcheck=check,
        restart_policy=again,
        **limits,
        **safe,
    )


@pytest.fixture(scope="module")
def judged(soft: Daemon) -> dict[str, dict[str, str]]:
    """What each check says: offenders by name, and the verdict at ""."""
    done, report = soft.bench()
    assert done.code == 1, done.err
    return {
        one["id"]: {"": one["verdict"], **{who["name"]: who["value"] for who in one["offenders"]}}
        for one in report["judgements"]
    }


@pytest.mark.parametrize(
    ("check", "container", "value"),
    [
        ("4.1", "bad", ""),
        ("5.4", "bad", "SYS_ADMIN"),
        ("5.6", "devices", "/etc"),
        ("5.8", "ports", "81"),
        ("5.10", "bad", ""),
        ("5.11", "bad", ""),
        ("5.12", "bad", ""),
        ("5.13", "bad", ""),
        ("5.14", "ports", "8080"),
        ("5.15", "devices", "always"),
        ("5.16", "bad", ""),
        ("5.17", "bad", ""),
        ("5.20", "bad", "/shared"),
        ("5.21", "bad", ""),
        ("5.22", "bad", "unconfined"),
        ("5.25", "ports", "/elsewhere"),
        ("5.26", "bad", ""),
        ("5.27", "bad", ""),
        ("5.29", "bad", ""),
        ("5.32", "bad", "d.sock"),
    ],
)
def test_a_bad_container_fails_and_the_good_one_does_not(
    judged: dict[str, dict[str, str]], check: str, container: str, value: str
) -> None:
    assert judged[check][""] == "FAIL"
    assert value in judged[check][container]
    assert "good" not in judged[check]


def test_what_never_ran_is_not_judged_but_known(soft: Daemon, judged: dict[str, dict[str, str]]) -> None:
    assert judged["5.5"] == {"": "PASS"}
    assert [one.privileged for one in _facts(soft).containers if one.name == "privileged"] == [True]  # type: ignore[union-attr]


def test_devices_are_shown(judged: dict[str, dict[str, str]]) -> None:
    assert "/dev/null" in judged["5.18"]["devices"]


@pytest.mark.parametrize("check", ["2.2", "2.3", "2.5", "2.9", "2.10", "2.14", "2.15", "2.16", "2.17", "2.19"])
def test_options_that_are_bad_by_file_or_by_default_fail(judged: dict[str, dict[str, str]], check: str) -> None:
    assert judged[check][""] in ("FAIL", "MANUAL"), judged[check]


def test_an_offender_says_where_its_value_comes_from(soft: Daemon, judged: dict[str, dict[str, str]]) -> None:
    assert judged["2.5"]["insecure-registries"] == f"registry.example:5000 ({soft.folder / 'daemon.json'})"
    assert judged["2.3"]["debug"] == "true (--debug=true)"
    assert judged["2.17"]["userland-proxy"] == "true (default)"


def test_options_that_are_good_by_flag_pass(world: World) -> None:
    with engines.daemon(world, *FLAGS) as daemon:
        done, report = daemon.bench("--section", "2", "--benchmark", "1.6")
    verdicts = {one["id"]: one["verdict"] for one in report["judgements"]}
    good = ("2.2", "2.3", "2.4", "2.5", "2.6", "2.13", "2.14", "2.15", "2.16", "2.18")
    assert [(name, verdicts[name]) for name in good if verdicts[name] != "PASS"] == [], done.out


def test_the_embedded_engine_passes_section_2_but_for_what_a_site_decides(engine_world: World) -> None:
    done = engine_world.checks("bench", "--section", "2", "--root", str(engine_world.folder))
    report = json.loads((engine_world.folder / "reports" / "bench.json").read_text())
    assert [one["id"] for one in report["judgements"] if one["verdict"] == "FAIL"] == ["2.13", "2.14"], done.out
    assert [one["id"] for one in report["judgements"] if one["verdict"] == "UNKNOWN"] == []


def _facts(daemon: Daemon) -> Snapshot:
    with collect.prober(daemon.host, os.environ) as asked:
        return collect.snapshot(asked)


def test_the_process_that_serves_this_engine_is_found_among_others(soft: Daemon, engine_world: World) -> None:
    mine = _facts(soft).daemon
    assert mine.options["hosts"].value == (soft.host,)
    with collect.prober(engine_world.engine.host, os.environ) as asked:
        other = collect.snapshot(asked).daemon
    assert other.options["hosts"].value == (engine_world.engine.host,)
    assert (mine.unread, other.unread) == ("", "")


def test_processes_are_seen_as_the_container_sees_them(
    soft: Daemon, engine_world: World, tiny: imagetar.Archive
) -> None:
    good = next(one for one in _facts(soft).containers if one.name == "good")  # type: ignore[union-attr]
    assert not isinstance(good.processes, Unknown)
    assert {(one.name, one.uid) for one in good.processes} == {("busybox", 1000)}
    engine_world.load(tiny)
    with contextlib.closing(engine_world.engine.client()) as client:
        remapped = client.containers.run("tiny:1", SLEEP, name="remapped", detach=True)
        try:
            with collect.prober(engine_world.engine.host, os.environ) as asked:
                facts = collect.snapshot(asked)
        finally:
            remapped.remove(force=True)
    found = next(one for one in facts.containers if one.name == "remapped")  # type: ignore[union-attr]
    assert [one.uid for one in found.processes if one.name == "busybox"] == [0]  # type: ignore[union-attr]


def test_nothing_that_is_read_changes(soft: Daemon) -> None:
    with soft.client() as client:
        client.containers.get("good").stop(timeout=0)  # its health check would be an event of its own
        before, since = _state(client), client.info()["SystemTime"]
        with collect.prober(soft.host, os.environ) as asked:
            first = collect.snapshot(asked)
            looks = [collect.snapshot(asked) for _ in range(99)]
        until = client.info()["SystemTime"]
        events = [one["Action"] for one in client.events(since=since, until=until, decode=True)]
        after = _state(client)
        client.containers.get("good").start()
    assert events == []
    assert after == before
    assert [one.containers for one in looks] == [first.containers] * 99


def _state(client: Any) -> str:
    """Return all that the engine tells of its objects; it shuffles lists that have no order of their own."""
    containers = [client.api.inspect_container(one["Id"]) for one in client.api.containers(all=True)]
    for one in containers:
        one["Mounts"].sort(key=lambda mount: str(mount["Destination"]))
    networks = sorted(client.api.networks(), key=lambda one: str(one["Id"]))
    return json.dumps([containers, client.api.images(), networks, client.api.volumes()], sort_keys=True)


def test_containers_that_come_and_go_are_no_obstacle(soft: Daemon) -> None:
    over = threading.Event()

    def churn() -> None:
        with soft.client() as client:
            while not over.is_set():
                client.containers.run("tiny:1", ["busybox", "true"], remove=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        looks = [_facts(soft)]
        while not any(one.vanished for one in looks) and len(looks) < LOOKS:
            looks.append(_facts(soft))
    finally:
        over.set()
        thread.join(20)
    for one in looks:
        assert {"bad", "good", "ports"} <= {found.name for found in one.containers}  # type: ignore[union-attr]
    assert any(one.vanished for one in looks)


def test_without_root_what_cannot_be_read_is_unknown_and_named(soft: Daemon, tmp_path: Path) -> None:
    socket, written = soft.folder / "d.sock", tmp_path / "facts.json"
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o711)
    socket.chmod(0o666)
    (soft.folder / "daemon.json").chmod(0o600)
    child = os.fork()
    if not child:  # a child of ours, because nobody else may read this interpreter
        code = 1
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            written.write_text(snapshot.dump(_facts(soft)))
            code = 0
        os._exit(code)
    status = os.waitpid(child, 0)[1]
    socket.chmod(0o660)
    assert status == 0
    facts = snapshot.load(written.read_text())
    assert facts.daemon.unread == f"permission denied: {soft.folder / 'daemon.json'}"
    assert isinstance(facts.daemon.option("userland-proxy"), Unknown)
    assert facts.daemon.options["debug"].value is True  # flags and the API tell
    assert not facts.host.root
    assert isinstance(facts.host.audit.loaded, Unknown)
    assert {"bad", "good"} <= {one.name for one in facts.containers}  # type: ignore[union-attr]


_SSHD = """
Port 2222
ListenAddress 127.0.0.1
HostKey {0}/host
AuthorizedKeysFile {0}/id.pub
PidFile none
StrictModes no
UsePAM no
"""
_SSH = "Host *\n IdentityFile {0}/id\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"


@pytest.fixture(scope="module")
def machine(soft: Daemon) -> str:
    """The address of this machine as another one: a real sshd, and an ssh that knows the key."""
    packages.ensure({"sshd": "openssh-server", "ssh": "openssh-client", "ssh-keygen": "openssh-client"}, Console())
    folder = soft.folder / "ssh"
    folder.mkdir()
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "id"):
        proc.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], timeout=20)
    (folder / "sshd_config").write_text(_SSHD.format(folder))
    (folder / "ssh_config").write_text(_SSH.format(folder))
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {packages.which("ssh")} -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)
    started = soft.world.run(packages.which("sshd") or "sshd", "-f", str(folder / "sshd_config"))
    assert started.ok, started.err
    return f"ssh://root@127.0.0.1:2222{soft.folder / 'd.sock'}"


def _over_ssh(soft: Daemon, *words: str, path: str = "") -> tuple[Any, dict[str, Any]]:
    folder = soft.folder / "ssh"
    return soft.bench(*words, env={"PATH": f"{folder / 'bin'}:{path or os.environ['PATH']}"})


def test_another_machine_over_ssh(soft: Daemon, machine: str, judged: dict[str, dict[str, str]]) -> None:
    done, report = _over_ssh(soft, "--host", machine)
    assert done.code == 1, done.err
    assert report["host"] == machine
    there = {one["id"]: one["verdict"] for one in report["judgements"]}
    assert {name: there[name] for name in there if there[name] != judged[name][""]} == {}
    assert report["hosts"][0]["engine"]["kind"] == "remote"


def test_several_machines_at_once(soft: Daemon, machine: str) -> None:
    _, report = _over_ssh(
        soft, "--host", machine, "--host", "local", "--host", "ssh://root@127.0.0.1:1", "--section", "2"
    )
    assert [bool(one["error"]) for one in report["hosts"]] == [False, False, True]
    assert report["hosts"][0]["checks"] == report["hosts"][1]["checks"] == 19


def test_the_engine_of_docker_host_over_ssh_is_judged_with_its_machine(
    soft: Daemon, machine: str, judged: dict[str, dict[str, str]]
) -> None:
    folder = soft.folder / "ssh"
    root = soft.folder / "repository"
    env = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "DOCKER_HOST": machine}
    done = soft.world.checks("bench", "--root", str(root), env=env)
    report = json.loads((root / "reports" / "bench.json").read_text())
    there = {one["id"]: one["verdict"] for one in report["judgements"]}
    assert there["5.11"] == "FAIL", done.err
    assert {name: there[name] for name in there if there[name] != judged[name][""]} == {}


def test_a_machine_without_python_is_asked_by_its_engine_alone(soft: Daemon, machine: str) -> None:
    wrapper = soft.folder / "ssh" / "bin" / "ssh"
    kept = wrapper.read_text()
    # What a machine without python3 says: its shell runs the command line, and there is no such program.
    none = 'case "$*" in *"exec python3"*) echo "sh: 1: exec: python3: not found" >&2; exit 127;; esac\nexec '
    wrapper.write_text(kept.replace("exec ", none))
    try:
        _, report = _over_ssh(soft, "--host", machine)
    finally:
        wrapper.write_text(kept)
    verdicts = {one["id"]: one for one in report["judgements"]}
    assert verdicts["5.11"]["verdict"] == "FAIL"
    assert verdicts["1.1.1"]["evidence"].startswith(f"there is no python3 at {machine}")


def test_an_embedded_engine_with_a_log_host_passes_the_check_of_it(world: World) -> None:
    env = {"CHECKS_LOG_DRIVER": "syslog", "CHECKS_LOG_OPTS": "syslog-address=udp://127.0.0.1:5514"}
    up = world.checks("engine", "up", env=env, timeout=300)
    assert up.ok, up.err
    done = world.checks("bench", "--check", "2.14", "--root", str(world.folder))
    assert done.code == 0, done.out
    assert "PASS    2.14" in done.out


def _certificates(folder: Path) -> None:
    """Make an authority, and with it a certificate for 127.0.0.1 and one for a client."""
    packages.ensure({"openssl": "openssl"}, Console())
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj"]
    sign = [
        "openssl",
        "x509",
        "-req",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca-key.pem",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "ext",
    ]
    steps = [[*new, "/CN=ca", "-x509", "-days", "2", "-keyout", "ca-key.pem", "-out", "ca.pem"]]
    for name, key, cert in (("server", "server-key.pem", "server.pem"), ("client", "key.pem", "cert.pem")):
        steps += [
            [*new, f"/CN={name}", "-keyout", key, "-out", f"{name}.csr"],
            [*sign, "-in", f"{name}.csr", "-out", cert],
        ]
    for argv in steps:
        done = proc.run(argv, cwd=folder, timeout=30)
        assert done.ok, done.err


def test_an_engine_over_tcp_with_certificates(world: World) -> None:
    folder = world.folder / "tls"
    folder.mkdir()
    _certificates(folder)
    files = [
        f"--tlscacert={folder / 'ca.pem'}",
        f"--tlscert={folder / 'server.pem'}",
        f"--tlskey={folder / 'server-key.pem'}",
    ]
    with engines.daemon(world, "--tlsverify", *files, "-H", "tcp://127.0.0.1:2376") as daemon:
        here, report = daemon.bench("--check", "2.8,3.9,3.10,3.11,3.12,3.13,3.14")
        verdicts = {one["id"]: one["verdict"] for one in report["judgements"]}
        assert verdicts.pop("3.14") == "FAIL", here.out  # openssl lets the owner write a key, too
        assert verdicts.pop("3.10") == verdicts.pop("3.12") == "FAIL"
        assert set(verdicts.values()) == {"PASS"}
        secure = {"DOCKER_HOST": "tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
        over, report = daemon.bench("--section", "2,3", env=secure)
        assert over.code == 1, over.err
        verdicts = {one["id"]: one["verdict"] for one in report["judgements"]}
        assert report["host"] == "tcp://127.0.0.1:2376"
        assert (verdicts["2.6"], verdicts["3.9"]) == ("PASS", "UNKNOWN")
        (folder / "cert.pem").unlink()
        refused, _ = daemon.bench(env=secure)
    assert refused.code == 3
    assert "does not answer" in refused.err
