"""The Docker engine: which one it is, found once per process, handed to every child as DOCKER_HOST."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.errors import ChecksError, FailedError, NoEngineError
from checks.host.docker import probe_api
from checks.host.docker.place import Place, supervisor

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_SOCKET = Path("/var/run/docker.sock")
PING_SECONDS = 5.0
_LOGIN_SECONDS = 10.0
"""How much longer an engine elsewhere may take: to be reached at all."""
ANSWER_SECONDS = 30.0
"""How long an engine may take to answer a question, if nothing longer is asked of it."""


@dataclass(frozen=True)
class Engine:
    """An engine that answered. `kind` is system, embedded or remote; `host` is what DOCKER_HOST takes.

    `local` is where clients in this run reach it, where that is another address: one behind our own ssh connection.
    """

    kind: str
    host: str
    version: str
    local: str = ""

    def env(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return an environment in which every docker client speaks to this engine."""
        base = dict(os.environ if environ is None else environ)
        base.pop("DOCKER_CONTEXT", None)
        return {**base, "DOCKER_HOST": self.local or self.host}

    def client(self, timeout: float = ANSWER_SECONDS) -> DockerClient:
        """Return docker's own client for it; `timeout` in seconds for each request. Close it after use."""
        import docker
        import docker.utils

        tls = docker.utils.kwargs_from_env().get("tls") if self.host.startswith("tcp:") else None
        return docker.DockerClient(
            base_url=self.local or self.host, version="auto", timeout=int(timeout), tls=tls or False
        )

    @property
    def is_here(self) -> bool:
        """Whether its containers are processes of this machine that we can see."""
        return self.kind != "remote" and self.host.startswith("unix:")

    def reach(self, address: str, port: int) -> tuple[str, int]:
        """Return where a TCP port that the engine's machine reaches at `address` is reached from this machine.

        Raises NoEngineError where the ssh connection is gone.
        """
        if self.local:
            from checks.host.docker import remote

            return "127.0.0.1", remote.connect(self.host).forward(address, port)
        if self.host.startswith("tcp:") and address in ("0.0.0.0", "::"):  # noqa: S104  that it is published everywhere
            return urlsplit(self.host).hostname or address, port
        return address, port


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
    with contextlib.closing(probe_api.Api(probe_api.unix(urlsplit(host).path, timeout))) as api:
        status, body = api.get(["/version"])[0]
    if status != 200:
        raise OSError(f"HTTP {status}")
    return json.loads(body)


def _remote_version(host: str, timeout: float) -> Any:
    def ask() -> Any:
        with contextlib.closing(Engine("remote", host, "").client(timeout)) as client:
            return client.version()

    return _within(timeout + _LOGIN_SECONDS, ask)


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what `work` does, TimeoutError after `seconds`: a log-in by ssh knows no limit of ours."""
    answers: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return answer


def find(environ: Mapping[str, str] | None = None) -> Engine | None:
    """Return the engine that is there: DOCKER_HOST, docker context, default socket, embedded; None where none is.

    Raises NoEngineError where one is named, or its socket is there, and it does not answer.
    """
    place = locate(environ)
    if place is None:
        return None
    kind, host = place
    return _over_ssh(host) if _is_over_ssh(host) else Engine(kind, host, version(host))


def locate(environ: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """Return kind and host of the engine that `find` finds, without asking it anything."""
    env = os.environ if environ is None else environ
    named = env.get("DOCKER_HOST") or _context_host(env)
    if named or is_socket(DEFAULT_SOCKET):
        host = named or f"unix://{DEFAULT_SOCKET}"
        if host == Place.of(os.environ).host:
            return "embedded", host
        return ("system" if host.startswith("unix:") and not _is_over_ssh(host) else "remote"), host
    place = Place.of(env)
    return None if supervisor(place) is None else ("embedded", place.host)


def _is_over_ssh(host: str) -> bool:
    return host.startswith("ssh:") or "/checks-ssh-" in host


def _over_ssh(host: str) -> Engine:
    """Return the engine at the other end of an ssh connection, by its address or by the socket at our end."""
    from checks.host.docker import remote

    link = remote.connect(host) if host.startswith("ssh:") else remote.of_socket(host)
    if link is None:
        raise NoEngineError(
            f"the ssh connection behind {host} is over", "set DOCKER_HOST to the engine's ssh:// address"
        )
    try:
        return Engine("remote", link.host, version(link.local), link.local)
    except NoEngineError as error:
        raise (remote.why_silent(link) or NoEngineError(f"{link.host}: {error}", error.advice)) from error


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
