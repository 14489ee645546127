"""`checks init` in a repository with a stack, and what it wrote run against that stack on an engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.host.images import imagetar

if TYPE_CHECKING:
    from tests.e2e.conftest import World

SERVES = "busybox mkdir -p /srv && echo hello >/srv/index.html && exec busybox httpd -f -p 8080 -h /srv"

NEEDED = {"job": {"condition": "service_completed_successfully"}}


def write(root: Path, **services: dict[str, Any]) -> None:
    filled = {name: {"image": "tiny:1", "init": True, **service} for name, service in services.items()}
    (root / "compose.yaml").write_text(json.dumps({"services": filled}))


def web(port: int) -> dict[str, Any]:
    return {"command": ["busybox", "sh", "-c", SERVES], "ports": [f"{port}"]}


def test_from_nothing_to_a_verified_stack(engine_world: World, tiny: imagetar.Archive, tmp_path: Path) -> None:
    engine_world.load(tiny)
    write(tmp_path, web={**web(8080), "depends_on": NEEDED}, job={"command": ["busybox", "true"]})
    root = ["--root", str(tmp_path)]
    begun = engine_world.checks("init", *root)
    assert begun.code == 0, begun.err
    first = engine_world.checks("verify", *root, timeout=180)
    assert first.code == 0, first.err + first.out
    assert "── checks verify: passed" in first.err
    assert "✓ assertions  3 passed" in first.err
    assert "no earlier run to compare with" in first.err

    write(tmp_path, web=web(8081))  # where nobody listens
    second = engine_world.checks("verify", *root, timeout=180, env={"GITHUB_ACTIONS": "true"})
    assert second.code == 1, second.err
    said = second.err[second.err.index("── checks verify: failed (exit code 1)") :]
    assert "✗ assertions  2 passed, 1 failed" in said
    assert "test_somebody_listens_behind_the_published_ports" in said
    assert "last time passed in" in said
    assert len(said.splitlines()) <= 24
    assert "::group::building the images" in second.err
