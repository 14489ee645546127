"""Where the embedded engine keeps things."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.host import identity


@dataclass(frozen=True)
class Place:
    """Where the engine keeps things: `state` survives `down`, `run` does not."""

    state: Path
    run: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Place:
        """Return the place that CHECKS_STATE names; sockets go to /run where it is the default one."""
        named = environ.get("CHECKS_STATE")
        if not named or Path(named) == Path("/var/lib/checks"):
            return cls(Path("/var/lib/checks/main"), Path("/run/checks/main"))
        return cls(Path(named).absolute() / "main", Path(named).absolute() / "run")

    @property
    def socket(self) -> Path:
        """The engine's socket."""
        return self.run / "docker.sock"

    @property
    def host(self) -> str:
        """What DOCKER_HOST takes."""
        return f"unix://{self.socket}"

    @property
    def record(self) -> Path:
        """Who the supervisor is."""
        return self.run / "engine.json"

    @property
    def before(self) -> Path:
        """How the kernel was before the first start of this boot."""
        return self.run / "before.json"

    @property
    def log(self) -> Path:
        """What dockerd says."""
        return self.state / "dockerd.log"

    @property
    def data(self) -> Path:
        """Images, volumes, build cache."""
        return self.state / "data"


def embedded_socket() -> Path:
    """Return where the embedded engine of this machine listens."""
    return Place.of(os.environ).socket


def supervisor(place: Place) -> int | None:
    """Return the pid that everything hangs on, None where the engine is not running."""
    try:
        owner = str(json.loads(place.record.read_text())["owner"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return int(owner.split(":")[1]) if identity.is_alive(owner) else None


def was_killed(place: Place) -> bool:
    """Return whether the engine ended and was not stopped: what runs left in it is in its state."""
    return place.record.exists() and place.data.exists() and supervisor(place) is None
