"""Registries: whether one may be asked, whether it answers, and pulling from it.

A registry answers when its API says 200 or challenges for authentication within ANSWER_SECONDS. One that answered
and then fails is an error; a way around it would only hide that.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import docker.auth
import docker.errors
import docker.utils
import requests

from checks.errors import FailedError, UsageError

if TYPE_CHECKING:
    from docker import DockerClient

ANSWER_SECONDS = 3.0
PULL_SECONDS = 1800.0
_MIRROR = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+|[\w-]+(?=:))(:\d+)?(/[a-z0-9._-]+)*")


@dataclass(frozen=True)
class Policy:
    """What the environment says: `offline` True never asks a registry, False needs one, None takes what is there.

    `mirror` is host[:port][/prefix] of the registry to ask for images of the default one, "" for that one itself.
    """

    offline: bool | None = None
    mirror: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Policy:
        """Read CHECKS_OFFLINE and CHECKS_REGISTRY; UsageError where they say something else."""
        offline = environ.get("CHECKS_OFFLINE", "").strip()
        if offline not in ("", "0", "1"):
            raise UsageError(
                f"CHECKS_OFFLINE={offline} means nothing",
                "1: never a registry; 0: a registry or an error; unset: automatic",
            )
        mirror = environ.get("CHECKS_REGISTRY", "").strip().rstrip("/")
        if mirror and not _MIRROR.fullmatch(mirror):
            raise UsageError(
                f"CHECKS_REGISTRY={mirror} is no registry",
                "write host:port or host.domain, with a /prefix where it has one, without http://",
            )
        return cls({"": None, "0": False, "1": True}[offline], mirror)


@dataclass(frozen=True)
class Reference:
    """An image's name, taken apart: registry ("" for the default one), repository, tag or sha256 digest."""

    registry: str
    repository: str
    version: str

    @property
    def familiar(self) -> str:
        """The short name that the engine itself shows."""
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return f"{name}{'@' if self.is_digest else ':'}{self.version}"

    @property
    def is_digest(self) -> bool:
        """Whether it names exact content and not a tag."""
        return self.version.startswith("sha256:")


def parse(image: str) -> Reference:
    """Take an image's name apart; FailedError where it is none."""
    try:
        name, version = docker.utils.parse_repository_tag(image)
        registry, repository = docker.auth.resolve_repository_name(name)
    except docker.errors.DockerException:
        repository = ""
    if not repository:
        raise FailedError(f"{image!r} is no name of an image", "correct it where it is used")
    default = registry == docker.auth.INDEX_NAME
    short = repository.removeprefix("library/") if default else repository
    return Reference("" if default else registry, short, version or "latest")


def hosts(reference: Reference, policy: Policy, info: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the registries, as host[:port], any of which can give an image.

    `info` is what the engine says of itself (docker-py's `client.info()`).
    """
    if reference.registry:
        return (reference.registry,)
    if policy.mirror:
        return (policy.mirror.partition("/")[0],)
    mirrors = (info.get("RegistryConfig") or {}).get("Mirrors") or ()
    return tuple(urlsplit(url).netloc for url in (*mirrors, info["IndexServerAddress"]))


def probe(wanted: Iterable[str], info: Mapping[str, Any], seconds: float = ANSWER_SECONDS) -> dict[str, str]:
    """Ask registries at once; return host → why it does not answer, "" where it does. Takes `seconds` at most."""
    answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    silent = dict.fromkeys(wanted, f"no answer within {seconds:g} s")
    deadline = time.monotonic() + seconds

    def ask(host: str) -> None:
        answers.put((host, _silence(host, is_plain(host, info), seconds)))

    for host in silent:  # threads, for nothing else ends a name server's silence; they end with the process
        threading.Thread(target=ask, args=(host,), daemon=True).start()
    for _ in silent.copy():
        try:
            host, why = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        silent[host] = why
    return silent


def _silence(host: str, plain: bool, seconds: float) -> str:
    url = f"{'http' if plain else 'https'}://{host}/v2/"
    try:
        with requests.Session() as session:
            session.trust_env = not _is_loopback(host)  # the engine, too, asks loopback past every proxy
            session.verify = _authorities()
            with session.get(url, timeout=seconds, allow_redirects=False, stream=True) as answer:
                challenge = answer.status_code == 401 and "WWW-Authenticate" in answer.headers
                return "" if answer.status_code == 200 or challenge else f"HTTP {answer.status_code}"
    except (requests.RequestException, OSError, ValueError) as error:
        return _reason(error)


def _reason(error: BaseException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted here"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    return "no connection" if isinstance(error, requests.exceptions.ConnectionError) else str(error)[:120]


def _authorities() -> str | bool:
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def is_plain(host: str, info: Mapping[str, Any]) -> bool:
    """Return whether a registry is spoken to without TLS: on loopback, or where the engine was told so."""
    config = info.get("RegistryConfig") or {}
    index = (config.get("IndexConfigs") or {}).get(host)
    if index is not None and not index.get("Secure", True):
        return True
    return _is_loopback(host) or _within(host, config.get("InsecureRegistryCIDRs") or ())


def _is_loopback(host: str) -> bool:
    return host.partition(":")[0] == "localhost" or _within(host, ("127.0.0.0/8",))


def _within(host: str, networks: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(host.partition(":")[0])
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


def pull(client: DockerClient, name: str) -> bool:
    """Pull an image by the engine; False where the registry does not know it, FailedError where it fails."""
    repository, version = docker.utils.parse_repository_tag(name)
    deadline = time.monotonic() + PULL_SECONDS
    try:
        for event in client.api.pull(repository, tag=version or "latest", stream=True, decode=True):
            if "error" in event:
                raise _failed(name, str(event["error"]))
            if time.monotonic() > deadline:
                raise _failed(name, f"not done after {PULL_SECONDS:.0f} s")
    except docker.errors.NotFound:
        return False
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise _failed(name, str(getattr(error, "explanation", None) or error)) from error
    return True


def _failed(name: str, why: str) -> FailedError:
    return FailedError(
        f"{name} could not be pulled, though the registry answered: {why}",
        "look at the registry and try again; CHECKS_OFFLINE=1 does without one",
    )
