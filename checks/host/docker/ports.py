"""Who holds a port that a stack wants to publish."""

from __future__ import annotations

import contextlib
import errno
import itertools
import shlex
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import psutil

from checks import sshlink
from checks.errors import FailedError
from checks.host.docker.engine import Engine

if TYPE_CHECKING:
    from docker import DockerClient

_SCHEMES = {
    **dict.fromkeys((443, 8443, 9443), "https://"),
    **dict.fromkeys((21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1883, 8883), ""),
    **dict.fromkeys((1433, 1521, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 26379, 27017), ""),
}
"""What a browser puts before an address, by the container's port; http:// for those that are not here."""


def refuse_taken(resolved: Mapping[str, Any], client: DockerClient, project: str, *, here: bool = True) -> None:
    """Raise FailedError, naming port and holder, where a port of the stack is held by anything but `project` itself.

    `here` says that the engine publishes on this machine, so that its processes can be what holds one.
    """
    for service, address, port in wanted(resolved):
        owner, holder = _container_on(client, address, port)
        if not holder and here and not _is_free(address, port):
            holder = _process_on(port)
        if holder and owner != project:
            raise FailedError(
                f"{service} wants to publish port {port} on {address}, and {holder} holds it",
                "stop that, or choose another port: in the compose file, or by the variable that it takes it from",
            )


def wanted(resolved: Mapping[str, Any]) -> Iterable[tuple[str, str, int]]:
    """Return service, address and port for every TCP port that a stack publishes at one place.

    Of a range (8000-8010) the engine takes what is free.
    """
    return ((name, address, number) for name, address, number, _ in _fixed(resolved))


def _fixed(resolved: Mapping[str, Any]) -> Iterator[tuple[str, str, int, int]]:
    """Yield what `wanted` does, and the container's port."""
    for name, item in (resolved.get("services") or {}).items():
        for port in item.get("ports") or ():
            number = str(port.get("published") or "")
            if number.isdecimal() and int(number) and port.get("protocol", "tcp") == "tcp":
                address = str(port.get("host_ip") or "0.0.0.0")  # noqa: S104  what compose means
                yield name, address, int(number), int(port.get("target") or 0)


def overlap(one: str, other: str) -> bool:
    """Return whether two addresses to listen on cannot both be had: they are the same, or one stands for all."""
    return one == other or bool({"", "0.0.0.0", "::"} & {one, other})  # noqa: S104  what is compared


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address, port))
    except OSError as error:  # a machine may be without IPv6: nobody holds a port of it there
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def _container_on(client: DockerClient, address: str, port: int) -> tuple[str, str]:
    """Return compose project and name of the container that publishes a TCP port.

    With the proxy off a published port is a firewall rule, which no bind collides with: only the engine knows.
    """
    for container in client.api.containers(filters={"publish": str(port)}):
        held = [item for item in container["Ports"] if item.get("PublicPort") == port and item.get("Type") == "tcp"]
        if any(overlap(address, item.get("IP", "")) for item in held):
            marks = container["Labels"] or {}
            folder = marks.get("com.docker.compose.project.working_dir", "")
            name = f"container {container['Names'][0].lstrip('/')}{f' of {folder}' if folder else ''}"
            return marks.get("com.docker.compose.project", ""), name
    return "", ""


def _process_on(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid is None:
                    break
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"


def ways_to(resolved: Mapping[str, Any], engine: Engine) -> list[str]:
    """Return the command that brings what a stack publishes on another machine's loopback here, for a person to run."""
    places = [(address, port) for _, address, port in wanted(resolved) if address.startswith("127.")]
    if not places or not engine.local:
        return []
    return [shlex.join(["ssh", "-N", *sshlink.forwards(places), *sshlink.parse(engine.host).words])]


def published(resolved: Mapping[str, Any]) -> list[str]:
    """Return a line for the fixed ports that a stack publishes, with an address at which this machine reaches them.

    One line is for one port, or for a range. What stands before the address is what usually listens on the container's port.
    """
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    lines: dict[tuple[str, str], list[int]] = {}
    for service, address, number, target in _fixed(resolved):
        at = here.get(address, address)
        place = f"{_SCHEMES.get(target, 'http://')}{f'[{at}]' if ':' in at else at}"
        lines.setdefault((service, place), []).append(number)
    return [f"{service}: {place}:{said}" for (service, place), numbers in lines.items() for said in _ranges(numbers)]


def _ranges(numbers: Iterable[int]) -> Iterator[str]:
    """Yield single numbers, and neighbours as `first-last`."""
    for _, group in itertools.groupby(enumerate(sorted(set(numbers))), lambda item: item[1] - item[0]):
        some = [number for _, number in group]
        yield str(some[0]) if len(some) == 1 else f"{some[0]}-{some[-1]}"
