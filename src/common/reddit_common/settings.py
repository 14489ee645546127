"""The environment, read once at start into small values; a ConfigError says which variable is wrong and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reddit_common.errors import ConfigError

SHORTEST_KEY: Final = 32
LARGEST_BODY: Final = 64 * 1024
"""How many bytes of a request's body are read; more is answered with 413."""


@dataclass(frozen=True)
class Address:
    """Where another process listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def address(env: Mapping[str, str], prefix: str, host: str, port: int) -> Address:
    """Read `<prefix>_HOST` and `<prefix>_PORT`; an unset or empty variable means the default."""
    name = f"{prefix}_PORT"
    return Address(env.get(f"{prefix}_HOST") or host, port_number(name, env.get(name) or str(port)))


def address_from_url(name: str, value: str) -> Address:
    """Read `host:port` (a leading `mongodb://` is allowed); `name` is the variable it came from."""
    host, _, port = value.removeprefix("mongodb://").rstrip("/").rpartition(":")
    if not host:
        raise ConfigError(f"{name} must be host:port, not {value!r}")
    return Address(host, port_number(name, port))


def port_number(name: str, value: str) -> int:
    """Read a TCP port, 1 to 65535."""
    if not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):
        raise ConfigError(f"{name} must be a port number from 1 to 65535, not {value!r}")
    return int(value)


def app_home(env: Mapping[str, str]) -> Path:
    """Return the folder that the service is installed in."""
    return Path(env.get("APP_HOME") or "/app")


def version(env: Mapping[str, str]) -> str:
    """Return the service's own version: the text of its VERSION file."""
    path = app_home(env) / "VERSION"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; APP_HOME names the service's folder") from error


def session_key(env: Mapping[str, str]) -> bytes:
    """Return the key that signs sessions, from the file that SESSION_KEY_FILE names; there is no default key."""
    name = env.get("SESSION_KEY_FILE")
    if not name:
        raise ConfigError("SESSION_KEY_FILE is not set: it names the file with the key that signs sessions")
    try:
        key = Path(name).read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"SESSION_KEY_FILE: cannot read {name}: {error.strerror}") from error
    if len(key) < SHORTEST_KEY:
        raise ConfigError(
            f"SESSION_KEY_FILE: the key in {name} has {len(key)} bytes, at least {SHORTEST_KEY} are needed"
        )
    return key
