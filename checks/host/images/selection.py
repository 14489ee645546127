"""Which images a build makes and which have to come from elsewhere, whatever way their names are written."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks import errors
from checks.compose import Build, Service, escaped
from checks.host.images import images, registry


def familiar(image: str) -> str:
    """Return an image's name as the engine shows it, so that two spellings of one are the same."""
    with contextlib.suppress(errors.ChecksError):
        return registry.parse(image).familiar
    return image


def with_needed(found: Sequence[Service], only: Sequence[str]) -> list[Service]:
    """Return the services that were asked for (default: all) and those that build what they stand on."""
    makers = {familiar(service.image): service for service in found if service.build}
    wanted = selected(found, only)
    names: set[str] = set()
    while wanted:
        service = wanted.pop()
        if service.name not in names:
            names.add(service.name)
            wanted += [makers[base] for base in map(familiar, _stands_on(service)) if base in makers]
    return [service for service in found if service.name in names]


def _stands_on(service: Service) -> tuple[str, ...]:
    return images.bases_of(service) if service.build else (service.image,)


def selected(found: Sequence[Service], only: Sequence[str]) -> list[Service]:
    ordered = sorted(
        found, key=lambda service: service.build is not None
    )  # of an image's services the one that builds it
    names = {short(service.image): service for service in ordered} | {service.image: service for service in ordered}
    names |= {service.name: service for service in found}
    unknown = [name for name in only if name not in names]
    if unknown:
        known = ", ".join(sorted({service.name for service in found if service.build}))
        advice = f"there are: {known}" if known else "none of its services is built: each names an image that is pulled"
        raise errors.UsageError(f"no image or service {unknown[0]!r} in the compose file", advice)
    chosen = {names[name].name for name in only}
    return [service for service in found if not only or service.name in chosen]


def short(image: str) -> str:
    """Return an image's name without registry, prefix and tag: `post` of `reddit/post:1.0`."""
    return image.rpartition("/")[2].partition(":")[0]


def foreign(wanted: Sequence[Service], found: Sequence[Service]) -> list[str]:
    """Return the images that have to come from elsewhere: none of the services `found` builds them."""
    own = {familiar(service.image) for service in found if service.build}
    needed = [image for service in wanted for image in _stands_on(service)]
    return [image for image in dict.fromkeys(needed) if familiar(image) not in own]


def standing_in(standins: Mapping[str, str], files: Mapping[str, str], root: Path, context: str) -> list[Service]:
    """Return what is built in the place of images: image → the name that it gets, image → its Dockerfile below `root`.

    The context is the folder of the compose file's other services, so that they share their layers.
    """
    return [
        Service(f"standin-{short(image)}", name, Build(context, str(root / files[image])))
        for image, name in standins.items()
    ]


def texts(wanted: Sequence[Service]) -> dict[str, str]:
    """Return the Dockerfiles' texts by service; what cannot be read is said when it is to be built."""
    found = {}
    for service in wanted:
        with contextlib.suppress(errors.FailedError):
            found[service.name] = images.text_of(service.build) if service.build else ""
    return found


def sections(
    resolved: Mapping[str, Any], wanted: Sequence[Service], instead: Sequence[Service]
) -> dict[str, tuple[Service, Mapping[str, Any]]]:
    """Return image → its service and compose build section, stand-ins included."""
    found: dict[str, tuple[Service, Mapping[str, Any]]] = {
        service.image: (service, resolved["services"][service.name]["build"]) for service in wanted if service.build
    }
    for one in instead:
        if one.build:
            section = {"context": escaped(one.build.context), "dockerfile": escaped(one.build.dockerfile)}
            found[one.image] = (one, section)
    return found
