"""Images on an engine: what is there under a name, and whether we bootstrapped it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import docker.errors

from checks.host.images import bootstrap

if TYPE_CHECKING:
    from docker import DockerClient


@dataclass(frozen=True)
class Present:
    """An image on the engine: its id, the digest that a registry gave it, our label where we bootstrapped it."""

    id: str
    digest: str = ""
    base: str = ""
    tagged_seconds_ago: float = 0.0


def present(client: DockerClient, image: str) -> Present | None:
    """Return what is on the engine under that name, None where nothing is."""
    try:
        facts = inspect(client, image)
    except docker.errors.ImageNotFound:
        return None
    labels = (facts.get("Config") or {}).get("Labels") or {}
    digests = facts.get("RepoDigests") or [""]
    # A child of a base of ours carries the label, too; only the base itself has nothing but one layer.
    ours = labels.get(bootstrap.LABEL, "") if len(facts["RootFS"]["Layers"]) == 1 and not digests[0] else ""
    return Present(facts["Id"], digests[0], ours, _age((facts.get("Metadata") or {}).get("LastTagTime")))


def _age(stamp: str | None) -> float:
    """Return the seconds since a time as the engine writes it; 0 where it says none."""
    try:
        when = datetime.datetime.fromisoformat((stamp or "")[:19]).replace(tzinfo=datetime.UTC)
    except ValueError:
        return 0.0
    seconds = (datetime.datetime.now(datetime.UTC) - when).total_seconds()
    return seconds if when.year > 1 else 0.0


def inspect(client: DockerClient, image: str) -> dict[str, Any]:
    """Return what the engine says of an image; docker.errors.ImageNotFound where it has none of that name."""
    api: Any = client.api  # docker's stubs leave these calls untyped
    return dict(api.inspect_image(image))


def load(client: DockerClient, archive: IO[bytes]) -> None:
    """Load an archive as `docker save` writes them."""
    api: Any = client.api
    for event in api.load_image(archive):
        if "error" in event:
            raise docker.errors.APIError(str(event["error"]))
