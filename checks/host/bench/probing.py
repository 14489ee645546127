"""Whom the collector asks: this machine and an engine, another machine over ssh, or an engine by its API alone.

Each is a Prober: `ask` takes questions of `checks.host.bench.probe` and returns their answers. One connection serves them all.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from checks.cis.unknown import Unknown
from checks.errors import NoEngineError, UsageError
from checks.host.bench import probe, talking, there
from checks.host.docker import remote
from checks.host.docker.probe_api import API_SECONDS, Api, unix

SSH_SECONDS = 120.0
CONNECT_SECONDS = 10


class Prober(Protocol):
    """Somebody to ask."""

    @property
    def target(self) -> str:
        """As people name it."""

    @property
    def socket(self) -> str:
        """The engine's socket on the machine that answers, "" where it has none."""

    @property
    def no_host(self) -> str:
        """Why nothing can be asked about the machine, empty where it can."""

    def ask(self, *questions: Sequence[Any]) -> list[there.Answer]:
        """Answer questions, in their order; NoEngineError where nobody answers any more."""


@dataclass(frozen=True)
class Here:
    """This process looks by itself; the engine's API over any connection."""

    target: str
    api: Api
    socket: str = ""
    no_host: str = ""

    def ask(self, *questions: Sequence[Any]) -> list[there.Answer]:
        """Answer questions, in their order."""
        return [(state, value) for state, value in (probe.answer(question, self.api) for question in questions)]


def settled(answer: there.Answer) -> Any:
    """Return an answer's value; None for what is not there, Unknown for what could not be read."""
    state, value = answer
    if state == "error":
        return Unknown(str(value))
    return value if state == "ok" else None


@contextlib.contextmanager
def engine(host: str, environ: Mapping[str, str]) -> Iterator[Prober]:
    """Yield whom to ask about the engine at DOCKER_HOST's `host`; over ssh, and by our own socket of that, its machine too."""
    link = remote.connect(host) if host.startswith("ssh://") else remote.of_socket(host)
    if link is not None:
        with _over(link) as asked:
            yield asked
        return
    scheme, _, rest = host.partition("://")
    if scheme == "unix":
        with contextlib.closing(Api(unix(rest))) as api:
            yield Here("local", api, rest)
    elif scheme in ("tcp", "http", "https"):
        with contextlib.closing(Api(_tcp(host, environ))) as api:
            yield Here(host, api, no_host=f"only the engine's API answers at {host}")
    else:
        raise UsageError(f"DOCKER_HOST={host} is of no kind that checks knows", "unix://, tcp:// or ssh://")


@contextlib.contextmanager
def _over(link: remote.Link) -> Iterator[Prober]:
    """Yield whom to ask about the machine of a connection that there is: our script there, else its engine's API alone."""
    with talking.talk(link.argv(there.command(sudo=False)), timeout=SSH_SECONDS) as talk:
        script = there.started(talk, link.host, link.socket)
        if script is not None:
            yield script
            return
        why = talk.last_words()
    with contextlib.closing(Api(unix(link.local.removeprefix("unix://")))) as api:
        yield Here(link.host, api, no_host=f"no script can be run at {link.host}: {why}")


def _tcp(host: str, environ: Mapping[str, str]) -> Callable[[], socket.socket]:
    """Return what connects by TCP, with TLS where the environment says so, as docker's own clients read it."""
    parts = urlsplit(host)
    verify, folder = bool(environ.get("DOCKER_TLS_VERIFY")), environ.get("DOCKER_CERT_PATH", "")
    tls = verify or bool(folder) or parts.scheme == "https"
    place = (parts.hostname or "localhost", parts.port or (2376 if tls else 2375))

    def connect() -> socket.socket:
        made = socket.create_connection(place, API_SECONDS)
        return _wrapped(made, place[0], Path(folder or Path.home() / ".docker"), verify) if tls else made

    return connect


def _wrapped(made: socket.socket, name: str, folder: Path, verify: bool) -> socket.socket:
    import ssl  # takes its time, and most engines are reached without

    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(folder / "ca.pem") if verify else None)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if (folder / "cert.pem").exists():
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context.wrap_socket(made, server_hostname=name)


@dataclass(frozen=True)
class Way:
    """How other machines are reached: with a configuration file of ssh's, and as root by sudo, which asks for no password."""

    config: str = ""
    sudo: bool = False


@dataclass(frozen=True)
class Place:
    """An ssh address: `ssh://[user@]host[:port][/path of the engine's socket]`."""

    name: str
    user: str
    port: int | None
    socket: str
    way: Way = Way()

    @classmethod
    def of(cls, address: str, way: Way = Way()) -> Place:
        """Read an address; UsageError where it is none."""
        parts = urlsplit(address)
        user, name = unquote(parts.username or ""), parts.hostname or ""
        with contextlib.suppress(ValueError):
            if parts.scheme == "ssh" and all(re.fullmatch(r"[\w.:%][\w.:%-]*", word) for word in (name, user or "x")):
                return cls(name, user, parts.port, parts.path.rstrip("/"), way)
        raise UsageError(f"{address} is no address of a host", "ssh://user@host, ssh://user@host:port")

    def argv(self, *options: str) -> list[str]:
        """Return the command line of ssh, which asks nobody for a password."""
        port = ["-p", str(self.port)] if self.port else []
        quiet = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_SECONDS}", "-o", "LogLevel=ERROR"]
        quiet += ["-o", "ControlMaster=no"]  # a master in the background would keep our pipes open
        login = ["-l", self.user] if self.user else []
        config = ["-F", self.way.config] if self.way.config else []
        return ["ssh", "-T", *config, *quiet, *port, *login, *options, "--", self.name]


@contextlib.contextmanager
def machine(address: str, way: Way = Way()) -> Iterator[Prober]:
    """Yield whom to ask about another machine and its engine: our script there, else its engine's API alone.

    Raises NoEngineError where ssh cannot get in, UsageError for what is no address.
    """
    place = Place.of(address, way)
    why = ""
    with talking.talk([*place.argv(), there.command(sudo=way.sudo)], timeout=SSH_SECONDS) as talk:
        script = there.started(talk, address, place.socket)
        if script is not None:
            yield script
            return
        why = talk.last_words()
    if not re.search(r"python3|not found|No such file", why):
        raise NoEngineError(f"{address} cannot be reached: {why or 'ssh ended'}", f"try: ssh {place.name} true")
    with _forwarded(place) as path, contextlib.closing(Api(unix(path))) as api:
        yield Here(address, api, no_host=f"there is no python3 at {address}: {why}")


@contextlib.contextmanager
def _forwarded(place: Place) -> Iterator[str]:
    """Yield a socket of this machine that ssh connects to the engine's: nothing is needed on the other machine."""
    import tempfile  # takes a while, and few hosts are reached so

    with tempfile.TemporaryDirectory(prefix="checks-ssh-") as folder:
        path = Path(folder) / "docker.sock"
        wanted = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", f"{path}:{place.socket or there.SOCKETS[0]}"]
        with talking.talk(place.argv(*wanted), timeout=SSH_SECONDS) as talk:
            deadline = time.monotonic() + CONNECT_SECONDS
            while not path.exists():
                if talk.ended() or time.monotonic() > deadline:
                    raise NoEngineError(
                        f"{place.name} cannot be reached: {talk.last_words()}", f"try: ssh {place.name} true"
                    )
                time.sleep(0.02)
            yield str(path)
