"""The main job of this repository against an engine that is only reached over ssh: built, started and verified over there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.host import git
from tests.e2e import sshd
from tests.e2e.conftest import World

ROOT = Path(__file__).parents[2]
_NEW_PIDS = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """This repository's own files, without what other runs have left in it."""
    for name in git.listing(ROOT).paths:
        if (ROOT / name).is_file():
            target = tmp_path / "repository" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode & 0o777)
    return tmp_path / "repository"


def _report(root: Path, name: str) -> Any:
    return json.loads((root / "reports" / f"{name}.json").read_text())


def test_the_main_job_holds_on_a_machine_that_is_reached_by_ssh_only(
    engine_world: World, world: World, repository: Path
) -> None:
    with sshd.serving(engine_world, engine_world.place.host) as server:
        own = world.folder / "t"  # another machine has its own /tmp, too
        own.mkdir()
        environ = {"DOCKER_HOST": server.url(), "TMPDIR": str(own), **sshd.caller(world, server)}
        # Nobody over there sees the repository: the caller's mount of it is private.
        hidden = repository.parent / "seen"
        hidden.mkdir()
        setup = f"{environ['WORLD_SETUP']}; mount --bind {repository} {hidden}"
        for verb in ("build", "verify"):
            argv = [*_NEW_PIDS, sys.executable, "-P", "-m", "checks", verb, "--root", str(hidden)]
            log = _log(repository, verb)
            done = world.run(*argv, env={**environ, "WORLD_SETUP": setup}, timeout=900)
            log.write_text(done.out + done.err)
            assert done.code == 0, done.out[-6000:] + done.err[-6000:]
        report = _report(repository, "integration")
        assert (report["engine"]["kind"], report["ok"]) == ("remote", True)
        assert report["connection"]["route"] == "helper"
        assert server.logins == 2, "one connection for each command"


def _log(repository: Path, verb: str) -> Path:
    """Return where the words of a verb are kept for whoever looks for the reason of a failure."""
    return repository.parent / f"{verb}.log"
