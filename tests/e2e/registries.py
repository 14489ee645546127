"""Debian's docker-registry in a world, with or without a password and TLS; a server of any kind for the length of a block."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checks.host import proc
from checks.host.console import Console
from checks.host.tools import packages

if TYPE_CHECKING:
    from tests.e2e.conftest import World

ports = itertools.count(5100)
USER, PASSWORD = "ada", "dif-f3rence engine"  # with what would have to be quoted
_CONFIG = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}
http:
  addr: "{address}:{port}"
{more}
"""


@dataclasses.dataclass
class Registry:
    """A registry that runs until `kill`, and again from `start`."""

    world: World
    folder: Path
    address: str
    port: int
    pid: int = 0

    @property
    def name(self) -> str:
        """Return host:port."""
        return f"{self.address}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        argv = self.world.inside("docker-registry", "serve", self.folder / "config.yml")
        self.pid = started(self.world, self.address, self.port, *argv)

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self.pid:
            end(self.pid)
        self.pid = 0


@contextlib.contextmanager
def registry(
    world: World, address: str = "127.0.0.1", *, password: bool = False, tls: bool = False
) -> Iterator[Registry]:
    """Run Debian's docker-registry in a world for the length of the block."""
    packages.ensure({"docker-registry": "docker-registry", "htpasswd": "apache2-utils"}, Console())
    port = next(ports)
    folder = world.folder / f"registry{port}"
    folder.mkdir()
    more = ""
    if tls:
        certificate(folder, address)
        more += f"  tls: {{certificate: {folder}/server.crt, key: {folder}/server.key}}\n"
    if password:
        done = proc.run(["htpasswd", "-nBi", USER], stdin=PASSWORD, timeout=20)
        (folder / "htpasswd").write_text(done.out)
        more += f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}\n"
    (folder / "config.yml").write_text(_CONFIG.format(folder=folder, address=address, port=port, more=more))
    made = Registry(world, folder, address, port)
    made.start()
    try:
        yield made
    finally:
        made.kill()


def certificate(folder: Path, address: str) -> None:
    """Make an authority (ca.crt) and a server's certificate by it."""
    days, kind = ["-days", "2"], ["-newkey", "rsa:2048", "-nodes"]
    _openssl(folder, "req", "-x509", *kind, *days, "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt")
    _openssl(folder, "req", *kind, "-subj", "/CN=registry", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text(f"subjectAltName=IP:{address}\n")
    signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    _openssl(folder, "x509", "-req", "-in", "server.csr", *signed, *days, "-out", "server.crt")


def _openssl(folder: Path, *words: str) -> None:
    done = proc.run(["openssl", *words], cwd=folder, timeout=60)
    assert done.ok, done.err


def started(world: World, address: str, port: int, *argv: str | Path, env: Mapping[str, str] | None = None) -> int:
    """Start a server, already wrapped to run in the world, wait until it takes connections, and return its pid."""
    log = world.folder / f"{port}.log"
    pid = proc.spawn(argv, log=log, env=world.env(env), cwd=world.folder)
    asks = f"import socket; socket.create_connection(('{address}', {port}), 1).close()"
    deadline = time.monotonic() + 15
    while not world.python(asks).ok:
        if time.monotonic() > deadline:
            end(pid)
            raise AssertionError(log.read_text())
        time.sleep(0.05)
    return pid


def end(pid: int) -> None:
    """End a server with SIGKILL and wait for that."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


@contextlib.contextmanager
def serving(world: World, port: int, *argv: str | Path) -> Iterator[None]:
    """Run a server on the world's loopback for the length of the block."""
    pid = started(world, "127.0.0.1", port, *world.inside(*argv))
    try:
        yield
    finally:
        end(pid)
