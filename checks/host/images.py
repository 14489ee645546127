"""Building images: what one is made of, whether it is there already, and the build itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import compose as pure
from checks import dockerfile
from checks.errors import FailedError
from checks.host import labels
from checks.host.compose import Compose
from checks.model import Done

if TYPE_CHECKING:
    from docker import DockerClient

VARYING = ("REVISION",)
"""Build arguments that say where an image came from and not what is in it: they make no new image."""


@dataclass(frozen=True)
class Plan:
    """One image to build: its service, its name, its tree's hash, the images it stands on and the compose build section."""

    service: pure.Service
    tree: str
    bases: tuple[str, ...]
    section: Mapping[str, Any]


def text_of(build: pure.Build) -> str:
    """Return the text of a Dockerfile; FailedError where it cannot be read."""
    try:
        return Path(build.dockerfile).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FailedError(
            f"{build.dockerfile} cannot be read: {error}", "correct `build:` in the compose file"
        ) from error


def bases_of(service: pure.Service) -> tuple[str, ...]:
    """Return the images that a service's build takes from elsewhere."""
    if service.build is None:
        return ()
    return dockerfile.external_images(
        dockerfile.parse(text_of(service.build)), service.build.arguments, service.build.target
    )


def tree_hash(build: pure.Build, bases: Sequence[str]) -> str:
    """Return the hash of all that decides what is in an image: context, Dockerfile, arguments, what it stands on.

    `bases` are ids or tree hashes of the images below it. The context is read as the builder reads it, with .dockerignore.
    """
    digest = hashlib.sha256()
    arguments = {name: value for name, value in build.arguments.items() if name not in VARYING}
    digest.update(json.dumps([arguments, build.target, list(bases), text_of(build)], sort_keys=True).encode())
    context = Path(build.context)
    for name in _context_files(context, build):
        path = context / name
        digest.update(f"\0{name}\0{path.lstat().st_mode:o}\0".encode(errors="surrogateescape"))
        digest.update(str(path.readlink()).encode() if path.is_symlink() else _content(path))
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""


def _context_files(context: Path, build: pure.Build) -> list[str]:
    from docker.utils.build import exclude_paths

    own = Path(f"{build.dockerfile}.dockerignore")
    ignore = own if own.is_file() else context / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found = exclude_paths(str(context), patterns)
    return sorted(name for name in found if name not in (".dockerignore", "") and not (context / name).is_dir())


def existing(client: DockerClient, name: str) -> dict[str, Any] | None:
    """Return what the engine knows of an image, None where it is not there."""
    import docker.errors

    try:
        return dict(client.api.inspect_image(name))  # type: ignore[no-untyped-call]
    except docker.errors.ImageNotFound:
        return None


def labels_of(image: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of an inspected image."""
    return dict((image.get("Config") or {}).get("Labels") or {})


def is_unchanged(client: DockerClient, plan: Plan) -> bool:
    """Return whether the image is there as this tree makes it; FailedError where its name is taken by another's image."""
    found = existing(client, plan.service.image)
    if found is None:
        return False
    mark = labels_of(found).get(labels.TREE)
    if mark is None:
        raise FailedError(
            f"{plan.service.image} is there and was not built by checks; it is left as it is",
            "choose another prefix (DOCKERHUB_LOGIN) or version, or remove that image",
        )
    return mark == plan.tree


def build(
    compose: Compose, plan: Plan, secrets: Mapping[str, Path], work: Path, on_line: Callable[[str], None], limit: float
) -> Done:
    """Build one image through compose and return how that ended; `secrets` are files by BuildKit's id."""
    sources = {f"checks-build-{name}": {"file": str(path)} for name, path in secrets.items()}
    section = {
        **plan.section,
        "labels": {**_labels(plan.section), labels.TREE: plan.tree},
        "secrets": [
            *(plan.section.get("secrets") or ()),
            *({"source": f"checks-build-{name}", "target": name} for name in secrets),
        ],
    }
    name = plan.service.name
    file = work / f"build-{name}.json"
    body = {"name": "checks", "services": {name: {"image": plan.service.image, "build": section}}, "secrets": sources}
    file.write_text(json.dumps(body))
    return compose.run("--progress", "plain", "build", name, file=file, timeout=limit, on_line=on_line)


def _labels(section: Mapping[str, Any]) -> dict[str, Any]:
    found = section.get("labels") or {}
    return dict(found) if isinstance(found, dict) else dict(item.split("=", 1) for item in found)


def remove_superseded(client: DockerClient, image: str) -> None:
    """Remove what an image's name stood for before, unless something still uses it."""
    import docker.errors

    with contextlib.suppress(docker.errors.APIError):
        client.api.remove_image(image, force=False, noprune=False)
