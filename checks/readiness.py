"""Is it ready, or dead? A function of what the engine says of the containers of a stack."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

ONESHOT = "checks.oneshot"
"""The label, with the value true, of a service that is meant to end by itself though none waits for it to complete."""


class State(enum.Enum):
    """Where a container stands on its way to being ready."""

    READY = "ready"
    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True)
class Container:
    """What the engine says of one container.

    status: created, running, restarting, exited, dead, paused, removing; health: "" where it has no check, else starting,
    healthy, unhealthy; exit_code of its last end; restarts so far; detail: what its last health check printed; id, and
    started: when it was last, as the engine writes it.
    """

    service: str
    name: str
    status: str
    health: str = ""
    exit_code: int = 0
    restarts: int = 0
    oom_killed: bool = False
    detail: str = ""
    id: str = ""
    started: str = ""


@dataclass(frozen=True)
class Judged:
    """A container and where it stands, with the reason in words."""

    container: Container
    state: State
    reason: str


def since(containers: Iterable[Container], before: Iterable[Container], *, begun: bool) -> list[Container]:
    """Return what containers did since they were seen `before`: restarts of then do not count against them.

    Until all are `begun`, one that had ended before and was not started since is as if it were not there.
    """
    known = {item.id: item for item in before}
    found = []
    for item in containers:
        old = known.get(item.id)
        if old is None or old.status in ("running", "restarting"):
            found.append(replace(item, restarts=max(item.restarts - (old.restarts if old else 0), 0)))
        elif begun or item.started != old.started:
            found.append(item)
    return found


def judge(container: Container, once: Collection[str] = ()) -> Judged:
    """Say where one container stands; `once` are the services that are meant to end by themselves."""
    state, reason = _judge(container, container.service in once)
    return Judged(container, state, reason)


def _judge(container: Container, once: bool) -> tuple[State, str]:
    if container.status in ("exited", "dead"):
        return _ended(container, once)
    if container.status == "restarting" or container.restarts:
        # Of one that runs again the engine has forgotten how it ended.
        how = "" if container.status == "running" else f" with exit code {container.exit_code}"
        return State.DEAD, f"ended{how} and was started again{_oom(container)}"
    if container.status != "running":
        return State.WAITING, container.status
    if once:
        return State.WAITING, "has not ended yet"
    if container.health == "unhealthy":
        return State.DEAD, f"is unhealthy: {container.detail or 'its health check says nothing'}"
    if container.health in ("", "none", "healthy"):
        return State.READY, "healthy" if container.health == "healthy" else "running (it has no health check)"
    return State.WAITING, f"health {container.health}"


def _ended(container: Container, once: bool) -> tuple[State, str]:
    if once and container.exit_code == 0 and container.status == "exited":
        return State.READY, "completed"
    meant = f"; where it is meant to end, label it {ONESHOT}: 'true'" if container.exit_code == 0 and not once else ""
    return State.DEAD, f"ended with exit code {container.exit_code}{_oom(container)}{meant}"


def _oom(container: Container) -> str:
    return " (out of memory)" if container.oom_killed else ""


def overall(judged: Iterable[Judged], expected: Collection[str]) -> State:
    """Say where the stack stands: dead as soon as one is, ready when every expected service is."""
    items = tuple(judged)
    if any(item.state is State.DEAD for item in items):
        return State.DEAD
    seen = {item.container.service for item in items}
    if seen >= set(expected) and all(item.state is State.READY for item in items):
        return State.READY
    return State.WAITING
