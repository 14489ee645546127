"""What a machine's texts say, and where the benchmark's files are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import machine, places
from checks.cis.daemon import Option
from checks.cis.host import Listener, MountPoint, Role
from checks.cis.places import Setting
from checks.cis.unknown import Unknown

MOUNTINFO = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
35 22 254:0 /var/lib/docker /var/lib/docker rw,relatime shared:1 - ext4 /dev/vda rw
36 22 0:30 / /mnt/with\\040space rw master:2 - tmpfs tmp\\011fs rw,size=1k
"""
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000:0949 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   2: 0100007F:0947 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 1 1
"""
TCP6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0949 00000000000000000000000000000000:0000 0A 0
   1: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 0
"""


def test_mounts() -> None:
    assert machine.mounts(MOUNTINFO) == (
        MountPoint("/", "/dev/vda", "ext4"),
        MountPoint("/var/lib/docker", "/dev/vda", "ext4", "/var/lib/docker"),
        MountPoint("/mnt/with space", "tmp\tfs", "tmpfs"),
    )


def test_a_mount_without_options_of_its_file_system_is_one() -> None:
    assert machine.mounts("1 2 8:1 / /data rw - xfs /dev/sdb\n") == (MountPoint("/data", "/dev/sdb", "xfs"),)
    assert machine.mounts("1 2 8:1 / /data rw - xfs\n1 2 8:1 / - xfs /dev/sdb\n") == ()


def test_listeners() -> None:
    assert machine.listeners([TCP, TCP6, ""]) == (
        Listener("127.0.0.1", 2375),
        Listener("0.0.0.0", 2377),
        Listener("::", 2377),
        Listener("127.0.0.1", 80),
    )


def test_audit_rules() -> None:
    text = "# a comment\n\n -w /usr/bin/dockerd -k docker \n-D\n"
    assert machine.audit_lines(text) == ("-w /usr/bin/dockerd -k docker", "-D")
    assert machine.audit_lines("No rules\n") == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', "Debian GNU/Linux 12 (bookworm)"),
        ("PRETTY_NAME=Alpine\n", "Alpine"),
        ("PRETTY_NAME='un\n", "'un"),
        ("", ""),
    ],
)
def test_the_name_of_a_system(text: str, name: str) -> None:
    assert machine.os_name(text) == name


def test_where_content_trust_is_set() -> None:
    texts = {
        "/etc/environment": "PATH=/bin\nDOCKER_CONTENT_TRUST=1\n",
        "/etc/profile": "export DOCKER_CONTENT_TRUST=0\nexport DOCKER_CONTENT_TRUST='1'\n",
        "/etc/csh": "setenv DOCKER_CONTENT_TRUST 1\n",
        "/etc/bashrc": "# DOCKER_CONTENT_TRUST=1\nDOCKER_CONTENT_TRUST_SERVER=x\n",
        "/root/.profile": 'DOCKER_CONTENT_TRUST=""\n',
    }
    found = {"/etc/environment": "1", "/etc/profile": "1", "/etc/csh": "1", "/root/.profile": ""}
    assert machine.content_trust(texts) == found


def test_apparmor() -> None:
    assert [machine.apparmor(text) for text in ("Y\n", "N\n", "")] == [True, False, False]
    assert machine.apparmor(Unknown("denied")) == Unknown("denied")


def test_the_places_of_a_system() -> None:
    setting = Setting(program="/opt/bin/dockerd", socket="/run/docker.sock")
    every, first = places.of_all(setting), places.of_first(setting)
    assert set(every) | set(first) | {Role.REGISTRY_CERTIFICATES} == set(Role)
    assert every[Role.SOCKET] == ("/var/run/docker.sock", "/run/docker.sock")
    assert every[Role.CONFIG_DIRECTORY] == ("/etc/docker",)
    assert every[Role.TLS_CA] == every[Role.TLS_KEY] == ()
    assert first[Role.DOCKERD] == ("/opt/bin/dockerd",)
    assert first[Role.RUNC][0] == "/opt/bin/runc"
    assert first[Role.DOCKER_SERVICE][0] == "/etc/systemd/system/docker.service"
    assert first[Role.CONTAINERD_SOCKET] == (
        "/var/run/docker/containerd/containerd.sock",
        "/run/containerd/containerd.sock",
    )
    assert Setting().program == ""
    assert "/usr/bin/dockerd" in places.of_first(Setting())[Role.DOCKERD]


def _set(**options: object) -> Setting:
    return Setting(options={name.replace("_", "-"): Option(value, "") for name, value in options.items()})


@pytest.mark.parametrize(
    ("hosts", "sockets"),
    [
        (("fd://",), ("/var/run/docker.sock",)),
        (("unix:///a", "tcp://b", "unix://"), ("/a", "/var/run/docker.sock")),
        (("tcp://b",), ()),
    ],
)
def test_the_sockets_of_a_daemon(hosts: tuple[str, ...], sockets: tuple[str, ...]) -> None:
    assert tuple(places.of_all(_set(hosts=hosts))[Role.SOCKET]) == sockets


def test_the_files_of_tls() -> None:
    named = places.of_all(_set(tlscacert="/a", tlscert="/b", tlskey="/c"))
    assert [named[role] for role in (Role.TLS_CA, Role.TLS_CERTIFICATE, Role.TLS_KEY)] == [("/a",), ("/b",), ("/c",)]
    default = places.of_all(_set(tlsverify=True))
    assert default[Role.TLS_CA] == ("/root/.docker/ca.pem",)
    assert default[Role.TLS_KEY] == ("/root/.docker/key.pem",)
    assert places.of_all(_set(tls=True))[Role.TLS_CA] == ()
    assert places.of_all(_set(tlsverify=False))[Role.TLS_CA] == ()


def test_a_containerd_that_is_named() -> None:
    assert places.of_first(_set(containerd="/run/c.sock"))[Role.CONTAINERD_SOCKET] == ("/run/c.sock",)


def test_the_places_of_a_rootless_engine() -> None:
    path = places.config_file(True, {"HOME": "/home/u"}, "")
    assert path == "/home/u/.config/docker/daemon.json"
    assert places.config_file(True, {"XDG_CONFIG_HOME": "/x"}, "") == "/x/docker/daemon.json"
    assert places.config_file(False, {"XDG_CONFIG_HOME": "/x"}, "") == "/etc/docker/daemon.json"
    setting = Setting(config_file=path, rootless=True, home="/home/u", run="/run/user/1000")
    every, first = places.of_all(setting), places.of_first(setting)
    assert every[Role.SOCKET] == ("/run/user/1000/docker.sock",)
    assert every[Role.REGISTRIES] == ("/home/u/.config/docker/certs.d",)
    assert every[Role.CONFIG_DIRECTORY] == ("/home/u/.config/docker",)
    assert first[Role.DOCKER_SERVICE][0] == "/home/u/.config/systemd/user/docker.service"
    assert first[Role.CONTAINERD_SOCKET][0] == "/run/user/1000/docker/containerd/containerd.sock"


def test_certificates_of_registries() -> None:
    assert [places.is_certificate(name) for name in ("ca.crt", "a.cert", "a.key", "readme", "a.key.old")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    lines = text + "\n1 2 3:4 / /x rw - ext4 " + text
    assert isinstance(machine.mounts(lines), tuple)
    assert isinstance(machine.listeners([text, "\n0: " + text + ":1 0 0A"]), tuple)
    assert isinstance(machine.audit_lines(text), tuple)
    assert isinstance(machine.os_name("PRETTY_NAME=" + text), str)
    assert isinstance(machine.content_trust({"f": text}), dict)
