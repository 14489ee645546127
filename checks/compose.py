"""Compose's own `config --format json`: what is to be built and started, and what a run of ours changes in it."""

from __future__ import annotations

import copy
import graphlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks import dockerfile

Resolved = Mapping[str, Any]


@dataclass(frozen=True)
class Build:
    """How an image is made: absolute folders and files, arguments, target stage ("" for the last)."""

    context: str
    dockerfile: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str = ""


@dataclass(frozen=True)
class Service:
    """A service: its name, its image, and how that is built where it is."""

    name: str
    image: str
    build: Build | None = None


def services(resolved: Resolved) -> tuple[Service, ...]:
    """Return the services in the order of the file."""
    project = str(resolved.get("name", ""))
    found = resolved.get("services") or {}
    return tuple(_service(project, name, item) for name, item in found.items())


def _service(project: str, name: str, item: Resolved) -> Service:
    raw = item.get("build")
    build = None
    if raw:
        context = str(raw.get("context", "."))
        file = str(raw.get("dockerfile") or "Dockerfile")
        arguments = {key: "" if value is None else str(value) for key, value in (raw.get("args") or {}).items()}
        build = Build(context, posixpath.join(context, file), arguments, str(raw.get("target") or ""))
    # Where a service names no image, compose calls what it builds <project>-<service>.
    return Service(name, str(item.get("image") or f"{project}-{name}"), build)


def order(needs: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return names in waves: each needs only what stands in waves before it; ValueError for a circle."""
    sorter = graphlib.TopologicalSorter({name: set(others) for name, others in needs.items()})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise ValueError(" needs ".join(error.args[1])) from error
    waves = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        waves.append(ready)
        sorter.done(*ready)
    return waves


def with_standins(resolved: Resolved, standins: Mapping[str, str], files: Mapping[str, str]) -> dict[str, Any]:
    """Return the same stack with images replaced: in services, in build arguments and in the defaults of ARGs.

    `standins`: image → image in its place; `files`: service → text of its Dockerfile.
    """
    result = copy.deepcopy(dict(resolved))
    for name, item in (result.get("services") or {}).items():
        if item.get("image") in standins:
            item["image"] = standins[item["image"]]
        if item.get("build"):
            declared = dockerfile.parse(files.get(name, "")).arguments
            given = {
                key: "" if value is None else str(value) for key, value in (item["build"].get("args") or {}).items()
            }
            effective = {**declared, **given}
            item["build"]["args"] = {
                **given,
                **{key: standins[value] for key, value in effective.items() if value in standins},
            }
    return result


@dataclass(frozen=True)
class RunPlan:
    """What a run changes in a stack: labels on all that it makes, ports that the kernel chooses, files in readable places."""

    project: str
    labels: Mapping[str, str]
    kernel_ports: bool = True
    files: Mapping[str, str] = field(default_factory=dict)


def for_run(resolved: Resolved, plan: RunPlan) -> dict[str, Any]:
    """Return the compose file of one run, resolved by compose with the run's project name.

    No name in it is shared with another run, everything that it makes carries the labels, nothing is built or pulled.
    """
    result = copy.deepcopy(dict(resolved))
    result["name"] = plan.project
    for name, item in (result.get("services") or {}).items():
        item["image"] = item.get("image") or f"{resolved.get('name', '')}-{name}"
        item.pop("build", None)
        item.pop("container_name", None)
        item["pull_policy"] = "never"
        item["labels"] = {**_as_mapping(item.get("labels")), **plan.labels}
        if plan.kernel_ports:
            item["ports"] = [_kernel_port(port) for port in item.get("ports") or ()]
    for kind in ("networks", "volumes"):
        for key, item in _own(result.get(kind)):
            item["labels"] = {**_as_mapping(item.get("labels")), **plan.labels}
            item["name"] = f"{plan.project}_{key}"
    for kind in ("secrets", "configs"):
        for _, item in _own(result.get(kind)):
            if item.get("file") in plan.files:
                item["file"] = plan.files[item["file"]]
            item.pop("name", None)
    return result


def _own(items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, item in list((items or {}).items()):
        if item is None:
            items[key] = item = {}
        if not item.get("external"):
            yield key, item


def _as_mapping(labels: Any) -> dict[str, str]:
    if isinstance(labels, list):
        return {key: value for key, _, value in (str(label).partition("=") for label in labels)}
    return dict(labels or {})


def _kernel_port(port: Mapping[str, Any]) -> dict[str, Any]:
    """Publish on loopback, at a port that the kernel chooses."""
    kept = {key: value for key, value in port.items() if key not in ("published", "host_ip")}
    return {**kept, "host_ip": "127.0.0.1", "published": "0"}


def mounted_files(resolved: Resolved) -> dict[str, frozenset[str]]:
    """Return the files of secrets and configs that services mount, each with the users (as compose says them) it is for."""
    found: dict[str, set[str]] = {}
    for item in (resolved.get("services") or {}).values():
        user = str(item.get("user") or "")
        for kind in ("secrets", "configs"):
            for use in item.get(kind) or ():
                source = ((resolved.get(kind) or {}).get(use.get("source")) or {}).get("file")
                if source:
                    found.setdefault(source, set()).add(user)
    return {file: frozenset(users) for file, users in found.items()}


def bind_sources(resolved: Resolved) -> dict[str, str]:
    """Return service → first folder or file of the host that it mounts by path, for those that do."""
    found: dict[str, str] = {}
    for name, item in (resolved.get("services") or {}).items():
        for mount in item.get("volumes") or ():
            if mount.get("type") == "bind" and not (mount.get("bind") or {}).get("create_host_path"):
                found.setdefault(name, str(mount.get("source")))
    return found


def run_once(resolved: Resolved) -> frozenset[str]:
    """Return the services that are meant to end by themselves: others wait for them to complete, or they say so."""
    waited = {
        needed
        for item in (resolved.get("services") or {}).values()
        for needed, how in (item.get("depends_on") or {}).items()
        if how.get("condition") == "service_completed_successfully"
    }
    said = {
        name
        for name, item in (resolved.get("services") or {}).items()
        if _as_mapping(item.get("labels")).get("checks.oneshot") == "true"
    }
    return frozenset(waited | said)
