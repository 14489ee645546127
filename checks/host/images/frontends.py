"""Images that read Dockerfiles: had as other images are, and done without where no registry answers.

The builder would fetch one from Docker Hub at each build, whatever CHECKS_OFFLINE and CHECKS_REGISTRY say; one that is on
the engine it takes from there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import compose as pure
from checks import errors, syntaxline
from checks.host.docker.engine import Engine
from checks.host.images import base, images, registry
from checks.model import Output


@dataclass(frozen=True)
class Frontends:
    """Those that are there, and why others cannot be had: what those were to read is read by the builder itself."""

    provided: Sequence[base.Provided] = ()
    missing: Mapping[str, errors.FailedError] = field(default_factory=dict)


def provide(engine: Engine, services: Sequence[pure.Service], out: Output) -> Frontends:
    """Bring the images that are to read the Dockerfiles of services onto the engine.

    Raises FailedError where CHECKS_OFFLINE=0 wants a registry and none has one.
    """
    wanted = dict.fromkeys(filter(None, (_wanted(service.build) for service in services if service.build)))
    if not wanted:
        return Frontends()
    provided, missing = base.provide_each(engine, list(wanted), {}, out, os.environ)
    if missing and registry.Policy.of(os.environ).offline is False:
        raise next(iter(missing.values()))
    for image in missing:
        out.line(f"• {image}: not to be had, the engine's own builder reads the Dockerfile in its place")
    return Frontends(provided, missing)


def _wanted(build: pure.Build) -> str:
    try:
        return syntaxline.image(images.text_of(build))
    except errors.FailedError:  # that is said when it is to be built
        return ""


def without(found: Frontends, build: pure.Build, name: str, work: Path) -> dict[str, Any]:
    """Return what a build section says instead, {} where the image that is to read its Dockerfile is there."""
    text = images.text_of(build)
    if syntaxline.image(text) not in found.missing:
        return {}
    plain = syntaxline.without(text)
    if build.inline:
        return {"dockerfile_inline": pure.escaped(plain)}
    file = work / f"{name}.Dockerfile"
    file.write_bytes(plain.encode("utf-8", "surrogateescape"))
    own = Path(f"{build.dockerfile}.dockerignore")
    if own.is_file():
        shutil.copyfile(own, f"{file}.dockerignore")
    return {"dockerfile": pure.escaped(str(file))}


def hint(found: Frontends, build: pure.Build) -> list[str]:
    """Return a line for somebody whose Dockerfile did not build: who has read it, where that is not who should."""
    image = syntaxline.image(images.text_of(build))
    if image not in found.missing:
        return []
    return [f"the engine's own builder, which may be older, has read it: {image} was not to be had without a registry"]
