"""Building images: what one is made of, whether it is there already, and the build itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import compose as pure
from checks import dockerfile
from checks.errors import FailedError
from checks.host.docker import labels
from checks.host.docker.compose import Compose
from checks.model import Done

if TYPE_CHECKING:
    from docker import DockerClient

_NOT_OURS = ("pull", "tags")
"""What a build section may ask for beyond its image: names that may be somebody's, and a registry whatever the policy."""
VARYING = ("REVISION",)
"""Build arguments that say where an image came from and not what is in it: they make no new image."""


@dataclass(frozen=True)
class Plan:
    """One image to build: its service, its tree's hash, the images it stands on, the compose build section and the
    definitions of the secrets that this uses.
    """

    service: pure.Service
    tree: str
    bases: tuple[str, ...]
    section: Mapping[str, Any]
    secrets: Mapping[str, Any] = field(default_factory=dict)


def text_of(build: pure.Build) -> str:
    """Return the text of a Dockerfile, whatever its encoding; FailedError where it cannot be read."""
    if build.inline:
        return build.inline
    if not build.context.startswith("/"):
        raise FailedError(f"{build.context} is no folder of this machine", "check it out, and name that in `build:`")
    try:
        return Path(build.dockerfile).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise FailedError(
            f"{build.dockerfile} cannot be read: {error.strerror}", "correct `build:` in the compose file"
        ) from error


def bases_of(service: pure.Service) -> tuple[str, ...]:
    """Return the images that a service's build takes from elsewhere; none of a Dockerfile that cannot be read.

    That is said when it is to be built, so that it does not keep others from being built.
    """
    build = service.build
    if build is None:
        return ()
    try:
        file = dockerfile.parse(text_of(build))
    except FailedError:
        return ()
    given = {**_automatic(), **build.arguments}
    named = [value.removeprefix(pure.IMAGE_CONTEXT) for value in build.contexts.values() if value.startswith("docker-")]
    found = dockerfile.external_images(file, given, build.target, build.contexts)
    return tuple(dict.fromkeys((*found, *named)))


def _automatic() -> dict[str, str]:
    """Return the arguments that the builder knows by itself, for an engine like this machine."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    values = {"PLATFORM": f"linux/{architecture}", "OS": "linux", "ARCH": architecture, "VARIANT": ""}
    return {f"{of}{name}": value for of in ("TARGET", "BUILD") for name, value in values.items()}


def tree_hash(build: pure.Build, bases: Sequence[str], reports: Path | None = None) -> str:
    """Return the hash of all that decides what is in an image: contexts, Dockerfile, arguments, what it stands on.

    `bases` are ids or tree hashes of the images below it. Contexts are read as the builder reads them, with .dockerignore;
    what is in the folder `reports` changes with every run and is left out.
    """
    digest = hashlib.sha256()
    arguments = {name: value for name, value in build.arguments.items() if name not in VARYING}
    contexts = {name: "" if _is_folder(value) else value for name, value in build.contexts.items()}
    facts = [arguments, build.target, list(bases), text_of(build), contexts, dict(build.others)]
    digest.update(json.dumps(facts, sort_keys=True).encode())
    own = Path(f"{build.dockerfile}.dockerignore")
    _add(digest, Path(build.context), own if own.is_file() and not build.inline else None, reports)
    for _, folder in sorted(build.contexts.items()):
        if _is_folder(folder):
            _add(digest, Path(folder), None, reports)
    return digest.hexdigest()


def _is_folder(context: str) -> bool:
    return context.startswith("/")


def _add(digest: hashlib._Hash, context: Path, ignore: Path | None, reports: Path | None) -> None:
    for name in _context_files(context, ignore):
        path = context / name
        if reports is not None and path.is_relative_to(reports):
            continue
        try:
            mode = path.lstat().st_mode
            content = os.fsencode(path.readlink()) if path.is_symlink() else _content(path)
        except FileNotFoundError:  # it went away while we looked: the builder will not see it either
            continue
        except OSError as error:
            raise FailedError(f"{path} cannot be read: {error.strerror}", "or name it in .dockerignore") from error
        digest.update(os.fsencode(f"\0{name}\0{mode:o}\0") + content)


def _content(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _context_files(context: Path, ignore: Path | None) -> list[str]:
    """Return the files, links and folders of a context that .dockerignore leaves, in order."""
    from docker.utils.build import exclude_paths

    file = ignore or context / ".dockerignore"
    text = file.read_bytes().decode("utf-8-sig", "surrogateescape") if file.is_file() else ""
    patterns = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        found = exclude_paths(str(context), patterns)
    except OSError as error:
        raise FailedError(
            f"{error.filename or context} cannot be read: {error.strerror}", "correct `build:` in the compose file"
        ) from error
    return sorted(name for name in found if name not in (".dockerignore", ""))


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
            "give it another name: by the variables that its `image:` has, by COMPOSE_PROJECT_NAME where it has no `image:`;"
            " or remove that image",
        )
    return mark == plan.tree


def build(
    compose: Compose, plan: Plan, secrets: Mapping[str, Path], work: Path, on_line: Callable[[str], None], limit: float
) -> Done:
    """Build one image through compose and return how that ended; `secrets` are files by BuildKit's id."""
    sources = {f"checks-build-{name}": {"file": pure.escaped(str(path))} for name, path in secrets.items()}
    section = {
        **{key: value for key, value in plan.section.items() if key not in _NOT_OURS},
        "labels": {**_labels(plan.section), labels.TREE: plan.tree},
        "secrets": [
            *(plan.section.get("secrets") or ()),
            *({"source": f"checks-build-{name}", "target": name} for name in secrets),
        ],
    }
    name = plan.service.name
    file = work / f"build-{name}.json"
    service = {"image": pure.escaped(plan.service.image), "build": section}
    body = {"name": "checks", "services": {name: service}, "secrets": {**plan.secrets, **sources}}
    file.write_text(json.dumps(body))
    words = ("--progress", "plain", "build", name)
    what = f"while {plan.service.image} was built"
    return compose.run_watched(*words, timeout=limit, what=what, file=file, on_line=on_line)


def _labels(section: Mapping[str, Any]) -> dict[str, Any]:
    found = section.get("labels") or {}
    return dict(found) if isinstance(found, dict) else dict(item.partition("=")[::2] for item in found)


def remove_superseded(client: DockerClient, image_id: str) -> None:
    """Remove what an image's name stood for before, unless a container uses it or it has another name by now."""
    if not (existing(client, image_id) or {}).get("RepoTags"):
        remove(client, image_id)


def remove(client: DockerClient, image: str) -> None:
    """Remove an image by name or id, unless something still uses it."""
    import docker.errors

    with contextlib.suppress(docker.errors.APIError):
        client.api.remove_image(image, force=False, noprune=False)
