"""Compose's own `config --format json`: what is to be built and started, and what a run of ours changes in it.

In what compose prints every dollar sign is doubled, so that it can read it again: a `Resolved` and all that is written
into one is in that form, and what leaves it here as names and paths (`Service`, `Build`) is in the plain one.
"""

from __future__ import annotations

import copy
import graphlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks import dockerfile, readiness, runservices, runvolumes

Resolved = Mapping[str, Any]
DECIDING = ("entitlements", "extra_hosts", "labels", "network", "platforms", "privileged", "shm_size", "ulimits")
"""What else of a build section decides what is in the image."""
IMAGE_CONTEXT = "docker-image://"


@dataclass(frozen=True)
class Build:
    """How an image is made: absolute folders and files, arguments, target stage ("" for the last).

    `inline` is the Dockerfile's text where the compose file holds it. `contexts` are additional contexts by name: a folder,
    an address, or `docker-image://` and an image. `others` are further options that decide what is in the image.
    """

    context: str
    dockerfile: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    inline: str = ""
    contexts: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service: its name, its image, and how that is built where it is."""

    name: str
    image: str
    build: Build | None = None


def plain(text: str) -> str:
    """Return a text of a resolved file as it is meant."""
    return text.replace("$$", "$")


def escaped(text: str) -> str:
    """Return a text as compose has to be given it, so that it means no variable."""
    return text.replace("$", "$$")


def services(resolved: Resolved) -> tuple[Service, ...]:
    """Return the services in the order of the file."""
    project = str(resolved.get("name", ""))
    found = resolved.get("services") or {}
    # Where a service names no image, compose calls what it builds <project>-<service>.
    images = {name: plain(str(item.get("image") or f"{project}-{name}")) for name, item in found.items()}
    return tuple(Service(name, images[name], _build(item.get("build"), images)) for name, item in found.items())


def _build(raw: Resolved | None, images: Mapping[str, str]) -> Build | None:
    if not raw:
        return None
    context = plain(str(raw.get("context", ".")))
    file = posixpath.join(context, plain(str(raw.get("dockerfile") or "Dockerfile")))
    inline = plain(str(raw.get("dockerfile_inline") or ""))
    contexts = {
        name: _context(plain(str(value)), images) for name, value in (raw.get("additional_contexts") or {}).items()
    }
    others = {key: raw[key] for key in DECIDING if raw.get(key)}
    return Build(context, file, arguments(raw), plain(str(raw.get("target") or "")), inline, contexts, others)


def _context(value: str, images: Mapping[str, str]) -> str:
    kind, _, name = value.partition(":")
    return f"{IMAGE_CONTEXT}{images[name]}" if kind == "service" and name in images else value


def arguments(section: Resolved) -> dict[str, str]:
    """Return the build arguments of a build section; one without a value is none, its default holds."""
    given = (section.get("args") or {}).items()
    return {key: plain(str(value)) for key, value in given if value is not None}


def build_secrets(resolved: Resolved, section: Resolved) -> dict[str, Any]:
    """Return what the stack says of the secrets that a build section uses, by name."""
    known = resolved.get("secrets") or {}
    used = [use.get("source") for use in section.get("secrets") or ()]
    return {name: {key: value for key, value in known[name].items() if key != "name"} for name in used if name in known}


def with_images(resolved: Resolved, images: Mapping[str, str]) -> dict[str, Any]:
    """Return the same stack with the image of each service named: `images` are those that were built or pulled.

    A run's own project name must not make another image of one that is called <project>-<service>.
    """
    result = copy.deepcopy(dict(resolved))
    for name, item in (result.get("services") or {}).items():
        item["image"] = escaped(images[name]) if name in images else item.get("image")
    return result


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
            given = arguments(item["build"])
            effective = {**given, **dockerfile.parse(files.get(name, "")).values(given)}
            replaced = {key: standins[value] for key, value in effective.items() if value in standins}
            item["build"]["args"] = {**(item["build"].get("args") or {}), **replaced}
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

    No name is shared with another run, and no folder by a volume; all that it makes is labelled; nothing is built or pulled.
    """
    result = copy.deepcopy(dict(resolved))
    result["name"] = plan.project
    runservices.freed(result.get("services") or {})
    for name, item in (result.get("services") or {}).items():
        item["image"] = item.get("image") or f"{resolved.get('name', '')}-{name}"
        item.pop("build", None)
        item["pull_policy"] = "never"
        item["labels"] = {**_as_mapping(item.get("labels")), **plan.labels}
        if plan.kernel_ports:
            item["ports"] = [_kernel_port(port) for port in item.get("ports") or ()]
    for kind in ("networks", "volumes"):
        for key, item in _own(result.get(kind)):
            item["labels"] = {**_as_mapping(item.get("labels")), **plan.labels}
            item["name"] = f"{plan.project}_{key}"
            (item.get("driver_opts") or {}).pop("com.docker.network.bridge.name", None)  # one name, one run
            if plan.kernel_ports and kind == "volumes":
                runvolumes.detached(item)
    for kind in ("secrets", "configs"):
        for _, item in _own(result.get(kind)):
            file = plain(str(item.get("file") or ""))
            if file in plan.files:
                item["file"] = escaped(plan.files[file])
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
                    found.setdefault(plain(source), set()).add(user)
    return {file: frozenset(users) for file, users in found.items()}


def bind_sources(resolved: Resolved, made: bool = False) -> list[tuple[str, str]]:
    """Return service and folder or file of the host for each mount by path: those that compose makes itself, or the others."""
    return [
        (name, plain(str(mount.get("source"))))
        for name, item in (resolved.get("services") or {}).items()
        for mount in item.get("volumes") or ()
        if mount.get("type") == "bind" and bool((mount.get("bind") or {}).get("create_host_path")) is made
    ]


def expected(resolved: Resolved) -> frozenset[str]:
    """Return the services that have at least one container."""
    return frozenset(name for name, item in (resolved.get("services") or {}).items() if _replicas(item) != 0)


def _replicas(item: Resolved) -> Any:
    scale = item.get("scale")
    return (item.get("deploy") or {}).get("replicas", 1) if scale is None else scale


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
        if _as_mapping(item.get("labels")).get(readiness.ONESHOT) == "true"
    }
    return frozenset(waited | said)
