"""What an image is made of, as engines tell it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.host.docker.engine import Engine
from checks.host.images import layers
from checks.masking import Masker
from tests.unit.host.docker import fake_engine

HISTORY = [
    {"Id": "<missing>", "CreatedBy": 'CMD ["ui"]', "Size": 0, "Comment": "buildkit.dockerfile.v0"},
    {
        "Id": "<missing>",
        "CreatedBy": 'HEALTHCHECK &{["CMD" "hello" "canary-value"] "2s" "3s" "0s" \'\\x03\'}',
        "Size": 0,
    },
    {"Id": "<missing>", "CreatedBy": f"RUN  /bin/sh -c echo\tcanary-value {'x' * 500}", "Size": 4096},
    {"Id": "<missing>", "CreatedBy": None, "Comment": "Imported from -", "Size": 70_000_000},
]
ANSWERS = {
    "/version": {"ApiVersion": "1.41", "Version": "20.10.24"},
    "/v1.41/images/web/json": {"Id": "sha256:1", "Size": 70_004_096},
    "/v1.41/images/web/history": HISTORY,
    "/v1.41/images/broken/json": (500, {"message": "no such layer"}),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fake_engine.running(fake_engine.Engine(tmp_path / "s", ANSWERS, one_each=True)) as served:
        yield Engine("system", f"unix://{served.path}", "20.10.24")


def test_layers_are_the_oldest_first_without_secrets(engine: Engine) -> None:
    with contextlib.closing(engine.client(5)) as client:
        found = layers.of_each(client, ["web", "web", "gone", "broken"], Masker.of(["canary-value"]))
    assert list(found) == ["web"]
    assert found["web"]["size"] == 70_004_096
    assert [one["size"] for one in found["web"]["layers"]] == [70_000_000, 4096, 0, 0]
    said = [one["created_by"] for one in found["web"]["layers"]]
    assert said[0] == "Imported from -"
    assert said[1].startswith("RUN /bin/sh -c echo *** x")
    assert len(said[1]) == layers.TEXT
    assert said[2] == 'HEALTHCHECK --interval=2s --timeout=3s --retries=3 CMD ["hello", "***"]'
