"""Snapshots for examples: everything was looked at, nothing special is there, unless an argument says otherwise.

    snapshot(containers=[container(memory=0)])          one running container, called web
    snapshot(daemon=daemon(icc=False))                  daemon.json names with _ for -; the rest has its defaults
    snapshot(daemon=unread_daemon())                    only the API answers: options that it does not tell are unknown
    snapshot(files={Role.SOCKET: [file("/run/docker.sock", 0o660, "root:docker", kind="socket")]})
    snapshot(host={"selinux": True}, engine={"security": {"selinux": ""}}, swarm=swarm(managers=3))

`case(Verdict.FAIL, snapshot(…), "web: no limit")` is an example: verdict and offenders, each `name: value`. Where one container
decides, `web(Verdict.FAIL, "no limit", memory=0)` says the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.cis.daemon import Daemon, Engine, Option, Swarm
from checks.cis.facts import Container, Image, Network
from checks.cis.host import Audit, File, Host, Role, Stat
from checks.cis.snapshot import Policy, Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict

DENIED = Unknown("permission denied")


@dataclasses.dataclass(frozen=True)
class Case:
    """What a check has to say of a snapshot; `says` has to be in its evidence."""

    verdict: Verdict
    snapshot: Snapshot
    offenders: tuple[str, ...] = ()
    says: str = ""


def case(verdict: Verdict, facts: Snapshot, *offenders: str, says: str = "") -> Case:
    return Case(verdict, facts, offenders, says)


def web(verdict: Verdict, value: str = "", /, *, says: str = "", **changes: Any) -> Case:
    """Return an example of one running container with these facts: what is said of it, empty where it is no offender."""
    return Case(verdict, snapshot(containers=[container(**changes)]), (f"web: {value}",) if value else (), says)


def container(name: str = "web", **changes: Any) -> Container:
    """Return a running container as `docker run` makes it, whose processes were read."""
    standard: dict[str, Any] = {"id": f"{name}-id", "image": f"{name}:1", "processes": (), "execs": ()}
    return Container(name, **(standard | changes))


def image(name: str = "web:1", **changes: Any) -> Image:
    return Image(**({"id": f"sha256:{name}", "tags": (name,), "history": ()} | changes))


def network(name: str = "front", **changes: Any) -> Network:
    return Network(name, **changes)


def daemon(**options: object) -> Daemon:
    """Return a daemon of which everything could be read, with these in its daemon.json."""
    told = {name.replace("_", "-"): Option(value, "/etc/docker/daemon.json") for name, value in options.items()}
    return Daemon(told, unread="", uid=0, program="/usr/bin/dockerd")


def unread_daemon(**options: object) -> Daemon:
    """Return a daemon of which only the API is known."""
    told = {name.replace("_", "-"): Option(value, "the API") for name, value in options.items()}
    return Daemon(told, unread="only the API answers", kind="remote", uid=DENIED, program=DENIED)


def file(path: str, mode: int = 0o644, owner: str = "root:root", *, kind: str = "file", real: str = "") -> File:
    """Return a file of `user:group`; root is 0, docker 999, others 1000."""
    user, _, group = owner.partition(":")
    uid, gid = ({"root": 0, "docker": 999}.get(one, 1000) for one in (user, group))
    return File(path, Stat(kind, uid, gid, mode, user, group), real or path)


def unread_file(path: str) -> File:
    return File(path, DENIED)


def swarm(**changes: Any) -> Swarm:
    """Return a swarm of one manager, this node, of which everything is known."""
    standard: dict[str, Any] = {
        "state": "active",
        "manager": True,
        "managers": 1,
        "nodes": 1,
        "autolock": True,
        "certificate_seconds": 172800,
        "ca_issued": "2026-01-01T00:00:00Z",
        "ca_rotations": 0,
        "node_address": "192.0.2.1",
        "listen_address": "192.0.2.1:2377",
        "advertise_address": "192.0.2.1",
        "data_path_address": "",
        "secrets": (),
        "services": (),
    }
    return Swarm(**(standard | changes))


def snapshot(
    *,
    containers: Iterable[Container] | Unknown = (),
    images: Iterable[Image] | Unknown = (),
    networks: Iterable[Network] | Unknown = (),
    daemon: Daemon | None = None,
    engine: Mapping[str, Any] | None = None,
    host: Mapping[str, Any] | None = None,
    files: Mapping[Role, Sequence[File] | Unknown] | None = None,
    swarm: Swarm | Unknown | None = None,
    policy: Policy | None = None,
) -> Snapshot:
    """Return a snapshot of a host where the collector could read everything."""
    return Snapshot(
        collected="2026-06-01T12:00:00Z",
        host=_host(host or {}, files or {}),
        engine=Engine(**({"version": "28.2.2", "storage_driver": "overlay2"} | dict(engine or {}))),
        daemon=daemon or Daemon(unread="", uid=0, program="/usr/bin/dockerd"),
        swarm=Swarm() if swarm is None else swarm,
        containers=_tuple(containers),
        images=_tuple(images),
        networks=_tuple(networks),
        policy=policy or Policy(),
    )


def _host(changes: Mapping[str, Any], files: Mapping[Role, Sequence[File] | Unknown]) -> Host:
    standard: dict[str, Any] = {
        "name": "host",
        "os": "Debian GNU/Linux 12 (bookworm)",
        "kernel": "6.1.0",
        "apparmor": False,
        "selinux": False,
        "mounts": (),
        "docker_group": None,
        "socket_groups": (),
        "audit": Audit((), ()),
        "content_trust": {},
        "listeners": (),
        "files": {str(role): _tuple(files.get(role, ())) for role in Role},
    }
    return Host(**(standard | dict(changes)))


def _tuple(items: Iterable[Any] | Unknown) -> tuple[Any, ...] | Unknown:
    return items if isinstance(items, Unknown) else tuple(items)
