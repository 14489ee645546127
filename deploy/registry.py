"""A registry for one trial: the engine that built an image pushes into it over loopback, the host pulls from it with TLS."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.errors import FailedError
from checks.host import proc
from checks.host.docker.engine import Engine
from checks.host.tools import packages
from checks.model import Output
from deploy.authority import Pair

READY_SECONDS = 15.0


@dataclass(frozen=True)
class Registry:
    """Two doors to one storage: `inner` (host:port, loopback, plain) and `outer` (host:port on the wire, TLS)."""

    inner: str
    outer: str

    def push(self, engine: Engine, image: str) -> str:
        """Push an image of an engine of this machine; return its name at the outer door, without its tag."""
        repository, _, tag = image.rpartition(":")
        with contextlib.closing(engine.client(300)) as client:
            client.api.tag(image, f"{self.inner}/{repository}", tag)
            try:
                said = client.api.push(f"{self.inner}/{repository}", tag, stream=True, decode=True)
                errors = [str(line["error"]) for line in said if "error" in line]
            finally:
                client.api.remove_image(f"{self.inner}/{repository}:{tag}", noprune=True)
        if errors:
            raise FailedError(f"{image} could not be pushed into the trial's registry", "", errors)
        return f"{self.outer}/{repository}"


@contextlib.contextmanager
def up(folder: Path, address: str, pair: Pair, out: Output) -> Iterator[Registry]:
    """Run a registry with its storage in `folder`, reached from outside at `address`."""
    packages.ensure({"docker-registry": "docker-registry"}, out)
    folder.mkdir(mode=0o700)
    inner, outer = f"127.0.0.1:{_free_port('127.0.0.1')}", f"{address}:{_free_port(address)}"
    pids = [_start(folder, "inner", inner, None)]
    try:
        pids.append(_start(folder, "outer", outer, pair))
        for door in (inner, outer):
            _wait(door, folder)
        yield Registry(inner, outer)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _start(folder: Path, name: str, address: str, pair: Pair | None) -> int:
    settings: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": address, **({"tls": {"certificate": str(pair.cert), "key": str(pair.key)}} if pair else {})},
    }
    config = folder / f"{name}.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    program = packages.which("docker-registry") or "docker-registry"
    argv: list[str | Path] = ["setpriv", "--pdeathsig", "KILL", program, "serve", config]
    return proc.spawn(argv, log=folder / "log", cwd=folder)


def _wait(door: str, folder: Path) -> None:
    address, _, port = door.rpartition(":")
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((address, int(port)), 1):
            return
        time.sleep(0.05)
    said = (folder / "log").read_text(errors="replace").splitlines()[-6:]
    raise FailedError(f"the trial's registry did not answer at {door}", "see its log", said)
