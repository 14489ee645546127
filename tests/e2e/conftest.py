"""Machines within the machine: a network namespace and private state for engines that tests start and stop.

A test's command line runs inside its world by `nsenter` and `unshare --mount` (`ip netns exec` would mount /sys anew,
and with it hide the cgroups). The machine's own engine stays out of reach: DOCKER_HOST and docker contexts are taken
from the environment (HOME is an empty folder), CHECKS_STATE is private, and in the world's mount namespace /dev/null
lies over the default socket where there is one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from checks.host import proc
from checks.host.console import Console
from checks.host.docker import embedded, engine, kernel
from checks.host.images import imagetar
from checks.host.tools import packages
from checks.model import Done

_numbers = itertools.count(1)
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
_ENTER = """
[ -S /run/docker.sock ] && mount --bind /dev/null /run/docker.sock
[ -n "$WORLD_RESOLV" ] && mount --bind "$WORLD_RESOLV" /etc/resolv.conf
eval "$WORLD_SETUP"
unset WORLD_RESOLV WORLD_SETUP
exec "$@"
"""


@dataclasses.dataclass(frozen=True)
class World:
    """A network namespace with a way out, and the private folders of an engine in it.

    `netns` is the path of the namespace, `address` where what listens in it is reached from outside.
    """

    netns: Path
    address: str
    folder: Path
    cache: Path

    @property
    def place(self) -> embedded.Place:
        """Where the world's engine keeps things."""
        return embedded.Place.of({"CHECKS_STATE": str(self.folder / "s")})

    @property
    def engine(self) -> engine.Engine:
        """The world's engine, whether it runs or not; its socket can be reached from outside."""
        return engine.Engine("embedded", self.place.host, "")

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a command: this one's, without any way to the machine's own engine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER", "CHECKS_"))}
        ours = {"HOME": str(self.folder), "CHECKS_STATE": str(self.folder / "s"), "CHECKS_CACHE": str(self.cache)}
        return {**kept, **ours, **_resolver(), "WORLD_SETUP": "", **(more or {})}

    def inside(self, *argv: str | Path) -> list[str]:
        """Return the command line that runs a command in the world."""
        enter = ["nsenter", f"--net={self.netns}", "--", "unshare", "--mount", "--propagation", "private", "--"]
        return [*enter, "sh", "-c", _ENTER, "sh", *map(str, argv)]

    def run(self, *argv: str | Path, env: Mapping[str, str] | None = None, timeout: float = 60) -> Done:
        """Run a command in the world to its end; `env` comes on top."""
        return proc.run(self.inside(*argv), env=self.env(env), cwd=self.folder, timeout=timeout)

    def checks(self, *words: str, env: Mapping[str, str] | None = None, timeout: float = 90) -> Done:
        """Run the real command line in the world."""
        return self.run(sys.executable, "-P", "-m", "checks", *words, env=env, timeout=timeout)

    def python(self, code: str, *, env: Mapping[str, str] | None = None, timeout: float = 120) -> Done:
        """Run Python code in the world."""
        return self.run(sys.executable, "-P", "-c", code, env=env, timeout=timeout)

    def pids(self) -> list[int]:
        """Return the processes in the world's network namespace."""
        inode = self.netns.stat().st_ino
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (folder / "ns/net").stat().st_ino == inode:
                    found.append(int(folder.name))
        return found

    def named(self, name: str) -> list[int]:
        """Return the processes of that name in the world's network namespace."""
        found = []
        for pid in self.pids():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                    found.append(pid)
        return found

    def load(self, archive: imagetar.Archive, name: str = "tiny") -> None:
        """Load an image and name it `<name>:1`."""
        with contextlib.closing(self.engine.client()) as client, archive.path.open("rb") as file:
            client.images.load(file.read())
            client.images.get(archive.image_id).tag(name, "1")


def _resolver() -> dict[str, str]:
    """Name a resolv.conf that works in a network namespace: a resolver on loopback is out of reach there."""
    upstream = Path("/run/systemd/resolve/resolv.conf")
    stub = "nameserver 127." in Path("/etc/resolv.conf").read_text()
    return {"WORLD_RESOLV": str(upstream) if stub and upstream.exists() else ""}


def _command(*argv: str) -> str:
    done = proc.run(argv, timeout=30)
    assert done.ok, f"{' '.join(argv)}: {done.err}"
    return done.out


def _free_subnet() -> ipaddress.IPv4Network:
    """Return four addresses that no route of the machine covers, far from docker's default pools."""
    routes = [line.get("dst", "") for line in json.loads(_command("ip", "-json", "-4", "route"))]
    taken = [ipaddress.IPv4Network(dst, strict=False) for dst in routes if dst and dst != "default"]
    pool = list(ipaddress.IPv4Network("10.213.0.0/16").subnets(new_prefix=30))
    random.shuffle(pool)
    return next(net for net in pool if not any(net.overlaps(other) for other in taken))


