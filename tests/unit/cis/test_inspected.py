"""What an engine's answers mean: of real ones each fact, of any other ones no exception, of none a secret."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given

from checks.cis import codec, inspected
from checks.cis.facts import Container, Device, Exec, Mount, Port, Process, Service, Ulimit
from checks.cis.unknown import Unknown
from tests.unit.cis.engine_data import SECRET, anything, load


@pytest.fixture(scope="module")
def bad() -> Container:
    return inspected.container(load("container-bad"), inspected.bound_volumes(load("volumes")))


@pytest.fixture(scope="module")
def good() -> Container:
    return inspected.container(load("container-good"))


def test_who_it_is(bad: Container) -> None:
    assert (bad.name, bad.image, bad.status, bad.up) == ("bad", "tiny:1", "running", True)
    assert bad.id.startswith("1ab28c13") or len(bad.id) == 64
    assert bad.image_id.startswith("sha256:")
    assert bad.created.endswith("Z")
    assert bad.labels == {"password": "(hidden)", "team": "a"}


def test_what_separates_it_from_the_host(bad: Container, good: Container) -> None:
    assert (bad.pid_mode, bad.ipc_mode, bad.uts_mode, bad.network_mode) == ("host", "host", "host", "host")
    assert (good.pid_mode, good.ipc_mode, good.uts_mode, good.network_mode) == ("", "private", "", "default")
    assert (bad.userns_mode, bad.cgroupns_mode, bad.cgroup_parent) == ("", "host", "/other")
    assert set(bad.security_options) == {"seccomp=unconfined", "apparmor=unconfined", "label=disable"}
    assert good.security_options == ("no-new-privileges",)
    assert (bad.cap_add, good.cap_drop) == (("SYS_ADMIN", "NET_ADMIN"), ("ALL",))
    assert bad.devices == (Device("/dev/null", "/dev/xnull", "rwm"),)
    assert bad.device_rules == ("c 1:3 rwm",)
    assert inspected.container(load("container-priv")).privileged
    assert not inspected.container(load("container-priv")).up


def test_what_it_may_use(bad: Container, good: Container) -> None:
    assert (good.memory, good.nano_cpus, good.pids_limit, good.cpuset) == (32 << 20, 500_000_000, 50, "0")
    assert (bad.memory, bad.nano_cpus, bad.pids_limit, bad.cpu_shares) == (0, 0, None, 0)
    assert good.ulimits == (Ulimit("nofile", 100, 200),)
    assert (good.restart, good.restart_attempts) == ("on-failure", 5)
    assert (bad.restart, bad.restart_attempts) == ("always", 0)
    assert inspected.container(load("container-priv")).restart == "no"
    assert (good.init, good.readonly_root, good.runtime, good.log_driver) == (True, True, "runc", "json-file")


def test_health_and_user(bad: Container, good: Container) -> None:
    assert (good.health, good.user) == ("CMD-SHELL", "1000:1000")
    assert good.health_status in ("starting", "healthy")
    assert (bad.health, bad.health_status, bad.user) == ("", "", "")


def test_mounts_of_every_kind(bad: Container, good: Container) -> None:
    by_target = {mount.target: mount for mount in bad.mounts}
    assert by_target["/shared"] == Mount("/srv/engine/shared", "/shared", "bind", True, "rshared")
    assert by_target["/var/run/docker.sock"].source == "/srv/engine/d.sock"
    volume = by_target["/v"]
    assert (volume.kind, volume.name, volume.device) == ("volume", "bound", "/etc")
    assert good.mounts == (Mount("", "/tmp", "tmpfs", False, ""),)


def test_published_ports_are_those_that_are_bound(good: Container) -> None:
    ports = {(port.private, port.protocol): port for port in good.ports}
    assert ports[80, "tcp"] == Port(80, 8080, "127.0.0.1", "tcp")
    assert ports[53, "udp"] == Port(53, 5353, "0.0.0.0", "udp")
    assert ports[9, "tcp"].host_ip == "0.0.0.0"
    assert good.networks == ("bridge",)


def test_no_secret_comes_out(bad: Container) -> None:
    image = inspected.image(load("image-classic"), load("history-classic"))
    for one in (bad, image, *inspected.services(load("services"))):
        assert SECRET not in str(codec.encode(one))
    assert "DB_PASSWORD" in image.environment


def test_a_volume_that_needs_a_password_keeps_it_to_itself() -> None:
    options = {"type": "cifs", "device": "//server/share", "o": "username=u,password=hunter2"}
    network = {"Name": "smb", "Driver": "local", "Options": options}
    tmpfs = {"Name": "t", "Driver": "local", "Options": {"type": "tmpfs", "device": "tmpfs"}}
    other = {"Name": "p", "Driver": "plugin", "Options": {"device": "/etc", "o": "bind"}}
    disk = {"Name": "d", "Driver": "local", "Options": {"type": "ext4", "device": "/dev/sdb1"}}
    assert inspected.bound_volumes({"Volumes": [network, tmpfs, other, disk, {"Name": "x", "Options": None}]}) == {}
    # A device that is no path of the host is none, bound or not.
    odd = {"Name": "o", "Driver": "local", "Options": {"device": ":/export", "o": "bind"}}
    assert inspected.bound_volumes({"Volumes": [odd]}) == {}


def test_gpus_are_shown_as_they_were_asked_for() -> None:
    asked = [
        {"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]},
        {"Driver": "", "Count": 2, "Capabilities": [["gpu", "utility"]]},
        {"Driver": "nvidia", "DeviceIDs": ["GPU-1", "GPU-2"]},
    ]
    found = inspected.container({"HostConfig": {"DeviceRequests": asked}})
    assert found.device_requests == ("nvidia: all", "gpu,utility: 2", "nvidia: GPU-1,GPU-2")


def test_a_container_without_a_name_is_known_by_its_id() -> None:
    assert inspected.container({"Id": "0123456789abcdef"}).name == "0123456789ab"


def test_of_commands_only_those_that_somebody_runs_count() -> None:
    container = load("container-good")
    assert inspected.execs([load("exec-user")], container) == (Exec(False, "0"),)
    assert inspected.execs([load("exec-health")], container) == ()
    over = {**load("exec-user"), "Running": False}
    assert inspected.execs([over], container) == ()


def test_a_health_check_without_a_shell_is_known_too() -> None:
    container = {"Config": {"Healthcheck": {"Test": ["CMD", "/probe", "-q"]}}}
    running = {"Running": True, "ProcessConfig": {"entrypoint": "/probe", "arguments": ["-q"], "user": ""}}
    assert inspected.execs([running], container) == ()
    privileged = {"Running": True, "ProcessConfig": {"entrypoint": "/probe", "arguments": ["-v"], "privileged": True}}
    assert inspected.execs([privileged], container) == (Exec(True, ""),)


def test_the_ids_of_commands() -> None:
    assert inspected.exec_ids({"ExecIDs": ["a", "b"]}) == ("a", "b")
    assert inspected.exec_ids({"ExecIDs": None}) == ()


def test_an_image() -> None:
    image = inspected.image(load("image-classic"), load("history-classic"))
    assert (image.name, image.tags, image.digests, image.user) == ("built0:1", ("built0:1",), (), "1000")
    assert (image.health, image.size > 0) == ("CMD-SHELL", True)
    assert image.created.endswith("Z")
    assert isinstance(image.history, tuple)
    assert len(image.history) >= 8


def test_an_image_without_a_name_has_none() -> None:
    image = inspected.image(
        {"RepoTags": ["<none>:<none>"], "RepoDigests": ["a@<none>", "b@sha256:1"]}, Unknown("refused")
    )
    assert (image.tags, image.digests, image.history) == ((), ("b@sha256:1",), Unknown("refused"))


def test_networks_know_who_is_on_them() -> None:
    inspects = [("bad", load("container-bad")), ("good", load("container-good"))]
    networks = {one.name: one for one in inspected.networks(load("networks"), inspects)}
    assert set(networks) == {"bridge", "host", "none"}
    assert (networks["bridge"].containers, networks["host"].containers) == (("good",), ("bad",))
    assert networks["bridge"].options["com.docker.network.bridge.enable_icc"] == "false"
    assert networks["bridge"].driver == "bridge"


def test_a_service_of_a_swarm() -> None:
    (service,) = inspected.services(load("services"))
    assert service == Service("svc", service.id, {}, "on-failure", 5, (), ("K",))
    assert inspected.services([{"Spec": {"Name": "x"}}])[0].restart_attempts is None


def test_processes_and_commands_are_kept_as_they_are_given() -> None:
    found = inspected.container({}, None, (Process("sshd", 0),), Unknown("refused"))
    assert (found.processes, found.execs) == ((Process("sshd", 0),), Unknown("refused"))


@given(anything(), anything())
def test_any_answer_is_read(data: Any, other: Any) -> None:
    for made in (
        inspected.container(data, inspected.bound_volumes(other)),
        inspected.image(data, other),
        *inspected.networks(data, [("one", other)]),
        *inspected.services(data),
    ):
        assert dataclasses.is_dataclass(made)
        assert codec.decode(type(made), codec.encode(made)) == made
    assert isinstance(inspected.execs([data], other), tuple)
    assert isinstance(inspected.exec_ids(data), tuple)


@pytest.mark.parametrize(
    ("mode", "bound", "expected"),
    [
        ("default", {}, {Port(21, 21, "0.0.0.0", "tcp"), Port(80, 8080, "127.0.0.1", "tcp")}),
        (
            "default",
            {"21/tcp": None, "80/tcp": []},
            {Port(21, 21, "0.0.0.0", "tcp"), Port(80, 8080, "127.0.0.1", "tcp")},
        ),
        (
            "default",
            {"21/tcp": [{"HostIp": "::", "HostPort": "2121"}]},
            {Port(21, 2121, "::", "tcp"), Port(80, 8080, "127.0.0.1", "tcp")},
        ),
        ("host", {}, set()),
        ("none", {}, set()),
        ("container:abc", {}, set()),
    ],
)
def test_ports_that_are_not_bound_yet_are_those_that_will_be(mode: str, bound: object, expected: set[Port]) -> None:
    wanted = {"21/tcp": [{"HostIp": "", "HostPort": "21"}], "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}
    host = {"NetworkMode": mode, "PortBindings": {**wanted, "90/tcp": [{"HostIp": "", "HostPort": ""}]}}
    found = inspected.container({"HostConfig": host, "NetworkSettings": {"Ports": bound}})
    assert set(found.ports) == expected
