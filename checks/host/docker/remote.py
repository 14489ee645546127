"""An engine on another machine: one ssh connection, which lives as long as this process.

The engine's socket is forwarded to a private one here, so that docker's clients, compose and pytest all speak to it as if
it were here. What is published on that machine is reached by forwards that are added to the same connection.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from checks import sshlink
from checks.errors import NoEngineError
from checks.host import identity, proc
from checks.model import Done

CONNECT_SECONDS = 40.0
"""How long it may take to be let in: the machine's answer (ConnectTimeout), its checks of who we are."""
COMMAND_SECONDS = 30.0
_LONGEST = 60  # ssh's control path has 104 bytes at most, and ssh adds 17 to it while it makes it
_FOLDER = re.compile(f"checks-ssh-{identity.IN_A_NAME}")
_RECORD = "remote.json"
_ONLY_OURS = ("-F", "none", "-o", "ProxyCommand=false", "-o", "BatchMode=yes")
"""For whoever uses the connection: should it be gone, ssh must not make another one by itself."""


@dataclass(frozen=True)
class Link:
    """A connection: `host` is the engine's address as people write it, `folder` has the sockets at our end.

    `socket` is the path of the engine's socket over there.
    """

    host: str
    folder: Path
    socket: str
    _ports: dict[tuple[str, int], int] = field(default_factory=dict, compare=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @property
    def local(self) -> str:
        """The engine's address for clients on this machine."""
        return f"unix://{self.folder / 'docker.sock'}"

    @property
    def machine(self) -> str:
        """What the other machine is called in sentences."""
        return sshlink.parse(self.host).machine

    def run(self, *words: str, stdin: str | None = None, timeout: float = COMMAND_SECONDS) -> Done:
        """Run a command on the other machine, by its login shell; `words` are joined there with spaces."""
        return proc.run(self.argv(*words), stdin=stdin, timeout=timeout)

    def argv(self, *words: str) -> list[str | Path]:
        """Return the command line that runs a command on the other machine over this connection."""
        return ["ssh", *_ONLY_OURS, "-T", "-S", self.folder / "ctl", "--", "other", *words]

    def forward(self, address: str, port: int) -> int:
        """Return a port on this machine's 127.0.0.1 behind which is a TCP port that the other machine can reach.

        Raises NoEngineError where the connection is gone.
        """
        with self._lock:
            if (address, port) not in self._ports:
                self._ports[address, port] = self._forwarded(f"[{address}]" if ":" in address else address, port)
            return self._ports[address, port]

    def _forwarded(self, address: str, port: int) -> int:
        said: tuple[str, ...] = ()
        for _ in range(5):  # somebody may take the free port before ssh does
            free = _free_port()
            done = self._control("forward", "-L", f"127.0.0.1:{free}:{address}:{port}")
            if done.ok:
                return free
            said = done.last_lines(3)
        raise NoEngineError(f"{self.host}: no way to port {port} on {address} there", "is the connection gone?", said)

    def _control(self, command: str, *words: str) -> Done:
        # "other" is nobody: the connection is found by its socket, and no name is looked up.
        argv: list[str | Path] = ["ssh", *_ONLY_OURS, "-S", self.folder / "ctl", "-O", command, *words, "--", "other"]
        return proc.run(argv, timeout=COMMAND_SECONDS)


_links: dict[str, Link] = {}


def connect(host: str) -> Link:
    """Return the connection to the engine at an ssh:// address, made on first need.

    Raises UsageError for an address that is none, NoEngineError where there is no way or no engine, MissingToolError
    without ssh.
    """
    if host not in _links:
        _links[host] = _connected(host, sshlink.parse(host))
    return _links[host]


def of_socket(host: str) -> Link | None:
    """Return the connection that a socket of ours belongs to: another process of this run may have made it."""
    folder = Path(host.removeprefix("unix://")).parent
    known = next((link for link in _links.values() if link.folder == folder), None)
    if known is None and _FOLDER.fullmatch(folder.name):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if folder.stat().st_uid == os.getuid():
                said = json.loads((folder / _RECORD).read_text())
                known = Link(str(said["host"]), folder, str(said["socket"]))
                _links[known.host] = known
    return known


def _connected(host: str, target: sshlink.Target) -> Link:
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"checks-ssh-{identity.in_a_name()}-", dir=_short_folder()))
    options = [word for option in sshlink.OPTIONS for word in ("-o", option)]
    try:
        ssh = proc.beside(
            ["ssh", "-N", "-T", "-M", "-S", folder / "ctl", *options, *target.words],
            log=folder / "ssh.log",
            env={**os.environ, "LC_ALL": "C"},
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    atexit.register(_end, ssh, folder)  # harmless where it has ended before
    try:
        _wait(host, folder, ssh)
        link = _open_socket(Link(host, folder, target.socket))
        (folder / _RECORD).write_text(json.dumps({"host": host, "socket": link.socket}))
    except BaseException:
        _end(ssh, folder)
        raise
    return link


def _short_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) < _LONGEST else "/tmp"  # noqa: S108  the folder in it is private


def _end(ssh: proc.Companion, folder: Path) -> None:
    ssh.end()
    shutil.rmtree(folder, ignore_errors=True)


def _wait(host: str, folder: Path, ssh: proc.Companion) -> None:
    """Wait until ssh was let in: only then it makes its control socket."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while not (folder / "ctl").exists():
        if ssh.code is not None:
            raise sshlink.refused(host, _said(folder))
        if time.monotonic() >= deadline:
            raise sshlink.refused(host, f"{_said(folder)}\nConnection timed out after {CONNECT_SECONDS:.0f} s")
        time.sleep(0.02)


def _said(folder: Path) -> str:
    return (folder / "ssh.log").read_text(errors="replace")


def _open_socket(link: Link) -> Link:
    """Find the engine's socket over there, forward it to our own, and return the link that knows it."""
    asked = link.run("sh", "-s", stdin=sshlink.search(link.socket))
    if not asked.ok:
        raise NoEngineError(
            f"{link.host}: no command can be run there", "the user needs a login shell", asked.last_lines(3)
        )
    path = sshlink.socket(link.host, asked.out, link.socket)
    done = link._control("forward", "-L", f"{link.folder / 'docker.sock'}:{path}")
    if not done.ok:
        raise NoEngineError(f"{link.host}: {path} cannot be forwarded", "see what ssh says", done.last_lines(3))
    return replace(link, socket=path)


def why_silent(link: Link) -> NoEngineError | None:
    """Return why an engine behind a connection does not answer, where ssh has said so."""
    return sshlink.silent(link.host, _said(link.folder))


def _free_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        return int(free.getsockname()[1])


def sweep() -> None:
    """Remove the folders of connections whose process was killed."""
    for folder in Path(_short_folder()).glob("checks-ssh-*"):
        match = _FOLDER.fullmatch(folder.name)
        with contextlib.suppress(OSError):
            is_ours = match is not None and folder.stat().st_uid == os.getuid()
            if match and is_ours and identity.is_over(match):
                shutil.rmtree(folder, ignore_errors=True)
