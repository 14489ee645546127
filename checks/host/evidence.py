"""What is kept of a failure before the containers that saw it are removed: logs, inspect, the resolved compose file."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.host import stack
from checks.host.files import write_atomic

if TYPE_CHECKING:
    from docker import DockerClient

SECRET = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)
MASK = "***"


def keep(client: DockerClient, project: str, folder: Path) -> Path:
    """Write logs, inspect and health log of a project's containers into `folder` and return it; secrets are masked."""
    shutil.rmtree(folder, ignore_errors=True)
    items = []
    with contextlib.suppress(Exception):  # an engine that went away is what the caller is about to say
        items = stack.containers(client, project)
    for item in items:
        with contextlib.suppress(Exception):  # evidence that cannot be had must not hide the failure itself
            said = client.api.logs(item.name, timestamps=True, stdout=True, stderr=True)
            write_atomic(folder / f"{item.service}.log", said.decode("utf-8", "replace"))
            data = client.api.inspect_container(item.name)
            write_atomic(folder / f"{item.service}.inspect.json", json.dumps(masked(data), indent=2) + "\n")
    return folder


def masked(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inspected container with the values of variables that are named like secrets masked."""
    result = dict(inspected)
    config = dict(result.get("Config") or {})
    config["Env"] = [_mask(entry) for entry in config.get("Env") or ()]
    return {**result, "Config": config}


def _mask(entry: str) -> str:
    name, _, value = entry.partition("=")
    # A path to a secret is no secret; what it says is where to look.
    return f"{name}={MASK}" if SECRET.search(name) and not value.startswith("/") else entry
