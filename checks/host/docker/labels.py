"""What is ours on an engine: objects carry `checks.run`, `checks.owner` and `checks.expires`.

What belongs to a run that is over is removed, by whoever comes next; what has no such label is never touched.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.host import identity
from checks.host.docker.engine import Engine

if TYPE_CHECKING:
    from docker import DockerClient

RUN = "checks.run"
OWNER = "checks.owner"
EXPIRES = "checks.expires"
TREE = "checks.tree"
PROJECT = "com.docker.compose.project"
KEPT = "kept"
"""The owner of a stack that a person started with `checks up`: it lives until `checks down`."""
LIFETIME = 6 * 3600
REMOVE_SECONDS = 3.0
"""How long an object that the engine refuses to remove is tried again."""


@dataclass(frozen=True)
class Found:
    """An object of a run: its kind (container, network, volume), id, name and labels."""

    kind: str
    id: str
    name: str
    labels: Mapping[str, str]

    @property
    def run(self) -> str:
        """The run that it belongs to."""
        return self.labels[RUN]

    @property
    def project(self) -> str:
        """The compose project that it belongs to, "" for none."""
        return self.labels.get(PROJECT, "")

    def is_over(self, now: float) -> bool:
        """Whether the run that it belongs to has ended: its owner is gone, or cannot be seen from here and its time is up.

        An owner that lives keeps what is its own whatever the clock says, which may have been set since.
        """
        owner = self.labels.get(OWNER, "")
        if owner == KEPT:
            return False
        if owner.partition(":")[0] == identity.boot_id():
            return not identity.is_alive(owner)
        expires = self.labels.get(EXPIRES, "")  # of an owner on another machine only its time tells
        return expires.isdigit() and int(expires) < now


def of_run(run: str, owner: str, now: float | None = None) -> dict[str, str]:
    """Return the labels of a run's objects."""
    # A kept stack's labels never change, so that a second `up` finds nothing to make anew.
    expires = "never" if owner == KEPT else str(int((time.time() if now is None else now) + LIFETIME))
    return {RUN: run, OWNER: owner, EXPIRES: expires}


def objects(client: DockerClient) -> list[Found]:
    """Return every container, network and volume that carries the label of a run."""
    has = {"label": [RUN]}
    containers = client.api.containers(all=True, filters=has)
    networks = client.api.networks(filters=has)
    volumes = client.api.volumes(filters=has)["Volumes"] or []
    return [
        *(
            Found(
                "container",
                item["Id"],
                item["Names"][0].lstrip("/") if item["Names"] else item["Id"],
                item["Labels"],
            )
            for item in containers
        ),
        *(Found("network", item["Id"], item["Name"], item["Labels"]) for item in networks),
        *(Found("volume", item["Name"], item["Name"], item["Labels"]) for item in volumes),
    ]


def live_runs(engine: Engine) -> list[str]:
    """Return the runs, by id, that are using an engine now."""
    now = time.time()
    with contextlib.closing(engine.client(20)) as client:
        return sorted({found.run for found in objects(client) if not found.is_over(now)})


def sweep(client: DockerClient, now: float | None = None) -> list[Found]:
    """Remove what belongs to runs that are over, and return it."""
    at = time.time() if now is None else now
    return remove(client, [found for found in objects(client) if found.is_over(at)])


def remove(client: DockerClient, doomed: Iterable[Found]) -> list[Found]:
    """Remove these objects, containers first, and return those that are gone; what the engine keeps, stays.

    Another command may be removing the same ones: what went by itself is gone, too.
    """
    order = {"container": 0, "network": 1, "volume": 2}
    return [found for found in sorted(doomed, key=lambda found: order[found.kind]) if _remove(client, found)]


def _remove(client: DockerClient, found: Found) -> bool:
    import docker.errors

    calls: dict[str, Any] = {
        "container": lambda: client.api.remove_container(found.id, force=True, v=True),
        "network": lambda: client.api.remove_network(found.id),
        "volume": lambda: client.api.remove_volume(found.id, force=True),
    }
    deadline = time.monotonic() + REMOVE_SECONDS
    while True:
        try:
            calls[found.kind]()
        except docker.errors.NotFound:
            return True
        except docker.errors.APIError:  # its removal is in progress, or a container on it is on its way out
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        else:
            return True
