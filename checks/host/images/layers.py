"""What an image is made of, as the engine tells it: its layers, the oldest first, and what made each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from checks.healthcheck import readable
from checks.masking import Masker

if TYPE_CHECKING:
    from docker import DockerClient

TEXT = 300
"""Characters that are kept of what made a layer."""
LAYERS = 200


def of_each(client: DockerClient, images: Iterable[str], masker: Masker) -> dict[str, dict[str, Any]]:
    """Return, by name, `size` in bytes and `layers` of every image that is there; one that is not is left out."""
    import docker.errors
    import requests

    found = {}
    for image in dict.fromkeys(images):
        # What a page shows besides: where the engine does not tell it, the build is what it is.
        with contextlib.suppress(docker.errors.APIError, requests.RequestException):
            found[image] = _of(client, image, masker)
    return found


def _of(client: DockerClient, image: str, masker: Masker) -> dict[str, Any]:
    api: Any = client.api  # docker's stubs leave these calls untyped
    size = int(api.inspect_image(image).get("Size") or 0)
    return {"size": size, "layers": [layer(one, masker) for one in reversed(api.history(image)[:LAYERS])]}


def layer(entry: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Return one layer: `created_by`, without secrets, and `size` in bytes (0 for what only sets metadata)."""
    said = masker.text(readable(str(entry.get("CreatedBy") or entry.get("Comment") or "")))
    return {"created_by": " ".join(said.split())[:TEXT], "size": int(entry.get("Size") or 0)}
