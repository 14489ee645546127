"""What is known of the machine: files, mounts, groups, audit rules, sockets. What could not be read is Unknown."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.cis.unknown import NOT_COLLECTED, Unknown


class Role(enum.StrEnum):
    """What a file is to the benchmark. The collector finds out where it is on this host; checks speak of roles."""

    DOCKERD = "dockerd"  # the daemon's program
    DATA_ROOT = "data-root"  # /var/lib/docker, without the folder of the user remapping
    CONFIG_DIRECTORY = "config-directory"  # /etc/docker
    DAEMON_JSON = "daemon.json"  # as --config-file says
    DOCKER_SERVICE = "docker.service"  # the systemd unit that is in force
    DOCKER_SOCKET_UNIT = "docker.socket"
    CONTAINERD_SOCKET_UNIT = "containerd.sock"  # the unit file of that name, where a distribution has one
    DEFAULT_DOCKER = "default-docker"  # /etc/default/docker
    SYSCONFIG_DOCKER = "sysconfig-docker"  # /etc/sysconfig/docker
    REGISTRIES = "certs.d"  # the folder /etc/docker/certs.d
    REGISTRY_CERTIFICATES = "registry-certificates"  # every certificate (*.crt, *.cert) and key (*.key) in it
    TLS_CA = "tlscacert"
    TLS_CERTIFICATE = "tlscert"
    TLS_KEY = "tlskey"
    SOCKET = "docker-socket"  # every unix socket that the daemon listens on
    CONTAINERD = "containerd"  # programs
    CONTAINERD_SHIM = "containerd-shim"
    CONTAINERD_SHIM_V1 = "containerd-shim-runc-v1"
    CONTAINERD_SHIM_V2 = "containerd-shim-runc-v2"
    RUNC = "runc"
    CONTAINERD_CONFIG = "containerd-config"  # /etc/containerd/config.toml
    CONTAINERD_RUN = "containerd-run"  # /run/containerd
    CONTAINERD_SOCKET = "containerd-socket"


@dataclass(frozen=True, slots=True)
class Stat:
    """A file's metadata, links followed. kind: file, directory, socket, other. mode: the permission bits, set-id bits too.

    owner and group are names, as this host's databases have them, else the number in digits.
    """

    kind: str
    uid: int
    gid: int
    mode: int
    owner: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is there, or whose being there could not be told (stat Unknown). real: where links lead, else the path."""

    path: str
    stat: Stat | Unknown = NOT_COLLECTED
    real: str = ""

    @property
    def name(self) -> str:
        """Its path: what reports call it."""
        return self.path


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A line of mountinfo, as the daemon sees it: where, what is mounted, and which part of that (`root`, / for all of it)."""

    target: str
    source: str = ""
    kind: str = ""
    root: str = "/"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of this host with its members, those too whose primary group it is."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """Audit rules as lines, comments and empty lines left out. loaded: what the kernel holds; files: what auditd would load.

    Where the kernel's cannot be read they are Unknown with the reason.
    """

    loaded: tuple[str, ...] | Unknown = NOT_COLLECTED
    files: tuple[str, ...] | Unknown = NOT_COLLECTED


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket that listens on this host, seen from the engine's network namespace; address as 0.0.0.0, ::, 127.0.0.1."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Host:
    """The machine.

    files: by role; an empty tuple: looked, and there is none; several where several play the role; Unknown: could not look.
    content_trust: where DOCKER_CONTENT_TRUST is set → its value (`/etc/environment`, `the environment`, …).
    docker_group: None where there is none; socket_groups: groups that may write to the engine's socket, by their numbers.
    apparmor, selinux: whether the kernel has it switched on. listeners: of port 2377 and the daemon's TCP ports at least.
    """

    name: str = ""
    os: str = ""
    kernel: str = ""
    root: bool = True
    apparmor: bool | Unknown = NOT_COLLECTED
    selinux: bool | Unknown = NOT_COLLECTED
    mounts: tuple[MountPoint, ...] | Unknown = NOT_COLLECTED
    docker_group: Group | Unknown | None = NOT_COLLECTED
    socket_groups: tuple[Group, ...] | Unknown = NOT_COLLECTED
    audit: Audit = field(default_factory=Audit)
    content_trust: Mapping[str, str] | Unknown = NOT_COLLECTED
    listeners: tuple[Listener, ...] | Unknown = NOT_COLLECTED
    files: Mapping[str, tuple[File, ...] | Unknown] = field(default_factory=dict)

    def role(self, role: Role) -> tuple[File, ...] | Unknown:
        """Return the files of a role; Unknown where the collector did not look for them."""
        return self.files.get(role, NOT_COLLECTED)
