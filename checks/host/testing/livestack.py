"""A stack that runs, as tests see it: its services, how to reach them, and what one may do to them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from checks.host.docker import stack
from checks.host.testing import inside
from checks.host.testing import testinfra as connection

if TYPE_CHECKING:
    from docker import DockerClient
    from testinfra.host import Host

    from checks.host.docker.engine import Engine

T = TypeVar("T")
VARIABLE = "CHECKS_STACK"
"""Names the file that tells tests of the stack."""


def wait_until(what: str, probe: Callable[[], T | None], seconds: float = 30.0, pause: float = 0.1) -> T:
    """Return the first true answer of `probe`; AssertionError, saying what was waited for, after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds:g} s: {what} (last answer: {answer!r})")
        time.sleep(pause)


@dataclass(frozen=True)
class Service:
    """One container of the stack. Nothing of it is remembered: every question is asked anew."""

    name: str
    id: str
    client: DockerClient
    engine: Engine

    def inspect(self) -> dict[str, Any]:
        """Return what the engine knows of the container."""
        return dict(self.client.api.inspect_container(self.id))

    @property
    def host(self) -> Host:
        """testinfra's host for it, through its namespaces."""
        return self.through("")

    def through(self, route: str) -> Host:
        """Return testinfra's host for it by a route of `checks.host.testing.testinfra.ROUTES`; "" for the best that there is."""
        import testinfra

        connection.register()
        host = testinfra.get_host(f"{connection.SCHEME}://{self.id}", client=self.client, route=route)
        host.process = connection.ps(host)
        return host

    def processes(self) -> list[inside.Process]:
        """Return the processes in it, numbers as it counts itself."""
        return inside.processes(self.client, self.inspect())

    def family(self) -> list[inside.Process]:
        """Return its first process and all that this started: without health checks, which come from outside."""
        return inside.family(self.processes())

    def kill_process(self, process: inside.Process) -> None:
        """End one process in it with SIGKILL."""
        inside.kill(self.client, self.inspect(), process)

    def namespaces(self) -> dict[str, str]:
        """Return which namespace of each kind (pid, net, uts …) it is in, as the kernel names them."""
        return inside.namespaces(self.client, self.inspect())

    def limit(self, controller: str, file: str) -> int:
        """Return a limit that the kernel holds it to: `memory`, `limit_in_bytes`."""
        return inside.limit(self.client, self.inspect(), controller, file)

    def mounts(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Return, by place, the type and the options of what is mounted in it."""
        return inside.mounts(self.client, self.inspect())

    def files(self) -> list[tuple[PurePosixPath, int]]:
        """Return path and mode of every file of its image's file system; mounts are left out."""
        return list(inside.files(self.client, self.inspect()))

    def read(self, path: str) -> bytes:
        """Return a file of it; FileNotFoundError where it has none of that name."""
        return inside.read(self.client, self.inspect(), path)

    def tool(self, command: str) -> connection.Answer:
        """Run a shell command of tools that are not the image's in its namespaces; return exit code and both outputs."""
        return connection.tool(self.client, self.inspect(), command)

    @property
    def health(self) -> str:
        """What its health check says: starting, healthy, unhealthy; "" where it has none."""
        return str((self.inspect()["State"].get("Health") or {}).get("Status", ""))

    def addresses(self) -> dict[str, str]:
        """Return its address in each of its networks, by the network's name in the compose file."""
        networks = self.inspect()["NetworkSettings"]["Networks"]
        return {name.rpartition("_")[2]: str(item["IPAddress"]) for name, item in networks.items()}

    def at(self, port: int) -> tuple[str, int]:
        """Return where a port of it, published or not, is reached from this machine: at its address, or through ssh."""
        return self.engine.reach(next(iter(self.addresses().values())), port)

    def published(self) -> dict[str, list[tuple[str, int]]]:
        """Return the container's ports (`9292/tcp`) with the addresses and ports they are published at."""
        found = self.inspect()["NetworkSettings"]["Ports"] or {}
        return {
            port: [(item["HostIp"], int(item["HostPort"])) for item in items or ()] for port, items in found.items()
        }

    def url(self, path: str = "/") -> str:
        """Return the address of its first published port as this machine reaches it."""
        places = [place for items in self.published().values() for place in items]
        if not places:
            raise AssertionError(f"{self.name} publishes no port")
        address, port = self.engine.reach(*places[0])
        return f"http://{address}:{port}{path}"

    def logs(self, tail: int | Literal["all"] = "all") -> str:
        """Return what it printed."""
        return bytes(self.client.api.logs(self.id, tail=tail)).decode("utf-8", "replace")

    def stop(self, grace: int = 10) -> float:
        """Stop it with SIGTERM, after `grace` seconds with SIGKILL; return the seconds it took."""
        started = time.monotonic()
        self.client.api.stop(self.id, timeout=grace)
        return time.monotonic() - started

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.client.api.kill(self.id, "SIGKILL")

    def start(self, wait: bool = True) -> None:
        """Start it again, by default until it is healthy."""
        self.client.api.start(self.id)
        if wait:
            self.wait_healthy()

    def wait_healthy(self, seconds: float = 60.0) -> None:
        """Wait until its health check says healthy; AssertionError with the end of its log after `seconds`."""
        try:
            wait_until(f"{self.name} healthy", lambda: self.health in ("healthy", ""), seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs(10)}") from error


@dataclass(frozen=True)
class Stack:
    """The stack that `checks verify` started: services by name, its resolved compose file, the stand-ins in it."""

    project: str
    resolved: Mapping[str, Any]
    standins: Mapping[str, str]
    client: DockerClient
    engine: Engine

    @cached_property
    def services(self) -> dict[str, Service]:
        """Every service of the compose file, by name; of several containers of one the first."""
        return {one.name: one for one in reversed(self.containers)}

    @cached_property
    def containers(self) -> tuple[Service, ...]:
        """Every container of the stack: several of a service with `replicas` or `scale`, in the order of their numbers."""
        # A helper container is in the project, but is no service of it.
        wanted = [f"{stack.PROJECT}={self.project}", stack.SERVICE]
        found = self.client.api.containers(all=True, filters={"label": wanted})
        found.sort(key=lambda item: (item["Labels"][stack.SERVICE], int(item["Labels"].get(stack.NUMBER) or 0)))
        return tuple(Service(item["Labels"][stack.SERVICE], item["Id"], self.client, self.engine) for item in found)

    def __getitem__(self, name: str) -> Service:
        """Return a service; KeyError where the compose file has none of that name."""
        return self.services[name]

    def machine_namespaces(self) -> dict[str, str]:
        """Return which namespace of each kind the engine's machine is in."""
        return inside.machine_namespaces(self.client, self._any().inspect())

    def on_machine(self, command: str) -> str:
        """Return what a shell command says in the network of the engine's machine; FailedError where it fails."""
        return inside.on_machine(self.client, self._any().inspect(), command)

    def _any(self) -> Service:
        return next(iter(self.services.values()))


def load(path: Path, client: DockerClient, engine: Engine) -> Stack:
    """Read what `checks verify` wrote of the stack that it started."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Stack(data["project"], data["resolved"], data["standins"], client, engine)
