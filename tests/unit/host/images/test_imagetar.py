"""Archives of images: the same bytes in, the same id out, and only whole ones are read."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from checks.host.images import imagetar

CONFIG = imagetar.Config("amd64", 1735689600, {"a": "b"}, "made by a test")


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    path = tmp_path / "layer"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("file")
        info.size = 20000
        tar.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def test_the_same_layer_and_configuration_are_the_same_image(tmp_path: Path, layer: Path) -> None:
    one = imagetar.write(tmp_path / "one.tar", layer, CONFIG)
    two = imagetar.write(tmp_path / "two.tar", layer, CONFIG)
    assert one.image_id == two.image_id
    assert one.path.read_bytes() == two.path.read_bytes()
    other = imagetar.write(tmp_path / "two.tar", layer, dataclasses.replace(CONFIG, labels={}))
    assert other.image_id != one.image_id


def test_what_was_written_is_read(tmp_path: Path, layer: Path) -> None:
    made = imagetar.write(tmp_path / "made.tar", layer, CONFIG)
    assert imagetar.read(made.path) == made
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with tarfile.open(made.path) as tar:
        (manifest,) = json.load(tar.extractfile("manifest.json") or io.BytesIO())
        text = (tar.extractfile(manifest["Config"]) or io.BytesIO()).read()
    facts = json.loads(text)
    assert made.image_id == f"sha256:{hashlib.sha256(text).hexdigest()}"
    assert facts["created"] == "2025-01-01T00:00:00Z"
    assert facts["config"] == {"Cmd": ["bash"], "Env": facts["config"]["Env"], "Labels": {"a": "b"}}
    assert facts["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer.read_bytes()).hexdigest()}"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_one_that_is_cut_off_is_none(tmp_path: Path, layer: Path, share: float) -> None:
    made = imagetar.write(tmp_path / "made.tar", layer, CONFIG)
    content = made.path.read_bytes()
    made.path.write_bytes(content[: int(len(content) * share)])
    assert imagetar.read(made.path) is None


def test_one_that_was_changed_is_none(tmp_path: Path, layer: Path) -> None:
    made = imagetar.write(tmp_path / "made.tar", layer, CONFIG)
    content = made.path.read_bytes()
    made.path.write_bytes(content.replace(b"x" * 100, b"y" * 100, 1))
    assert imagetar.read(made.path) is None


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert imagetar.read(tmp_path / "none.tar") is None
