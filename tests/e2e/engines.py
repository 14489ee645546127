"""Engines with the options that a test wants, in a world: dockerd itself, by flags and by daemon.json, not hardened by us."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.errors import NoEngineError
from checks.host import proc
from checks.host.docker import engine
from checks.host.images import imagetar
from checks.host.tools import packages
from checks.model import Done

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.e2e.conftest import World


_SHARED = "mkdir -p {0} && mount -t tmpfs none {0} && mount --make-rshared {0}"


@dataclass(frozen=True)
class Daemon:
    """A dockerd that a test started: its sockets and files are below `folder`."""

    world: World
    folder: Path

    @property
    def host(self) -> str:
        """What DOCKER_HOST takes."""
        return f"unix://{self.folder / 'd.sock'}"

    @property
    def shared(self) -> Path:
        """A folder whose mounts may be shared with containers."""
        return self.folder / "shared"

    @contextlib.contextmanager
    def client(self) -> Iterator[DockerClient]:
        """Yield docker's client for it."""
        with contextlib.closing(engine.Engine("system", self.host, "").client()) as made:
            yield made

    def load(self, archive: imagetar.Archive, name: str = "tiny:1") -> None:
        """Load an image and name it."""
        with self.client() as client, archive.path.open("rb") as file:
            client.images.load(file.read())
            client.images.get(archive.image_id).tag(*name.split(":"))

    def bench(
        self, *words: str, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> tuple[Done, dict[str, Any]]:
        """Run `checks bench` against it, from an empty repository, and return that and the report."""
        root = self.folder / "repository"
        root.mkdir(exist_ok=True)
        told = {"DOCKER_HOST": self.host, **(env or {})}
        done = self.world.checks("bench", "--root", str(root), *words, env=told, timeout=timeout)
        report = root / "reports" / "bench.json"
        return done, json.loads(report.read_text()) if report.exists() else {}


@contextlib.contextmanager
def daemon(world: World, *flags: str, file: Mapping[str, Any] | None = None) -> Iterator[Daemon]:
    """Start a dockerd with these flags and this daemon.json, and end it."""
    made = Daemon(world, world.folder / "engine")
    made.folder.mkdir(exist_ok=True)
    config = made.folder / "daemon.json"
    config.write_text(json.dumps(file or {}))
    log, pid = made.folder / "log", None
    try:
        setup = {"WORLD_SETUP": _SHARED.format(made.shared)}
        pid = proc.spawn(world.inside(*_argv(made.folder, config, flags)), log=log, env=world.env(setup), cwd=Path("/"))
        _until_ready(made, log)
        yield made
    finally:
        if pid is not None:
            _end(pid, made)


def _argv(folder: Path, config: Path, flags: Sequence[str]) -> list[str | Path]:
    place = [f"--data-root={folder / 'data'}", f"--exec-root={folder / 'x'}", f"--pidfile={folder / 'pid'}"]
    alone = ["unshare", "--pid", "--mount", "--propagation", "unchanged", "--fork", "--kill-child", "--mount-proc"]
    dockerd = packages.which("dockerd") or "dockerd"
    return [*alone, dockerd, f"--config-file={config}", f"--host=unix://{folder / 'd.sock'}", *place, *flags]


def _until_ready(made: Daemon, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(NoEngineError):
            engine.version(made.host, 2)
            return
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


def _end(pid: int, made: Daemon) -> None:
    """Take the engine's world away, and wait: two engines must never be in one network namespace."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # the kernel ends everything below it
    deadline = time.monotonic() + 15
    while made.world.named("dockerd") and time.monotonic() < deadline:
        time.sleep(0.02)
    for name in ("pid", "d.sock", "x/containerd/containerd.pid"):
        (made.folder / name).unlink(missing_ok=True)
