"""An image of one layer as an archive that `docker load` takes: same layer, same configuration, same image id."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LAYER = "layer.tar"


@dataclass(frozen=True)
class Config:
    """What an image says of itself: architecture, time stamp (seconds since 1970), labels, how it was made."""

    architecture: str
    epoch: int
    labels: Mapping[str, str]
    history: str


@dataclass(frozen=True)
class Archive:
    """An archive that is whole: where it is, and the id that the image has on every engine."""

    path: Path
    image_id: str


def write(path: Path, layer: Path, config: Config) -> Archive:
    """Write the archive of a layer (an uncompressed tar) in one step: readers see a whole one or none."""
    text = json.dumps(_json(config, _digest(layer)), sort_keys=True).encode()
    image_id = hashlib.sha256(text).hexdigest()
    manifest = [{"Config": f"{image_id}.json", "RepoTags": None, "Layers": [_LAYER]}]
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, f"{image_id}.json", io.BytesIO(text), len(text))
            with layer.open("rb") as content:
                _add(tar, _LAYER, content, layer.stat().st_size)
            listing = json.dumps(manifest).encode()
            _add(tar, "manifest.json", io.BytesIO(listing), len(listing))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return Archive(path, f"sha256:{image_id}")


def read(path: Path) -> Archive | None:
    """Return the archive at `path`; None where there is none, or one that is cut off or was changed."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            manifest = json.load(_member(tar, "manifest.json"))[0]
            text = _member(tar, manifest["Config"]).read()
            digest = hashlib.file_digest(_member(tar, _LAYER), "sha256").hexdigest()  # type: ignore[arg-type]
        image_id = hashlib.sha256(text).hexdigest()
        whole = json.loads(text)["rootfs"]["diff_ids"] == [f"sha256:{digest}"]
        return Archive(path, f"sha256:{image_id}") if whole and manifest["Config"] == f"{image_id}.json" else None
    except (OSError, tarfile.TarError, ValueError, KeyError, IndexError, TypeError):
        return None


def _json(config: Config, digest: str) -> dict[str, Any]:
    created = datetime.datetime.fromtimestamp(config.epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "architecture": config.architecture,
        "os": "linux",
        "created": created,
        "config": {"Cmd": ["bash"], "Env": [f"PATH={_PATH}"], "Labels": dict(config.labels)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": created, "created_by": config.history}],
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, content)


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file
