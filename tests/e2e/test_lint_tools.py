"""The first `checks lint` on a machine: compose and packer are fetched into the cache, once, and do their work."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from checks.host import proc
from checks.host.tools import packages
from checks.model import Done

DATA = Path(__file__).parents[1] / "data"


def lint(root: Path, cache: Path) -> Done:
    argv = [sys.executable, "-P", "-m", "checks", "lint", "--root", str(root), "--only", "compose-config,packer"]
    # Without a person's own tools; git and apt stay.
    env = {
        **os.environ,
        "CHECKS_CACHE": str(cache),
        "DOCKER_CONFIG": str(cache),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    return proc.run(argv, env=env, timeout=600)


def states(root: Path) -> dict[str, tuple[str, int]]:
    tools = json.loads((root / "reports/lint.json").read_text())["tools"]
    return {tool["name"]: (tool["state"], tool["files"]) for tool in tools}


@pytest.mark.skipif(packages.which("apt-get") is None, reason="expected: packer comes from Debian where nobody has it")
def test_what_is_not_there_is_fetched_once(tmp_path: Path) -> None:
    root, cache = tmp_path / "repository", tmp_path / "cache"
    shutil.copytree(DATA / "packer", root)
    (root / "compose.yaml").write_text("services:\n  a:\n    image: x:1\n    networks: [n]\n")
    first = lint(root, cache)
    assert first.code == 1, first.err
    assert "unpacking Debian's packer into the tool cache" in first.err
    assert states(root) == {"compose-config": ("ok", 1), "packer": ("ok", 3)}
    assert "undefined network n" in first.out
    again = lint(root, cache)
    assert again.code == 1
    assert "tool cache" not in again.err
    assert not list((cache / "tools").glob(".packer-*"))
