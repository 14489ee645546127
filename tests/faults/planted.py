"""What a person has on the engine, some of it named and labelled as if it were ours: twenty objects, and how they are."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.host import identity
from checks.host.docker import labels

if TYPE_CHECKING:
    from docker import DockerClient

COUNT = 20
IMAGE = "tiny:1"
_OWN = frozenset(("bridge", "host", "none"))
"""The engine's own networks: it makes them anew whenever it starts."""
_HOST = ("Binds", "NetworkMode", "RestartPolicy", "AutoRemove", "Init", "CapAdd", "Memory", "PidsLimit")
"""Of what a container was started with: an engine that starts again writes the rest anew, with other defaults."""
_SLEEP = ["busybox", "sleep", "86400"]
_PRECIOUS = "what nobody may lose\n"


def plant(client: DockerClient) -> None:
    """Make them: 8 containers, 4 images, 4 volumes, 4 networks."""
    living = labels.of_run("1126000000-abcdef", identity.owner())  # of a process that lives: ours
    kept, alive = labels.of_run("up", labels.KEPT), {"Name": "unless-stopped"}  # it comes back with its engine
    late = {**living, labels.EXPIRES: str(int(time.time()) - 10)}
    compose = {labels.PROJECT: "checks-1126000000-fedcba", "com.docker.compose.service": "web"}
    wanted: dict[str, tuple[dict[str, str], bool]] = {
        "checks-1126000000-abcdef-web-1": (late, True),
        "checks-1126000000-fedcba-web-1": (compose, True),
        "kept-by-up": (kept, False),
        "checks-run": ({"checks": "run"}, False),
        "run": ({"checks.runs": "1", "checks.owner": "nobody"}, False),
        "owner": ({labels.OWNER: "0:1:1", labels.EXPIRES: "1"}, False),
        "checks-clean-me": ({}, False),
        "database": ({"com.example.precious": "yes"}, True),
    }
    volumes: dict[str, dict[str, str]] = {
        "checks-data": {},
        "checks-1126000000-abcdef_data": late,
        "precious": {},
        "logs": compose,
    }
    for name, marks in volumes.items():
        client.volumes.create(name, labels=marks)
        _content(client, name).write_text(_PRECIOUS)
    networks: dict[str, dict[str, str]] = {
        "checks-net": {},
        "checks-1126000000-abcdef_default": late,
        "mine": compose,
        "back": {},
    }
    for name, marks in networks.items():
        client.networks.create(name, labels=marks)
    for tag in ("checks/web:1", "faults/other:1", "standin/redis:7", "mine:latest"):
        client.images.get(IMAGE).tag(*tag.split(":"))
    for name, (marks, running) in wanted.items():
        made = client.containers.create(
            IMAGE,
            _SLEEP,
            name=name,
            labels=marks,
            network="mine",
            volumes={"precious": {"bind": "/data", "mode": "rw"}},
            restart_policy=alive if running else {"Name": "no"},  # type: ignore[arg-type]
            init=True,
        )
        if running:
            made.start()


def _content(client: DockerClient, volume: str) -> Path:
    return Path(str((client.volumes.get(volume).attrs or {})["Mountpoint"])) / "content"


def running(client: DockerClient) -> set[str]:
    """Return the ids of those containers that run, ours or not."""
    return {str(item["Id"]) for item in client.api.containers()}


def state(client: DockerClient, *, same_engine: bool) -> dict[str, Any]:
    """Return what the engine says of each, without what changes by itself; what is gone is not in it.

    With `same_engine` also when each container was started: nobody may have stopped and started it.
    """
    found: dict[str, Any] = {}
    for item in client.api.containers(all=True):
        name = item["Names"][0].lstrip("/")
        found[f"container {name}"] = _container(client, item["Id"], same_engine=same_engine)
    for item in [one for one in client.api.networks() if one["Name"] not in _OWN]:
        data = client.api.inspect_network(item["Id"])
        found[f"network {item['Name']}"] = {key: data[key] for key in ("Id", "Driver", "IPAM", "Labels", "Options")}
    for item in client.api.volumes()["Volumes"] or ():
        with contextlib.suppress(OSError):
            found[f"volume {item['Name']}"] = {**item, "content": _content(client, item["Name"]).read_text()}
    for item in client.api.images():
        for tag in item["RepoTags"] or ():
            found[f"image {tag}"] = item["Id"]
    return found


def _container(client: DockerClient, number: str, *, same_engine: bool) -> dict[str, Any]:
    data = client.api.inspect_container(number)
    kept = {key: data[key] for key in ("Id", "Created", "Path", "Args", "Image", "Name", "Mounts", "Config")}
    kept |= {key: data["HostConfig"][key] for key in _HOST}
    status = data["State"]["Status"]
    started = {"started": data["State"]["StartedAt"], "restarts": data["RestartCount"]} if same_engine else {}
    return {**kept, "status": status, **started, "networks": sorted(data["NetworkSettings"]["Networks"])}


def touched(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what of `before` is gone or has changed, and in what."""
    return [f"{name}: {_difference(was, now.get(name))}" for name, was in before.items() if now.get(name) != was]


def _difference(was: Any, now: Any) -> str:
    if now is None:
        return "gone"
    if isinstance(was, dict) and isinstance(now, dict):
        return ", ".join(f"{key} {was.get(key)} → {now.get(key)}" for key in was if was.get(key) != now.get(key))[:300]
    return f"{was} → {now}"[:300]
