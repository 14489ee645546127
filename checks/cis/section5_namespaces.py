"""Section 5 of the benchmark, namespaces: which of the host's containers share, by themselves or through another container."""

from __future__ import annotations

from collections.abc import Callable

from checks.cis.check import Outcome, check
from checks.cis.facts import Container
from checks.cis.judging import Fault, running
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown

_JOINED = "container:"

_THROUGH = (
    "a container that joins the namespace of one that shares the host's (`container:NAME`) shares the host's too: "
    "docker-bench-security passes it, we fail it"
)


def _of_the_host(snapshot: Snapshot, mode: Callable[[Container], str], kind: str) -> Outcome:
    """Judge which containers are in the host's namespace of a kind, by that mode, following `container:…` to its end."""
    everyone = () if isinstance(snapshot.containers, Unknown) else snapshot.containers
    by_name = {name: one for one in everyone for name in (one.name, one.id)}

    def fault(container: Container) -> Fault:
        now, joined = container, [container.name]
        while mode(now).startswith(_JOINED):
            target = mode(now).removeprefix(_JOINED)
            found = by_name.get(target)
            if found is None or found.name in joined:
                return Unknown(f"it joins the {kind} namespace of {target[:12]}, which is not there")
            now = found
            joined.append(now.name)
        return " through ".join(["the host's", *joined[1:]]) if mode(now) == "host" else None

    return running(snapshot, fault, f"none shares the host's {kind} namespace")


@check(
    "5.10",
    "The host's network namespace is not shared",
    reads="HostConfig.NetworkMode of each running container and of those whose namespace it joins.",
    decides="Fails for `host`, and for `container:NAME` that ends at a container with `host`.",
    remedy="Start it without `--network host` (compose: `network_mode`), and publish ports: `--publish 127.0.0.1:8080:80`.",
    deviation=_THROUGH,
)
def network(snapshot: Snapshot) -> Outcome:
    return _of_the_host(snapshot, lambda container: container.network_mode, "network")


@check(
    "5.16",
    "The host's process namespace is not shared",
    reads="HostConfig.PidMode of each running container and of those whose namespace it joins.",
    decides="Fails for `host`, and for `container:NAME` that ends at a container with `host`.",
    remedy="Start it without `--pid host` (compose: `pid`); `--pid container:NAME` shows it one container's processes.",
    deviation=_THROUGH,
)
def processes(snapshot: Snapshot) -> Outcome:
    return _of_the_host(snapshot, lambda container: container.pid_mode, "process")


@check(
    "5.17",
    "The host's IPC namespace is not shared",
    reads="HostConfig.IpcMode of each running container and of those whose namespace it joins.",
    decides="Fails for `host`, and for `container:NAME` that ends at a container with `host`.",
    remedy="Start it without `--ipc host` (compose: `ipc`); containers share with `--ipc shareable` and `--ipc container:NAME`.",
    deviation=_THROUGH,
)
def ipc(snapshot: Snapshot) -> Outcome:
    return _of_the_host(snapshot, lambda container: container.ipc_mode, "IPC")


@check(
    "5.21",
    "The host's UTS namespace is not shared",
    reads="HostConfig.UTSMode of each running container.",
    decides="Fails for `host`: such a container can rename its host.",
    remedy="Start it without `--uts host` (compose: `uts`); `--hostname NAME` names the container.",
)
def uts(snapshot: Snapshot) -> Outcome:
    return _of_the_host(snapshot, lambda container: container.uts_mode, "UTS")


@check(
    "5.31",
    "The host's user namespace is not shared",
    reads="HostConfig.UsernsMode of each running container. Whether the daemon remaps users at all is a check of section 2.",
    decides="Fails for `host`: such a container is exempt from the daemon's remapping.",
    remedy="Start it without `--userns host` (compose: `userns_mode`).",
)
def users(snapshot: Snapshot) -> Outcome:
    return _of_the_host(snapshot, lambda container: container.userns_mode, "user")


CHECKS = (network, processes, ipc, uts, users)
