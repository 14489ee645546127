"""Who holds a port that a stack wants to publish."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import psutil

from checks.errors import FailedError

if TYPE_CHECKING:
    from docker import DockerClient


def refuse_taken(resolved: Mapping[str, Any], client: DockerClient, project: str) -> None:
    """Raise FailedError, naming port and holder, where a port of the stack is held by anything but `project` itself."""
    for service, address, port in wanted(resolved):
        owner, holder = _container_on(client, port)
        if owner != project and (holder := holder or ("" if _is_free(address, port) else _process_on(port))):
            raise FailedError(
                f"{service} wants to publish port {port} on {address}, and {holder} holds it",
                "stop that, or choose another port (UI_PORT, MONOLITH_PORT for this repository's own)",
            )


def wanted(resolved: Mapping[str, Any]) -> Iterable[tuple[str, str, int]]:
    """Yield service, address and port for every fixed port that a stack publishes."""
    for name, item in (resolved.get("services") or {}).items():
        for port in item.get("ports") or ():
            first = str(port.get("published") or "").partition("-")[0]
            if first.isdigit() and int(first) and port.get("protocol", "tcp") == "tcp":
                yield name, str(port.get("host_ip") or "0.0.0.0"), int(first)  # noqa: S104  what compose means


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            return error.errno not in (errno.EADDRINUSE, errno.EACCES)
        return True


def _container_on(client: DockerClient, port: int) -> tuple[str, str]:
    """Return compose project and name of the container that publishes a port.

    With the proxy off a published port is a firewall rule, which no bind collides with: only the engine knows.
    """
    for container in client.api.containers(filters={"publish": str(port)}):
        if any(item.get("PublicPort") == port for item in container["Ports"]):
            project = (container["Labels"] or {}).get("com.docker.compose.project", "")
            return project, f"container {container['Names'][0].lstrip('/')}"
    return "", ""


def _process_on(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid is None:
                    break
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"
