"""The layers of an image, as folders or out of `docker save`, and a search in them for what builds must not keep.

What a later layer deletes is still in the image for whoever pulls it, so the file system of a container does not tell.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from checks.host.images import buildenv

if TYPE_CHECKING:
    from docker import DockerClient

    from checks.testing import Stack


def _index() -> tuple[str, ...]:
    """Return the hosts of the public package index, as pip knows them; () where the environment has no pip."""
    with contextlib.suppress(ImportError):
        from pip._internal.models.index import PyPI

        return PyPI.netloc, PyPI.file_storage_domain
    return ()


LARGEST = 1 << 20
"""What settings, keys and CA bundles do not exceed; in larger files nothing is looked for."""
PEM = re.compile(rb"-----BEGIN [A-Z ]*(CERTIFICATE|PRIVATE KEY)-----\s+[A-Za-z0-9+/]{16}")
PLACES = re.compile(
    r"/etc/(pip\.conf|ssl/certs/ca-certificates\.crt|apt/apt\.conf\.d/90checks|apt/sources\.list\.d/90checks\.list)"
    r"|/(root|home/[^/]+|nonexistent)/\.(cache|config/pip|pip|netrc|pypirc)(/.*)?|/var/lib/apt/lists/.*_.*"
)
PUBLIC = ("debian.org", *_index(), "localhost", "127.0.0.1")
_ADDRESS = re.compile(r"(?:https?|socks5h?)://[^\s\"';/]+|(?<==)\s*[\w-]+(?:\.[\w-]+)+(?::\d+)?")


def private_words(scratch: Path) -> list[bytes]:
    """Return the hosts that builds on this machine are told of: proxies, package indexes, mirrors; not the public ones.

    What builds are handed is in `scratch` meanwhile: a folder that goes even where this process is killed.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        handed = buildenv.with_apt_sources(buildenv.secrets(folder), "trixie", folder)
        texts = [path.read_text() for secret, path in handed.items() if secret != "ca"]
    return hosts("\n".join([*texts, *(f"={value}" for value in buildenv.proxies().values())]))


def hosts(settings: str) -> list[bytes]:
    """Return the hosts (with ports and credentials, where they have some) that settings name, without the public ones."""
    found = {match.strip().rpartition("//")[2] for match in _ADDRESS.findall(settings)}
    return sorted(host.encode() for host in found if not host.partition(":")[0].endswith(PUBLIC))


def folders(stack: Stack, image: str, scratch: Path) -> list[Path]:
    """Return a folder for every layer of an image; those that the engine does not show are unpacked below `scratch`."""
    facts = stack.client.api.inspect_image(image)  # type: ignore[no-untyped-call]
    data = (facts.get("GraphDriver") or {}).get("Data") or {}
    shown = [Path(name) for name in [*data.get("LowerDir", "").split(":"), data.get("UpperDir", "")] if name]
    if stack.engine.is_here and shown and all(folder.is_dir() for folder in shown):
        return shown
    return list(_unpacked(stack.client, image, scratch))


def _unpacked(client: DockerClient, image: str, scratch: Path) -> Iterator[Path]:
    archive = scratch / "image.tar"
    with archive.open("wb") as file:
        file.writelines(client.images.get(image).save())
    with tarfile.open(archive) as outer:
        for number, member in enumerate(outer.getmembers()):
            inner = outer.extractfile(member)
            if inner is None or not (member.name.endswith("layer.tar") or "/blobs/" in f"/{member.name}"):
                continue
            try:
                with tarfile.open(fileobj=inner) as layer:
                    layer.extractall(scratch / str(number), filter=_only_files)  # noqa: S202  that filter
            except tarfile.ReadError:  # a manifest: in new archives all blobs have names alike
                continue
            yield scratch / str(number)


def _only_files(member: tarfile.TarInfo, place: str) -> tarfile.TarInfo | None:
    """Leave out links: where an absolute one leads is outside of `scratch`, and nothing is looked for in them."""
    return tarfile.data_filter(member, place) if member.isreg() or member.isdir() else None


def strays(layer: Path, words: Iterable[bytes]) -> list[str]:
    """Return what a layer has that belongs to the machine it was built on: `path: what`."""
    wanted = tuple(words)
    found = []
    for path, size in _files(layer):
        name = f"/{path.relative_to(layer)}"
        if PLACES.fullmatch(name):
            found.append(f"{name}: should not be there")
        if size <= LARGEST:
            found += [f"{name}: {what}" for what in _inside(path.read_bytes(), wanted)]
    return found


def _files(layer: Path) -> Iterator[tuple[Path, int]]:
    for folder, _, names in os.walk(layer):
        for name in names:
            facts = (Path(folder) / name).lstat()
            if stat.S_ISREG(facts.st_mode):
                yield Path(folder) / name, facts.st_size


def _inside(content: bytes, words: Iterable[bytes]) -> Iterator[str]:
    if b"-----BEGIN " in content and (match := PEM.search(content)):
        yield match[0].decode()
    for word in words:
        if word in content:
            yield word.decode()
