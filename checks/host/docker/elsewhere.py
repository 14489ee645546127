"""Files of this machine for containers of an engine that is on another one.

Compose mounts secrets and configs by their paths, and those mean nothing over there. Copies are put into a volume of the
run by the engine's own API, with the owner and the mode that their reader needs, and mounted from where the engine keeps
that volume. Folders of a repository that a service mounts cannot be had so: that is said, before anything is started.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.compose import bind_sources
from checks.errors import FailedError
from checks.host.docker import handed, labels

if TYPE_CHECKING:
    from docker import DockerClient

_INSIDE = "/checks-files"


@dataclass(frozen=True)
class Place:
    """Where copies go: the engine, the project and its labels, and an image on that engine: no file moves without one."""

    client: DockerClient
    project: str
    marks: Mapping[str, str]
    image: str

    @property
    def labels(self) -> dict[str, str]:
        """What marks an object as the project's, for whoever removes that."""
        return {**self.marks, labels.PROJECT: self.project}


def copies(place: Place, resolved: Mapping[str, Any]) -> dict[str, str]:
    """Copy what services mount as secrets and configs into a volume of the project; return file → its path on that machine.

    FailedError for a file that is not there.
    """
    files = handed.present(resolved)
    if not files:
        return {}
    volume = f"{place.project}_checks-files"
    api: Any = place.client.api
    mountpoint = api.create_volume(volume, labels=place.labels)["Mountpoint"]
    host = api.create_host_config(binds={volume: {"bind": _INSIDE, "mode": "rw"}}, network_mode="none")
    with _container(place, host) as container:
        api.put_archive(container, _INSIDE, _archive(files))
    return {file: f"{mountpoint}/{index}/{Path(file).name}" for index, file in enumerate(files)}


def _archive(files: Mapping[str, frozenset[str]]) -> bytes:
    """Return a tar of the files, each in a folder of its own, to be read by nobody but whom it is for."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for index, (file, users) in enumerate(files.items()):
            folder = tarfile.TarInfo(str(index))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o711
            tar.addfile(folder)
            content = Path(file).read_bytes()
            only = handed.reader(users)
            entry = tarfile.TarInfo(f"{index}/{Path(file).name}")
            entry.size = len(content)
            entry.uid, entry.mode = (0, 0o444) if only is None else (only, 0o400)
            tar.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def refuse_absent(place: Place, resolved: Mapping[str, Any], host: str) -> None:
    """Raise FailedError where a service mounts a path that is here and not there, or that has to be there and is not.

    By itself the engine would mount an empty folder in the place of the former. What is shared between both is found
    there; what is nowhere and may be made, is made.
    """
    wanted = [*bind_sources(resolved)]
    wanted += [(service, source) for service, source in bind_sources(resolved, made=True) if Path(source).exists()]
    absent = sorted(set(_absent(place, [source for _, source in wanted])))
    if absent:
        services = sorted({service for service, source in wanted if source in absent})
        raise FailedError(
            f"{', '.join(services)}: {', '.join(absent)} is mounted from this machine, and the engine is at {host}",
            "mount a named volume, hand files over as `configs:` or `secrets:`, or copy them into the image",
        )


def _absent(place: Place, sources: Sequence[str]) -> Iterator[str]:
    """Yield which paths the engine's machine does not have; the engine is asked for each by a container that never runs."""
    import docker.errors
    import docker.types

    for source in dict.fromkeys(sources):
        mount = docker.types.Mount(_INSIDE, source, type="bind", read_only=True)
        host = place.client.api.create_host_config(mounts=[mount], network_mode="none")
        try:
            with _container(place, host):
                pass
        except docker.errors.APIError as error:
            if "does not exist" not in str(error.explanation):
                raise
            yield source


@contextlib.contextmanager
def _container(place: Place, host: Mapping[str, Any]) -> Iterator[str]:
    """Create a container that is never started, and remove it."""
    api: Any = place.client.api
    made = api.create_container(place.image, ["checks"], entrypoint=[], labels=place.labels, host_config=host)
    try:
        yield str(made["Id"])
    finally:
        api.remove_container(made["Id"], force=True, v=True)
