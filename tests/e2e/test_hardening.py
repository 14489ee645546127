"""What a hardened engine does, beside one that is not: the difference would be noticed if the option were switched off."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.errors import NoEngineError
from checks.host import proc
from checks.host.docker import engine
from checks.host.tools import packages
from tests.e2e.engines import Daemon

if TYPE_CHECKING:
    from docker import DockerClient

    from checks.host.images import imagetar
    from tests.e2e.conftest import World

_ALONE = ("unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c")
_AGAIN = "while :; do {}; rm -f {}/pid; sleep 0.2; done"


@contextlib.contextmanager
def _restarted(world: World, *flags: str) -> Iterator[Daemon]:
    """Lend a dockerd that is started again whenever it ends, in the namespaces of something that outlives it.

    The embedded engine ends with all that it started: on that nobody could see what live-restore does.
    """
    made = Daemon(world, world.folder / "engine")
    made.folder.mkdir()
    (made.folder / "daemon.json").write_text("{}")
    place = [f"--data-root={made.folder}/data", f"--exec-root={made.folder}/x", f"--pidfile={made.folder}/pid"]
    dockerd = [
        packages.which("dockerd") or "dockerd",
        f"--config-file={made.folder}/daemon.json",
        f"--host={made.host}",
    ]
    again = _AGAIN.format(" ".join([*dockerd, *place, *flags]), made.folder)
    pid = proc.spawn(world.inside(*_ALONE, again), log=made.folder / "log", env=world.env(), cwd=Path("/"))
    try:
        _until_ready(made)
        yield made
    finally:
        os.kill(pid, signal.SIGKILL)  # the kernel ends everything below it
        deadline = time.monotonic() + 15
        while world.named("dockerd") and time.monotonic() < deadline:
            time.sleep(0.02)


def _until_ready(made: Daemon) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(NoEngineError):
            engine.version(made.host, 2)
            return
        assert time.monotonic() < deadline, (made.folder / "log").read_text()[-2000:]
        time.sleep(0.05)


def _state(client: DockerClient, container: str) -> tuple[bool, str]:
    state = client.api.inspect_container(container)["State"]
    return state["Running"], state["StartedAt"]


@pytest.mark.parametrize(("flags", "goes_on"), [(("--live-restore",), True), ((), False)])
def test_containers_outlive_an_engine_with_live_restore_only(
    world: World, tiny: imagetar.Archive, flags: tuple[str, ...], goes_on: bool
) -> None:
    with _restarted(world, *flags) as made:
        made.load(tiny)
        with made.client() as client:
            container = client.containers.run("tiny:1", ["sh", "-c", "exec busybox sleep 600"], detach=True).id or ""
            before = _state(client, container)
        (first,) = world.named("dockerd")
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while world.named("dockerd") in ([], [first]):
            assert time.monotonic() < deadline, "it was not started again"
            time.sleep(0.02)
        _until_ready(made)
        with made.client() as client:
            after = _state(client, container)
    assert before[0]
    assert after == (goes_on, before[1])
