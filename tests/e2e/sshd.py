"""Debian's sshd in a world, and somebody in another world who calls it: keys, known hosts and configuration of their own.

ssh looks for its files in the home that /etc/passwd names, whatever HOME says: in the caller's mount namespace lies a
passwd with another home for root. The machine's own ssh files are never read.
"""

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

OUTSIDER = "outsider"
"""A user that may log in and not use the engine."""
_ports = itertools.count(2200)
_CONFIG = """
ListenAddress {address}:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv DOCKER_HOST={docker}
{more}
"""


@dataclasses.dataclass(frozen=True)
class Server:
    """An sshd: where it listens, its folder of keys, its log."""

    address: str
    port: int
    folder: Path

    def url(self, user: str = "root", path: str = "") -> str:
        """What DOCKER_HOST takes."""
        return f"ssh://{user}@{self.address}:{self.port}{path}"

    @property
    def log(self) -> str:
        """What it said."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def logins(self) -> int:
        """How often somebody was let in."""
        return self.log.count("Accepted publickey")


@contextlib.contextmanager
def serving(world: World, docker: str = "", more: str = "") -> Iterator[Server]:
    """Run an sshd in a world for the length of the block; who logs in finds DOCKER_HOST=`docker`."""
    packages.ensure({"sshd": "openssh-server"}, Console())
    port = next(_ports)
    folder = world.folder / f"sshd{port}"
    folder.mkdir()
    _keygen(folder / "host_key")
    _keygen(folder / "client_key")
    (folder / "authorized_keys").write_text((folder / "client_key.pub").read_text())
    (folder / "passwd").write_text(f"{Path('/etc/passwd').read_text()}{OUTSIDER}:x:4242:4242::/:/bin/sh\n")
    text = _CONFIG.format(address=world.address, port=port, folder=folder, docker=docker or "none:", more=more)
    (folder / "config").write_text(text)
    hide = "for s in /run/checks/main/docker.sock /var/run/docker.sock; do [ -S $s ] && mount --bind /dev/null $s; done"
    setup = f"mkdir -p /run/sshd; mount --bind {folder}/passwd /etc/passwd; {hide}"
    argv = world.inside(packages.which("sshd") or "sshd", "-D", "-e", "-f", folder / "config")
    pid = proc.spawn(argv, log=folder / "log", env=world.env({"WORLD_SETUP": setup}), cwd=world.folder)
    try:
        deadline = time.monotonic() + 15
        while "Server listening" not in (folder / "log").read_text():
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield Server(world.address, port, folder)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def caller(world: World, server: Server, known: str = "", more: str = "") -> dict[str, str]:
    """Return the environment of somebody in a world who can log in; `known` is a key to know the server by, not its own."""
    home = world.folder / f"home{server.port}"
    (home / ".ssh").mkdir(parents=True, exist_ok=True)
    key = " ".join((known or (server.folder / "host_key.pub").read_text()).split()[:2])
    (home / ".ssh/known_hosts").write_text(f"[{server.address}]:{server.port} {key}\n")
    (home / ".ssh/config").write_text(f"IdentityFile {server.folder}/client_key\nIdentitiesOnly yes\n{more}\n")
    lines = Path("/etc/passwd").read_text().splitlines()
    moved = [line.replace(":/root:", f":{home}:") if line.startswith("root:") else line for line in lines]
    (home / "passwd").write_text("\n".join(moved) + "\n")
    hide = "[ -S /run/checks/main/docker.sock ] && mount --bind /dev/null /run/checks/main/docker.sock"
    return {"WORLD_SETUP": f"mount --bind {home}/passwd /etc/passwd; {hide}"}


def _keygen(path: Path) -> None:
    done = proc.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path], timeout=20)
    assert done.ok, done.err


def another_key(folder: Path) -> str:
    """Return the public half of a key that nobody uses."""
    _keygen(folder / "another")
    return (folder / "another.pub").read_text()


def without(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """Return an environment without a variable."""
    return {key: value for key, value in environ.items() if key != name}
