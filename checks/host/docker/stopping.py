"""Asking a stack's containers to end, each with the time that it was given for that."""

from __future__ import annotations

import concurrent.futures
import contextlib
from typing import TYPE_CHECKING

from checks.host.docker import stack
from checks.model import Output

if TYPE_CHECKING:
    from docker import DockerClient

STOP_SECONDS = 10
"""How long a container that says nothing of it has to end, as with docker."""


def stop(client: DockerClient, project: str, out: Output) -> None:
    """Ask every container of a project to end, all at once, and wait for each as long as its `stop_grace_period` says."""
    names = [
        item.name for item in stack.containers(client, project) if item.status in ("running", "restarting", "paused")
    ]
    if names:
        out.step(f"stopping {project}: each container has its `stop_grace_period`, else {STOP_SECONDS} s")
    with concurrent.futures.ThreadPoolExecutor(max(len(names), 1)) as pool:
        for future in [pool.submit(_stop, client, name) for name in names]:
            future.result()


def _stop(client: DockerClient, name: str) -> None:
    import docker.errors

    with contextlib.suppress(docker.errors.NotFound):
        grace = client.api.inspect_container(name)["Config"].get("StopTimeout")
        client.api.stop(name, timeout=STOP_SECONDS if grace is None else grace)