@contextlib.contextmanager
def _namespace() -> Iterator[tuple[Path, str]]:
    """Make a network namespace with a way out; afterwards rules, tables and ip_forward are what they were."""
    name, subnet = f"chk{os.getpid():x}x{next(_numbers)}", _free_subnet()
    outer, inner = (str(address) for address in subnet.hosts())
    _command("ip", "netns", "add", name)
    inside = ["nsenter", f"--net=/run/netns/{name}", "--"]
    try:
        _command("ip", "link", "add", name, "type", "veth", "peer", "name", "up0", "netns", name)
        _command("ip", "address", "add", f"{outer}/30", "dev", name)
        _command("ip", "link", "set", name, "up")
        _command(*inside, "ip", "address", "add", f"{inner}/30", "dev", "up0")
        _command(*inside, "ip", "link", "set", "up0", "up")
        _command(*inside, "ip", "link", "set", "lo", "up")
        _command(*inside, "ip", "route", "add", "default", "via", outer)
        with _forwarding(name, str(subnet)):
            yield Path("/run/netns") / name, inner
    finally:
        _command("ip", "netns", "delete", name)


@contextlib.contextmanager
def _forwarding(link: str, subnet: str) -> Iterator[None]:
    rules = [
        ("nat", "POSTROUTING", "-s", subnet, "!", "-o", link, "-j", "MASQUERADE"),
        ("filter", "FORWARD", "-i", link, "-j", "ACCEPT"),  # an engine outside sets the policy to DROP
        ("filter", "FORWARD", "-o", link, "-j", "ACCEPT"),
    ]
    before, forward = kernel.snapshot(), _FORWARD.read_text()
    try:
        for table, *rule in rules:
            _command("iptables", "-w", "10", "-t", table, "-I", *rule)
        _FORWARD.write_text("1")
        yield
    finally:
        if _FORWARD.read_text() != forward:
            _FORWARD.write_text(forward)
        for table, *rule in rules:
            proc.run(["iptables", "-w", "10", "-t", table, "-D", *rule], timeout=30)
        for table in ("nat", "filter"):
            if table not in before.rules:
                kernel.drop_table(table)


@contextlib.contextmanager
def make_world(cache: Path) -> Iterator[World]:
    """Make a world, and end whatever is in it afterwards."""
    # Sockets have paths of at most 107 bytes: pytest's own temporary folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="chk", dir="/tmp"))
    folder.chmod(0o711)  # the engine's users, other than root, pass through it
    try:
        with _namespace() as (netns, address):
            made = World(netns, address, folder, cache)
            try:
                yield made
            finally:
                _end(made)
    finally:
        shutil.rmtree(folder)


def _end(world: World) -> None:
    """Stop the world's engine, then whatever else a test left in its namespace."""
    world.checks("engine", "down", "--force")
    deadline = time.monotonic() + 10
    while (pids := world.pids()) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    if not Path("/var/lib/checks").exists():  # else the user that this engine made serves the machine's own by now
        embedded.erase({"CHECKS_STATE": str(world.folder / "s")})


@pytest.fixture(scope="session")
def shared_cache() -> Iterator[Path]:
    """Give all worlds of a session one cache: a base is bootstrapped once."""
    with tempfile.TemporaryDirectory(prefix="chkcache") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def _machine() -> None:
    if os.geteuid() != 0:
        pytest.skip("network namespaces and an engine of its own need root")
    packages.ensure({"ip": "iproute2", "iptables": "iptables", "nsenter": "util-linux"}, Console())


@pytest.fixture(scope="session")
def worlds(_machine: None, shared_cache: Path) -> Callable[[], contextlib.AbstractContextManager[World]]:
    """Make a world for as long as a block needs it."""
    return lambda: make_world(shared_cache)


@pytest.fixture
def world(_machine: None, shared_cache: Path) -> Iterator[World]:
    """A world without an engine, for tests that start and stop one."""
    with make_world(shared_cache) as made:
        yield made


@pytest.fixture(scope="session")
def engine_world(_machine: None, shared_cache: Path) -> Iterator[World]:
    """A world whose engine runs, for tests that only use one."""
    with make_world(shared_cache) as made:
        done = made.checks("engine", "up", timeout=300)
        assert done.ok, done.err
        yield made


@pytest.fixture(scope="session")
def tiny(shared_cache: Path) -> imagetar.Archive:
    """Make an image of one program, busybox."""
    return make_tiny(shared_cache)


def make_tiny(folder: Path) -> imagetar.Archive:
    """Make an image of one program, busybox, as an archive in a folder."""
    packages.ensure({"busybox": "busybox-static"}, Console())
    layer = folder / "tiny-layer.tar"
    with tarfile.open(layer, "w") as tar:
        tar.add(Path(packages.which("busybox") or "").resolve(), "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    return imagetar.write(folder / "tiny.tar", layer, imagetar.Config("amd64", 0, {}, "busybox"))
