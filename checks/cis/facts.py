"""What the engine knows: containers, images, networks, services, as far as a check of the benchmark needs it.

Everything is frozen and has a default that is harmless, or NOT_COLLECTED where being harmless would be a guess. Values of
environment variables, commands and other places where secrets live are not here: see `checks.cis.redact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.cis.unknown import NOT_COLLECTED, Unknown

UP = frozenset({"running", "paused", "restarting"})
"""The states in which a container counts as running, as `docker ps` counts."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of a container.

    kind: bind, volume, tmpfs, npipe. source: the path on the host (of a volume: its folder). device: of a volume of the local
    driver, the path that it is bound to by its options, else empty. propagation: rprivate, shared, rshared, slave …
    """

    source: str
    target: str
    kind: str = "bind"
    writable: bool = True
    propagation: str = "rprivate"
    name: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """A published port: what is bound, else what is to be bound. host_ip as the engine writes it: 0.0.0.0, ::, ''."""

    private: int
    public: int
    host_ip: str = "127.0.0.1"
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the host inside: `access` is its cgroup permission, as rwm."""

    host_path: str
    path: str
    access: str = "rwm"


@dataclass(frozen=True, slots=True)
class Ulimit:
    """A limit that the container itself sets, or got from the daemon's default when it was made."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Process:
    """A process. `name` is its program (comm or the first argument's last part); uid as its own user namespace sees it."""

    name: str
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Exec:
    """A command that somebody runs in a container at this moment by `docker exec`; not what it is."""

    privileged: bool = False
    user: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """One container as `inspect` shows it; None and 0 as the engine writes them where no limit is set.

    name: without the slash. image: as it was asked for; image_id: sha256:… user: Config.User (empty: root).
    health: first word of the health check that is in force (CMD, CMD-SHELL, NONE), empty where there is none.
    security_options: HostConfig.SecurityOpt, inlined profiles replaced by `seccomp=custom:<fingerprint>`.
    network_mode, pid_mode, ipc_mode, uts_mode, userns_mode, cgroupns_mode: as in HostConfig (`host`, `container:…`, '').
    memory: bytes. cpu_quota: microseconds per period. processes: of a running one, its own first; Unknown: not readable.
    apparmor: AppArmorProfile. process_label: the SELinux label. service_id: of the swarm service whose task it is, or ''.
    log_driver: HostConfig.LogConfig.Type. networks: names.
    """

    name: str
    id: str = ""
    image: str = ""
    image_id: str = ""
    status: str = "running"
    created: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    health: str = ""
    health_status: str = ""
    apparmor: str = ""
    process_label: str = ""
    security_options: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    privileged: bool = False
    readonly_root: bool = False
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    networks: tuple[str, ...] = ()
    network_mode: str = "default"
    pid_mode: str = ""
    ipc_mode: str = "private"
    uts_mode: str = ""
    userns_mode: str = ""
    cgroupns_mode: str = ""
    cgroup_parent: str = ""
    memory: int = 0
    cpu_shares: int = 0
    nano_cpus: int = 0
    cpu_quota: int = 0
    cpuset: str = ""
    pids_limit: int | None = None
    ulimits: tuple[Ulimit, ...] = ()
    devices: tuple[Device, ...] = ()
    device_rules: tuple[str, ...] = ()
    device_requests: tuple[str, ...] = ()
    restart: str = "no"
    restart_attempts: int = 0
    init: bool = False
    runtime: str = ""
    log_driver: str = ""
    service_id: str = ""
    processes: tuple[Process, ...] | Unknown = NOT_COLLECTED
    execs: tuple[Exec, ...] | Unknown = NOT_COLLECTED

    @property
    def up(self) -> bool:
        """Whether it counts as running."""
        return self.status in UP


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an image's history, newest first in `Image.history`, without anything that may be secret.

    instruction: the Dockerfile's word in capitals (`RUN`, `ADD`, `COPY`, `ENV`, `CMD` …), empty where none can be told (an
        imported layer). The classic builder's `#(nop) ADD file:…` is ADD as BuildKit's `ADD … # buildkit` is.
    names: of variables that ENV or ARG set, or RUN was given; never their values.
    commands: of RUN: each simple command as program, subcommand and known options only: ("apt-get", "install", "-y"),
        ("curl", "--insecure"), ("chmod", "u+s"). ADD: the sources' kind: ("url",), ("file",), ("archive",).
    """

    instruction: str
    names: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    size: int = 0
    created: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """One image: what `docker images` lists, each id once. digests: it came from, or was pushed to, a registry.

    health: first word of its HEALTHCHECK, `NONE` where it switches one off, empty where it has none. size in bytes.
    environment: names of its ENV only.
    """

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    health: str = ""
    created: str = ""
    size: int = 0
    environment: tuple[str, ...] = ()
    history: tuple[Step, ...] | Unknown = NOT_COLLECTED

    @property
    def name(self) -> str:
        """Its first tag, else its short id."""
        return self.tags[0] if self.tags else self.id.removeprefix("sha256:")[:12]


@dataclass(frozen=True, slots=True)
class Network:
    """One network. options: the driver's (`com.docker.network.bridge.name`, `encrypted`); containers: ids of those on it."""

    name: str
    id: str = ""
    driver: str = "bridge"
    scope: str = "local"
    internal: bool = False
    ingress: bool = False
    attachable: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A swarm service: RestartPolicy of its task template; attempts None where there is no bound."""

    name: str
    id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    restart: str = "any"
    restart_attempts: int | None = None
    secrets: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
