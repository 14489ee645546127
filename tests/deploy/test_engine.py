"""What the role docker_engine promises, seen over ssh on the host."""

from __future__ import annotations

import json
from typing import Any

import pytest
from testinfra.host import Host

from checks.host import proc


def _info(host: Host) -> dict[str, Any]:
    return dict(json.loads(host.check_output("docker info --format '{{json .}}'")))


def _daemon(host: Host) -> dict[str, Any]:
    return dict(json.loads(host.file("/etc/docker/daemon.json").content_string))


def test_the_package_is_installed_and_its_service_runs(host: Host) -> None:
    assert host.package("docker.io").is_installed
    assert host.service("docker").is_running
    assert host.service("docker").is_enabled


def test_one_engine_runs_as_root(host: Host) -> None:
    daemons = host.process.filter(comm="dockerd")
    assert [daemon.user for daemon in daemons] == ["root"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("userns-remap", "default"),
        ("live-restore", True),
        ("userland-proxy", False),
        ("no-new-privileges", True),
        ("icc", False),
        ("log-opts", {"max-file": "3", "max-size": "10m"}),
        ("tlsverify", True),
    ],
)
def test_daemon_json_says(host: Host, option: str, value: object) -> None:
    assert _daemon(host)[option] == value


def test_what_daemon_json_says_is_in_force(host: Host) -> None:
    info = _info(host)
    assert "name=userns" in info["SecurityOptions"]
    assert info["LiveRestoreEnabled"]
    assert info["LoggingDriver"] == "json-file"
    assert info["Driver"] == "overlay2"
    assert not host.process.filter(comm="docker-proxy")
    options = json.loads(host.check_output("docker network inspect bridge --format '{{json .Options}}'"))
    assert options["com.docker.network.bridge.enable_icc"] == "false"


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/etc/docker", 0o755),
        ("/etc/docker/daemon.json", 0o644),
        ("/etc/default/docker", 0o644),
        ("/etc/docker/tls/ca.pem", 0o444),
        ("/etc/docker/tls/cert.pem", 0o444),
        ("/etc/docker/tls/key.pem", 0o400),
        ("/etc/audit/rules.d/docker.rules", 0o640),
        ("/etc/logrotate.d/docker", 0o644),
        ("/lib/systemd/system/docker.service", 0o644),
        ("/lib/systemd/system/docker.socket", 0o644),
    ],
)
def test_files_belong_to_root_with_the_mode_of_the_benchmark(host: Host, path: str, mode: int) -> None:
    file = host.file(path)
    assert (file.user, file.group, file.mode) == ("root", "root", mode)


def test_the_socket_is_for_root_and_the_group(host: Host) -> None:
    socket = host.file("/run/docker.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "docker", 0o660)


def test_who_was_named_controls_the_engine_and_nobody_else(host: Host) -> None:
    assert host.group("docker").members == ["deployer"]


def test_the_registry_is_known_by_its_authority(host: Host, registry: str) -> None:
    file = host.file(f"/etc/docker/certs.d/{registry}/ca.crt")
    assert (file.user, file.mode) == ("root", 0o444)
    assert _info(host)["RegistryConfig"]["InsecureRegistryCIDRs"] == ["127.0.0.0/8"]


def test_audit_rules_are_laid_down_where_the_kernel_takes_none(host: Host) -> None:
    rules = host.file("/etc/audit/rules.d/docker.rules").content_string
    for path in ("/usr/sbin/dockerd", "/etc/docker", "/var/lib/docker", "/usr/sbin/runc", "/etc/default/docker"):
        assert f"-w {path} -p wa -k docker\n" in rules
    assert not host.package("auditd").is_installed  # a pid namespace of its own: the kernel refuses its rules


def test_the_log_of_the_engine_is_bounded(host: Host) -> None:
    done = host.run("/usr/sbin/logrotate --debug /etc/logrotate.d/docker")
    assert done.rc == 0, done.stderr
    assert "/var/log/docker.log" in done.stderr + done.stdout


def test_the_tcp_socket_lets_in_who_shows_a_certificate(address: str, client: list[str]) -> None:
    done = proc.run(["curl", "-sS", "--noproxy", "*", *client, f"https://{address}:2376/version"], timeout=20)
    assert json.loads(done.out)["Os"] == "linux"


def test_the_tcp_socket_lets_in_nobody_else(address: str, client: list[str]) -> None:
    authority = client[:2]
    done = proc.run(["curl", "-sS", "--noproxy", "*", *authority, f"https://{address}:2376/version"], timeout=20)
    assert not done.ok
    assert "certificate required" in done.err or "bad certificate" in done.err
    plain = proc.run(["curl", "-sS", "--noproxy", "*", f"http://{address}:2376/version"], timeout=20)
    assert '"Os"' not in plain.out
