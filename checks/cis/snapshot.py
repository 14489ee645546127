"""All facts at one moment: what every check of the benchmark is a function of.

A Snapshot is made by the collector (`checks.host`), written and read as JSON (`dump`, `load`), and judged by `registry.judge`,
here or elsewhere, now or later. It holds no secrets: `checks.cis.redact` says what is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checks.cis import codec
from checks.cis.codec import SnapshotError
from checks.cis.daemon import Daemon, Engine, Swarm
from checks.cis.facts import Container, Image, Network
from checks.cis.host import Host
from checks.cis.unknown import NOT_COLLECTED, Unknown

SCHEMA = 1
"""The version of the file's form: raised when an older `load` would misread it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the judge wants, where the benchmark leaves it to the site. It is no fact, so a recorded Snapshot has none.

    trusted_users: who may be in the docker group; None where nobody said.
    """

    trusted_users: tuple[str, ...] | None = None


@dataclass(frozen=True)  # without slots: what is derived is kept with it
class Snapshot:
    """The facts.

    target: what was looked at, as people name it (`local`, `ssh://user@host`, `tcp://…`). collected: when, RFC 3339 in UTC;
    ages are counted from it. containers: all, running or not; images: what `docker images` lists. vanished: what went away
    while the collector looked, as `container web`.
    """

    target: str = "local"
    collected: str = ""
    host: Host = field(default_factory=Host)
    engine: Engine = field(default_factory=Engine)
    daemon: Daemon = field(default_factory=Daemon)
    swarm: Swarm | Unknown = NOT_COLLECTED
    containers: tuple[Container, ...] | Unknown = NOT_COLLECTED
    images: tuple[Image, ...] | Unknown = NOT_COLLECTED
    networks: tuple[Network, ...] | Unknown = NOT_COLLECTED
    vanished: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy, metadata={"stored": False})

    @cached_property
    def running(self) -> tuple[Container, ...] | Unknown:
        """The containers that sections 4 and 5 are about."""
        if isinstance(self.containers, Unknown):
            return self.containers
        return tuple(container for container in self.containers if container.up)

    @cached_property
    def images_by_id(self) -> dict[str, Image]:
        """The images by their id; empty where they are not known."""
        return {} if isinstance(self.images, Unknown) else {image.id: image for image in self.images}


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return what `dump` writes: JSON without what has its default."""
    return {"schema": SCHEMA, "snapshot": codec.encode(snapshot)}


def from_json(data: object) -> Snapshot:
    """Return the Snapshot that `to_json` was given; SnapshotError where it is none, or of a newer form."""
    if not isinstance(data, dict) or set(data) != {"schema", "snapshot"}:
        raise SnapshotError("this is no snapshot: it is an object with `schema` and `snapshot`")
    if data["schema"] != SCHEMA or isinstance(data["schema"], bool):
        raise SnapshotError(f"schema {data['schema']!r:.40} is not {SCHEMA}: another version of checks wrote it")
    return codec.decode(Snapshot, data["snapshot"])


def dump(snapshot: Snapshot) -> str:
    """Return a Snapshot as text, one line."""
    return json.dumps(to_json(snapshot), separators=(",", ":"), sort_keys=True) + "\n"


def load(text: str) -> Snapshot:
    """Return the Snapshot of a text that `dump` wrote; SnapshotError for any other."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"this is no JSON: {error}") from error
    return from_json(data)
