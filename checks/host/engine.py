"""The Docker engine: which one it is, found once per process, handed to every child as DOCKER_HOST."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.errors import ChecksError, FailedError, NoEngineError

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_SOCKET = Path("/var/run/docker.sock")
PING_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""How long an engine may take to answer a question, if nothing longer is asked of it."""


@dataclass(frozen=True)
class Engine:
    """An engine that answered. `kind` is system, embedded or remote; `host` is what DOCKER_HOST takes."""

    kind: str
    host: str
    version: str

    def env(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return an environment in which every docker client speaks to this engine."""
        base = dict(os.environ if environ is None else environ)
        base.pop("DOCKER_CONTEXT", None)
        return {**base, "DOCKER_HOST": self.host}

    def client(self, timeout: float = ANSWER_SECONDS) -> DockerClient:
        """Return docker's own client for it; `timeout` in seconds for each request. Close it after use."""
        import docker
        import docker.utils

        tls = docker.utils.kwargs_from_env().get("tls") if self.host.startswith("tcp:") else None
        return docker.DockerClient(base_url=self.host, version="auto", timeout=int(timeout), tls=tls or False)

    @property
    def is_here(self) -> bool:
        """Whether its containers are processes of this machine that we can see."""
        return self.kind != "remote" and self.host.startswith("unix:")


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket; docker's own client takes 0.1 s only to import."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def version(host: str, timeout: float = PING_SECONDS) -> str:
    """Ask an engine for its version; NoEngineError where it does not answer within `timeout` seconds."""
    try:
        data = _unix_version(host, timeout) if host.startswith("unix:") else _remote_version(host, timeout)
        return str(data["Version"])
    except ChecksError:
        raise
    except Exception as error:  # docker's client raises its own, requests', paramiko's and urllib3's
        raise NoEngineError(
            f"the engine at {host} does not answer ({_reason(error)})",
            "start it, or unset DOCKER_HOST and DOCKER_CONTEXT to use another one",
        ) from error


def explain(error: Exception) -> ChecksError | None:
    """Return what an exception that docker's client let through means, None for one that is not of its making.

    An engine that says no is a failure; one that does not speak any more is no engine.
    """
    if type(error).__module__.partition(".")[0] not in ("docker", "requests", "urllib3"):
        return None
    import docker.errors

    said = str(getattr(error, "explanation", None) or error).strip() or type(error).__name__
    first, *rest = said.splitlines()
    if isinstance(error, docker.errors.APIError):
        return FailedError(f"the engine refuses: {first}", "correct what it names, or look at its log", rest)
    return NoEngineError(f"the engine does not answer any more ({first[:200]})", "checks engine status", rest)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, PermissionError):
        return "permission denied: join the group of the socket, or run as root"
    return str(getattr(error, "strerror", None) or error).splitlines()[0][:120]


def _unix_version(host: str, timeout: float) -> Any:
    with contextlib.closing(_UnixConnection(urlsplit(host).path, timeout)) as connection:
        connection.request("GET", "/version")
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"HTTP {answer.status}")
        return json.loads(answer.read())


def _remote_version(host: str, timeout: float) -> Any:
    engine = Engine("remote", host, "")
    with contextlib.closing(engine.client(timeout)) as client:
        return client.version()


def find(environ: Mapping[str, str] | None = None) -> Engine | None:
    """Return the engine that is there: DOCKER_HOST, docker context, default socket, embedded; None where none is.

    Raises NoEngineError where one is named, or its socket is there, and it does not answer.
    """
    env = os.environ if environ is None else environ
    named = env.get("DOCKER_HOST") or _context_host(env)
    if named:
        return _of(named)
    if is_socket(DEFAULT_SOCKET):
        return _of(f"unix://{DEFAULT_SOCKET}")
    from checks.host import embedded

    return embedded.running(env)


def _of(host: str) -> Engine:
    found = version(host)
    from checks.host import embedded

    if host == embedded.Place.of(os.environ).host:
        return Engine("embedded", host, found)
    return Engine("system" if host.startswith("unix:") else "remote", host, found)


def is_socket(path: Path) -> bool:
    """Return whether there is a socket at `path`."""
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _context_host(env: Mapping[str, str]) -> str | None:
    """Return where the docker context points that is in force, None for the default one."""
    folder = Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME", "/")) / ".docker")
    name = env.get("DOCKER_CONTEXT") or _current_context(folder / "config.json")
    if not name or name == "default":
        return None
    for meta in folder.glob("contexts/meta/*/meta.json"):
        with contextlib.suppress(OSError, ValueError):
            data = json.loads(meta.read_text())
            if data.get("Name") == name:
                return str(data["Endpoints"]["docker"]["Host"])
    raise NoEngineError(f"docker context {name!r} does not exist", "docker context ls; docker context use default")


def _current_context(path: Path) -> str:
    try:
        return str(json.loads(path.read_text()).get("currentContext") or "")
    except (OSError, ValueError, AttributeError):
        return ""
