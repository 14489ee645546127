"""What ssh is called with for an engine on another machine, and what its words mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.errors import NoEngineError, UsageError

OPTIONS = (
    *("BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=3"),
    # What a person's configuration says for work by hand, and what would be in the way here.
    *("ControlPersist=no", "ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no", "PermitLocalCommand=no"),
    *("StreamLocalBindMask=0177", "StreamLocalBindUnlink=yes"),
)
_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.%:-]*")
_USER = re.compile(r"[A-Za-z0-9_.@\\][A-Za-z0-9_.@\\+-]*")


@dataclass(frozen=True)
class Target:
    """Whom to call: ssh's name for a machine, user and port ("" for what ssh's configuration says), path of the socket."""

    machine: str
    user: str = ""
    port: str = ""
    socket: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What names the target on ssh's command line."""
        user = ("-l", self.user) if self.user else ()
        port = ("-p", self.port) if self.port else ()
        return (*user, *port, "--", self.machine)


def parse(host: str) -> Target:
    """Take `ssh://[user@]machine[:port][/path/of/the.sock]` apart; UsageError where it is none.

    The name of the machine keeps its case: it may be an alias of ssh's configuration.
    """
    place, slash, path = host.removeprefix("ssh://").partition("/")
    user, _, where = place.rpartition("@")
    match = re.fullmatch(r"(?:\[(?P<six>[^\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>\d{1,5}))?", where)
    name = (match["six"] or match["name"]) if match else ""
    if ":" in user:
        raise UsageError(
            "the ssh:// address of the engine holds a password", "use a key, and an agent where it has one"
        )
    if not match or not _NAME.fullmatch(name) or (user and not _USER.fullmatch(user)) or "?" in path or "#" in path:
        raise UsageError(f"{host} is no address of an engine", "write ssh://user@machine or ssh://user@machine:port")
    return Target(name, user, match["port"] or "", slash + path if path else "")


def forwards(places: Iterable[tuple[str, int]]) -> list[str]:
    """Return ssh's options that bring ports of the other machine to the same ports of this one."""
    return [word for address, port in places for word in ("-L", f"{port}:{address}:{port}")]


def refused(host: str, said: str) -> NoEngineError:
    """Return what it means that ssh ended with these words."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    for pattern, what, advice in _MEANINGS:
        found = re.search(pattern, said)
        if found:
            return NoEngineError(f"{host}: {what}", advice, [last[:300]])
    return NoEngineError(f"{host}: ssh could not connect", "try it by hand, with -v", [last[:300]])


_MEANINGS = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed",
        "its host key is not the one that known_hosts has",
        "ask who runs it whether the key was changed, and only then: ssh-keygen -R MACHINE",
    ),
    (
        r"Host key verification failed|No .* host key is known",
        "its host key is not known here",
        "ssh to it once by hand and compare the fingerprint, or add its key to known_hosts",
    ),
    (
        r"Permission denied|Too many authentication failures|No supported authentication methods",
        "it does not let us in",
        "load the key into the agent or name it in ssh's configuration (IdentityFile); no password is ever asked for",
    ),
    (r"Could not resolve hostname", "its name is not known", "correct DOCKER_HOST or the docker context"),
    (
        r"[Cc]onnection refused|No route to host|Network is unreachable|timed out|[Tt]imeout, server|reset by peer"
        r"|[Cc]onnection closed|kex_exchange_identification",
        "it cannot be reached",
        "is it running, is sshd, is a firewall between? Correct DOCKER_HOST or the docker context",
    ),
)


def silent(host: str, said: str) -> NoEngineError | None:
    """Return why a socket that is there lets nobody through, from the words of ssh; None where they do not say."""
    if re.search(r"open failed: connect failed: Connection refused", said):
        return NoEngineError(f"{host}: nobody listens at its engine's socket", "start the engine there")
    if re.search(r"open failed: (administratively prohibited|connect failed): open failed", said):
        return NoEngineError(
            f"{host}: its sshd forwards nothing",
            "AllowStreamLocalForwarding and AllowTcpForwarding must be yes in its sshd_config",
        )
    return None


SEARCH = """
user=$(id -un 2>/dev/null || id -u)
echo "checks-user $user"
look() {
  [ -n "$1" ] && [ -S "$1" ] || return 0
  if [ -r "$1" ] && [ -w "$1" ]; then echo "checks-socket $1"; else echo "checks-denied $1"; fi
}
if [ -n "$CHECKS_WANTED" ]; then look "$CHECKS_WANTED"; exit 0; fi
case "$DOCKER_HOST" in unix://*) look "${DOCKER_HOST#unix://}";; esac
if command -v docker >/dev/null 2>&1; then
  echo "checks-docker yes"
  place=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null)
  case "$place" in unix://*) look "${place#unix://}";; esac
fi
look /var/run/docker.sock
look "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock"
look "$HOME/.docker/run/docker.sock"
look /run/checks/main/docker.sock
exit 0
"""
"""Finds the engine's socket on the other machine: where docker there looks for it, else in the usual places."""


def search(wanted: str) -> str:
    """Return the script that finds the socket; `wanted` is the only one to look at, "" for the usual places."""
    return f"CHECKS_WANTED='{wanted.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}'\n{SEARCH}"


def socket(host: str, answer: str, wanted: str = "") -> str:
    """Return the path of the engine's socket from what the script printed; NoEngineError where there is none for us."""
    said = [line.split(" ", 1) for line in answer.splitlines() if line.startswith("checks-")]
    found = {kind: [value for name, value in said if name == kind] for kind, _ in said}
    if found.get("checks-socket"):
        return found["checks-socket"][0]
    user = next(iter(found.get("checks-user", ())), "the user")
    if found.get("checks-denied"):
        denied = found["checks-denied"][0]
        raise NoEngineError(
            f"{host}: {user} may not use {denied}",
            f"on that machine, as root: usermod -aG $(stat -c %G {denied}) {user}; or name another user in DOCKER_HOST",
        )
    if wanted:
        raise NoEngineError(f"{host}: there is no socket {wanted}", "correct the path in DOCKER_HOST")
    if found.get("checks-docker"):
        raise NoEngineError(
            f"{host}: docker is there, and no engine is running", "start it there (systemctl start docker)"
        )
    raise NoEngineError(
        f"{host}: there is no docker on that machine", "install it there (nox -s remote -- create NAME)"
    )
