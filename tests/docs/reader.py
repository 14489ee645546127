"""Somebody who reads a page and does what it says, block by block, in a repository of their own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from checks.host import proc
from tests.docs.blocks import ROOT, Block

COMPOSE = """\
---
name: sample
services:
  web:
    build: .
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 64m
    pids_limit: 16
    cpus: 0.5
"""
DOCKERFILE = """\
FROM debian:trixie-slim
USER www-data
HEALTHCHECK CMD ["true"]
CMD ["sleep", "600"]
"""
_KEPT_OUT = ("CHECKS_RUN", "CHECKS_STACK", "CHECKS_FACTS", "PYTHONPATH", "VIRTUAL_ENV", "CI", "NO_COLOR")
_NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


class Reader:
    """Where the blocks of one page are run: a sample repository, a fresh folder after `fresh`, a copy of ours for `here`."""

    def __init__(self, folder: Path, *, seconds: float) -> None:
        self.folder = folder
        self.seconds = seconds
        self.place = sample(folder / "sample")
        self._number = 0

    def run(self, block: Block) -> None:
        """Run a block as its page says; AssertionError with what it said where it does not end as it should."""
        if block.has("fresh"):
            self._number += 1
            self.place = self.folder / f"fresh{self._number}"
            self.place.mkdir()
        place = self._copy() if block.has("here") else self.place
        for script in block.commands if block.has("each") else [block.text]:
            self._bash(block, script, place)

    def _bash(self, block: Block, script: str, place: Path) -> None:
        if "$STACKCHECKS" in script:
            self._copy()
        env = {**_environment(self.folder), **(_NO_ENGINE if block.has("refusal") else {})}
        done = proc.run(["bash", "-eu", "-o", "pipefail", "-c", script], cwd=place, env=env, timeout=self.seconds)
        at = f"{block.page}:{block.line}: exit code {done.code} after {done.seconds:.0f} s\n{script}\n"
        right = done.code not in (0, 127) if block.has("refusal") else done.code in block.codes
        assert right, f"{at}{done.out[-4000:]}{done.err[-4000:]}"
        assert "a bug in checks" not in done.err, at + done.err

    def _copy(self) -> Path:
        place = self.folder / "here"
        if not place.exists():
            copy(place)
        return place


def sample(place: Path) -> Path:
    """Make a small repository that has nothing to find fault with."""
    place.mkdir()
    (place / "compose.yaml").write_text(COMPOSE)
    (place / "Dockerfile").write_text(DOCKERFILE)
    _git(place, "init", "-q", ".")
    _git(place, "add", ".")
    _git(place, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "Begin")
    return place


def copy(place: Path) -> Path:
    """Copy this repository: what git knows of it, as it is now."""
    listed = proc.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, timeout=60).out.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    _git(place, "init", "-q", ".")
    return place


def _git(place: Path, *words: str) -> None:
    done = proc.run(["git", *words], cwd=place, timeout=60)
    assert done.ok, done.err


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which `checks` and `python3` are those that the tests run with."""
    programs = folder / "bin"
    if not programs.exists():
        programs.mkdir()
        for name, words in {"checks": "-P -m checks", "python3": ""}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
            (programs / name).chmod(0o755)
    ours = os.pathsep.join((str(programs), str(Path(sys.executable).parent)))
    kept = {name: value for name, value in os.environ.items() if name not in _KEPT_OUT}
    path = {"PATH": f"{ours}:{os.environ['PATH']}", "STACKCHECKS": str(folder / "here")}
    return {**kept, **path, "PYTHONPATH": str(ROOT)}
