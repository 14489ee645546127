"""Pushing images: the engine does it, with the credentials that docker's own store has for the registry.

Whatever is asked of the registry is asked through the engine too: it alone knows the way there, its certificates and
mirrors, and it may be on another machine.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import docker.errors
import requests
import urllib3.exceptions

from checks import publishing
from checks.errors import FailedError, UsageError
from checks.host.docker import labels
from checks.host.images import bootstrap, images, registry
from checks.publishing import Published, State

if TYPE_CHECKING:
    from docker import DockerClient

PUSH_SECONDS = 1800.0
HUB = "docker.io"
_FAULTS = (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError)
_REVISION = "org.opencontainers.image.revision"


@dataclass(frozen=True)
class Where:
    """Where images go: CHECKS_REGISTRY (host[:port][/prefix]), "" for Docker Hub, and DOCKERHUB_LOGIN."""

    mirror: str
    login: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Where:
        """Read both variables; UsageError where CHECKS_REGISTRY is none."""
        return cls(registry.Policy.of(environ).mirror, environ.get("DOCKERHUB_LOGIN", "").strip())

    def target(self, image: str) -> Published:
        """Return how an image is called at the registry, not published yet.

        One that names its registry goes there. UsageError where nothing says whose account at Docker Hub is meant.
        """
        own = registry.parse(image)
        if own.is_digest:
            raise UsageError(f"{image} has no tag to be published under", "name a version in the compose file")
        if own.registry:
            return Published(image, f"{own.registry}/{own.repository}", own.version, State.FAILED)
        if self.mirror:
            return Published(image, f"{self.mirror}/{own.repository}", own.version, State.FAILED)
        if not self.login:
            raise UsageError(
                f"nothing says where {image} is to be published",
                "set DOCKERHUB_LOGIN, or CHECKS_REGISTRY to a registry",
            )
        name = own.repository if "/" in own.repository else f"{self.login}/{own.repository}"
        return Published(image, name, own.version, State.FAILED)


def facts(client: DockerClient, image: str, below: frozenset[str], ways: Mapping[str, str]) -> publishing.Facts:
    """Return what an image on the engine is made of; `ways` is foreign image → how it was had (`base.Way`)."""
    own = ((images.existing(client, image) or {}).get("Config") or {}).get("Labels") or {}
    return publishing.Facts(
        below,
        frozenset(name for name, way in ways.items() if way == "stand-in"),
        frozenset(name for name, way in ways.items() if way == "bootstrapped"),
        bootstrap.LABEL in own,
        str(own.get(_REVISION, "")),
    )


def publish(client: DockerClient, item: Published, overwrite: bool, seconds: float = PUSH_SECONDS) -> Published:
    """Bring one image to its registry, unless it is there; return what came of it. Nothing is raised for a registry's faults.

    A published version of other content is refused, but with `overwrite`.
    """
    started = time.monotonic()
    try:
        done = _published(client, item, overwrite, seconds)
    except FailedError as error:
        said = "; ".join([str(error), *error.details])
        done = replace(item, state=State.FAILED, message=said, advice=error.advice)
    return replace(done, seconds=time.monotonic() - started)


def _published(client: DockerClient, item: Published, overwrite: bool, seconds: float) -> Published:
    mine = images.existing(client, item.image)
    if mine is None:
        raise FailedError(f"{item.image} is not on the engine", "checks build")
    there = digest_of(client, item.target)
    if there and _is_same(client, item, there, mine):
        return replace(item, state=State.ALREADY_THERE, digest=there)
    if there and not overwrite:
        message = f"{item.target} is published already, with other content ({there})"
        return replace(
            item,
            state=State.REFUSED,
            digest=there,
            message=message,
            advice="give it a new version, or say --force-overwrite",
        )
    _name(client, item, str(mine["Id"]))
    pushed = _push(client, item, seconds)
    confirmed = digest_of(client, item.target)
    if confirmed != pushed:
        raise FailedError(
            f"{item.target} was pushed as {pushed}, and the registry has {confirmed or 'nothing'}",
            "does somebody else publish it now? Publish again",
        )
    return replace(item, state=State.PUSHED, digest=pushed)


def host_of(item: Published) -> str:
    """Return the registry that an image goes to."""
    return registry.parse(item.target).registry or HUB


def digest_of(client: DockerClient, target: str) -> str:
    """Return the digest of what a registry has under a name, "" for nothing; FailedError where it does not say."""
    try:
        found = client.api.inspect_distribution(target)  # type: ignore[no-untyped-call]
        return str(found["Descriptor"]["digest"])
    except _FAULTS as error:
        said = str(getattr(error, "explanation", None) or error)
        if isinstance(error, docker.errors.APIError) and publishing.is_absent(said):
            return ""
        raise publishing.failure(registry.parse(target).registry or HUB, said) from error


def _is_same(client: DockerClient, item: Published, digest: str, mine: Mapping[str, Any]) -> bool:
    """Return whether what is published is the image here: by the manifest's digest, else by the id of what that leads to.

    One image can have several manifests, as its layers were compressed. To be told the id, the engine is given the
    published one by its digest, which names nothing of the user's anew; what it has of it, it does not fetch.
    """
    reference = f"{item.name}@{digest}"
    if {reference, f"{HUB}/{reference}"} & set(mine.get("RepoDigests") or ()):
        return True
    known = images.existing(client, reference)
    if known is None:
        try:
            registry.pull(client, reference)
        except FailedError as error:
            if "no matching manifest" in str(error):  # it is for other machines
                return False
            raise publishing.failure(host_of(item), str(error)) from error
        known = images.existing(client, reference)
        if known is None:
            raise publishing.failure(host_of(item), f"{reference} cannot be had, though its name is there")
    same = bool(known["Id"] == mine["Id"])
    if not same:
        images.remove(client, reference)
    return same


def _name(client: DockerClient, item: Published, image_id: str) -> None:
    """Give the image its name at the registry, unless that stands for something here that is not ours."""
    before = images.existing(client, item.target)
    if before is not None and before["Id"] == image_id:
        return
    if before is not None and labels.TREE not in ((before.get("Config") or {}).get("Labels") or {}):
        raise FailedError(
            f"{item.target} is the name of another image on this engine, which was not built by checks",
            f"remove that name: docker image rm {item.target}",
        )
    client.api.tag(image_id, item.name, item.tag)


def _push(client: DockerClient, item: Published, seconds: float) -> str:
    """Push, and return the digest that the engine says the registry gave it."""
    deadline = time.monotonic() + seconds
    digest = ""
    try:
        events = client.api.push(item.name, tag=item.tag, stream=True, decode=True)
        with contextlib.closing(events):
            for event in events:
                if "error" in event:
                    raise publishing.failure(host_of(item), str(event["error"]))
                digest = str((event.get("aux") or {}).get("Digest") or digest)
                if time.monotonic() > deadline:
                    raise publishing.failure(host_of(item), f"not done after {seconds:.0f} s")
    except _FAULTS as error:
        raise publishing.failure(host_of(item), str(getattr(error, "explanation", None) or error)) from error
    if not digest:
        raise publishing.failure(host_of(item), "the engine names no digest of what it pushed")
    return digest
