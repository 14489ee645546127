"""What is known of the engine: what its API says, the configuration that is in force, its swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from checks.cis.facts import Service
from checks.cis.unknown import NOT_COLLECTED, Unknown


@dataclass(frozen=True, slots=True)
class Engine:
    """What the API's `info` and `version` say. security: SecurityOptions as name → profile (`seccomp` → `default`)."""

    id: str = ""
    version: str = ""
    api_version: str = ""
    kernel: str = ""
    os: str = ""
    storage_driver: str = ""
    logging_driver: str = ""
    cgroup_driver: str = ""
    cgroup_version: str = ""
    data_root: str = ""
    live_restore: bool = False
    experimental: bool = False
    memory_limit: bool = True
    pids_limit: bool = True
    cpu_limit: bool = True
    security: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def rootless(self) -> bool:
        """Whether the daemon itself says that it runs without root."""
        return "rootless" in self.security


@dataclass(frozen=True, slots=True)
class Option:
    """An effective setting of the daemon. source: `--icc=false`, `/etc/docker/daemon.json`, `the API`, `default`.

    value: bool, str or int; lists are tuples of str; log-opts, default-ulimits are mappings name → text ("1024:2048").
    """

    value: Any
    source: str = "default"


DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "authorization-plugins": (),
        "cgroup-parent": "",
        "containerd": "",
        "debug": False,
        "default-ulimits": MappingProxyType({}),
        "experimental": False,
        "group": "docker",
        "hosts": (),
        "icc": True,
        "insecure-registries": (),
        "iptables": True,
        "live-restore": False,
        "log-driver": "json-file",
        "log-level": "info",
        "log-opts": MappingProxyType({}),
        "no-new-privileges": False,
        "seccomp-profile": "",
        "storage-driver": "",
        "storage-opts": (),
        "tls": False,
        "tlscacert": "",
        "tlscert": "",
        "tlskey": "",
        "tlsverify": False,
        "userland-proxy": True,
        "userns-remap": "",
    }
)
"""What dockerd does where nothing says otherwise, under the names of daemon.json; the options that checks may ask for."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """The configuration that is in force: flags, daemon.json, API, joined by the collector under daemon.json's names.

    options: what is set or what the API tells. unread: why flags or file could not be read, empty where both were: then what
    is not in `options` has its default, else it is Unknown. uid: of the daemon's process, as the host sees it.
    kind: system, embedded, rootless, remote. program: its path.
    """

    options: Mapping[str, Option] = field(default_factory=dict)
    unread: str = NOT_COLLECTED.reason
    kind: str = "system"
    uid: int | Unknown = NOT_COLLECTED
    program: str | Unknown = NOT_COLLECTED

    def option(self, name: str) -> Option | Unknown:
        """Return a setting with where it comes from. KeyError for a name that is not in DEFAULTS: a typing error."""
        default = DEFAULTS[name]
        found = self.options.get(name)
        if found is not None:
            return found
        return Unknown(self.unread) if self.unread else Option(default)


@dataclass(frozen=True, slots=True)
class Swarm:
    """The swarm, as this node knows it. state: inactive, pending, active, error, locked.

    What only managers know is Unknown on a worker. certificate_seconds: how long node certificates hold; ca_issued: when its CA
    certificate was made, and ca_rotations how often that was asked for; addresses as `swarm init` was told them.
    """

    state: str = "inactive"
    manager: bool = False
    node_address: str = ""
    managers: int | Unknown = NOT_COLLECTED
    nodes: int | Unknown = NOT_COLLECTED
    autolock: bool | Unknown = NOT_COLLECTED
    certificate_seconds: int | Unknown = NOT_COLLECTED
    ca_issued: str | Unknown = NOT_COLLECTED
    ca_rotations: int | Unknown = NOT_COLLECTED
    listen_address: str | Unknown = NOT_COLLECTED
    advertise_address: str | Unknown = NOT_COLLECTED
    data_path_address: str | Unknown = NOT_COLLECTED
    secrets: tuple[str, ...] | Unknown = NOT_COLLECTED
    services: tuple[Service, ...] | Unknown = NOT_COLLECTED

    @property
    def active(self) -> bool:
        """Whether this node is in a swarm, locked or not."""
        return self.state not in ("", "inactive")
