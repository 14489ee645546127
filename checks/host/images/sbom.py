"""A bill of materials for an image, CycloneDX JSON: what its package managers say is installed in it.

A container is made of the image, never started, and its file system read as the engine streams it. What was said of an
image is kept by its id, which stands for its content, so that each image is read once.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import tarfile
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from checks import __version__, installed
from checks.host import cache, identity
from checks.host.docker import labels
from checks.host.files import write_atomic
from checks.host.images import exported
from checks.host.run import Run
from checks.installed import Package

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from docker import DockerClient

_RECIPE = 1
"""Goes up when the same image would be described otherwise."""
_SPACE = uuid.UUID("2f1e9b3a-5f0e-4d0c-9d4e-3f6f1f0f7c11")


@dataclass(frozen=True)
class Contents:
    """What is installed in an image; `unread` are lists of packages that are there and could not be read."""

    packages: tuple[Package, ...]
    system: Mapping[str, str]
    unread: tuple[str, ...] = ()


def write(client: DockerClient, images: Mapping[str, str], run: Run) -> list[dict[str, Any]]:
    """Write reports/sbom/<name>.cdx.json for images by name (service → image), and return what a report says of each.

    An image that is not there is left out; one that the engine does not hand out has an `error` in place of a file.
    """
    import docker.errors

    found: list[dict[str, Any]] = []
    for name, image in images.items():
        entry = {"service": name, "image": image}
        try:
            text = of_image(client, image, run)
        except docker.errors.ImageNotFound:
            continue
        except (docker.errors.APIError, tarfile.TarError) as error:
            found.append({**entry, "error": str(error)})
            continue
        path = run.reports / "sbom" / f"{name}.cdx.json"
        write_atomic(path, text)
        found.append({**entry, "file": f"sbom/{path.name}", "components": len(json.loads(text).get("components", ()))})
    return found


def of_image(client: DockerClient, image: str, run: Run) -> str:
    """Return an image's bill of materials as CycloneDX JSON."""
    facts = client.api.inspect_image(image)  # type: ignore[no-untyped-call]
    key = uuid.uuid5(_SPACE, f"{_RECIPE} {__version__} {image} {facts['Id']}")
    kept = cache.root() / "sbom" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError):
        text = kept.read_text(encoding="utf-8")
        json.loads(text)
        return text
    text = described(image, facts, contents(client, facts["Id"], run), key)
    with contextlib.suppress(OSError):  # then it is read again the next time
        write_atomic(kept, text)
    return text


def contents(client: DockerClient, image: str, run: Run) -> Contents:
    """Read what is installed in an image."""
    import docker.errors

    marks = labels.of_run(run.id, identity.owner())
    made = client.api.create_container(image, ["/nothing"], labels=marks)
    try:
        with exported.archive(client, made["Id"]) as archive:
            return read(archive)
    finally:
        with contextlib.suppress(docker.errors.NotFound):
            client.api.remove_container(made["Id"], force=True, v=True)


def read(archive: tarfile.TarFile) -> Contents:
    """Read what is installed from a file system as an archive."""
    packages: dict[tuple[str, ...], Package] = {}
    system: dict[str, str] = {}
    unread: list[str] = []
    for member in archive:
        name = member.name.removeprefix("./").lstrip("/")
        reader = installed.reader(name)
        if not member.isreg() or member.size > installed.LARGEST:
            unread += [name] if reader and member.isreg() else []
        elif reader is not None:
            for package in reader(_text(archive.extractfile(member))):
                packages.setdefault((package.kind, package.name, package.version, package.architecture), package)
        elif name in installed.SYSTEM:
            system = installed.system(_text(archive.extractfile(member))) or system
        elif installed.RPM.fullmatch(name):
            unread.append(name)
    return Contents(tuple(sorted(packages.values())), system, tuple(unread))


def _text(file: IO[bytes] | None) -> str:
    return file.read().decode("utf-8", "replace") if file else ""


def described(image: str, facts: Mapping[str, Any], found: Contents, number: uuid.UUID) -> str:
    """Return CycloneDX JSON; the same for the same image, so its time is that of the image."""
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    properties = [Property(name="checks:image-id", value=str(facts["Id"]))]
    properties += [Property(name="checks:not-read", value=path) for path in found.unread]
    root = Component(name=image, type=ComponentType.CONTAINER, bom_ref="image", properties=properties)
    bom = Bom(serial_number=number)
    bom.metadata.component = root
    bom.metadata.timestamp = _time(str(facts.get("Created") or ""))
    bom.metadata.tools.components.add(Component(name="checks", version=__version__, type=ComponentType.APPLICATION))
    components = list(_components(found))
    bom.components.update(components)
    bom.register_dependency(root, components)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an image in which nothing is installed depends on nothing
        return f"{JsonV1Dot6(bom).output_as_string(indent=1)}\n"


def _time(created: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(f"{created[:19]}+00:00")
    except ValueError:  # an image without a time
        return datetime.datetime.fromtimestamp(0, datetime.UTC)


def _components(found: Contents) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType

    distribution, release = found.system.get("id", ""), found.system.get("version_id", "")
    if distribution:
        kind = ComponentType.OPERATING_SYSTEM
        yield Component(name=distribution, version=release, type=kind, bom_ref="system")
    for package in found.packages:
        yield _component(package, distribution, f"{distribution}-{release}" if release else distribution)


def _component(package: Package, distribution: str, distro: str) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense
    from packageurl import PackageURL

    ours = package.kind in ("deb", "apk")
    qualifiers = {"arch": package.architecture, "distro": distro, "upstream": package.source} if ours else {}
    group, _, name = package.name.rpartition("/") if package.kind == "npm" else ("", "", package.name)
    namespace = (distribution or {"deb": "debian", "apk": "alpine"}[package.kind]) if ours else group
    kept = {key: value for key, value in qualifiers.items() if value}
    purl = PackageURL(package.kind, namespace or None, name, package.version, kept or None)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=purl.to_string(),
        licenses=[DisjunctiveLicense(name=package.licence)] if package.licence else None,
    )


def wanted(resolved: Mapping[str, Any], standins: Mapping[str, str], asked: Iterable[str]) -> dict[str, str]:
    """Return service → image of a resolved compose file, stand-ins in place; of the images `asked`, or of all."""
    from checks import compose

    only = set(asked)
    images = {service.name: standins.get(service.image, service.image) for service in compose.services(resolved)}
    return {name: image for name, image in images.items() if not only or image in only}
