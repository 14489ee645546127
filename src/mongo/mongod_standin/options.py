"""Options of mongod: the command line over the configuration file over the defaults."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 only where the options say so
BAD_OPTIONS: Final = 2  # what the real server ends with
# The keys of mongod.conf that are known here, and the type of each. Accepted without effect are those that set how the
# real server logs or forks: this one logs to stdout and stays in the foreground.
KNOWN: Final[Mapping[str, type | tuple[type, ...]]] = {
    "storage.dbPath": str,
    "storage.wiredTiger.engineConfig.cacheSizeGB": (int, float),
    "net.port": int,
    "net.bindIp": str,
    "net.bindIpAll": bool,
    "systemLog.destination": str,
    "systemLog.logAppend": bool,
    "systemLog.path": str,
    "systemLog.quiet": bool,
    "systemLog.verbosity": int,
    "processManagement.timeZoneInfo": str,
}


class BadOptionError(Exception):
    """An option that is not known or has no value that could be meant."""


@dataclass(frozen=True)
class Options:
    """What the server is to do; `cache_gb` in GiB."""

    dbpath: Path = Path("/data/db")
    port: int = 27017
    bind_ip: str = "127.0.0.1"
    cache_gb: float = 0.25
    version: bool = False


def read(argv: Sequence[str]) -> Options:
    """Read the command line and the configuration file that it names, or raise BadOptionError."""
    given = _parser().parse_args(argv)
    settings = settings_of(given.config) if given.config else {}
    for key, value in _from_command_line(given).items():
        settings[key] = value
    return _options(settings, version=given.version)


def settings_of(path: Path) -> dict[str, Any]:
    """Read a mongod.conf into `{"net.port": 27017, …}`; an unknown key or a value of the wrong type is refused."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadOptionError(f"Error reading config file: {error}") from error
    flat = _flat(document or {})
    for key, value in flat.items():
        _check(key, value)
    return flat


def _check(key: str, value: object) -> None:
    if key not in KNOWN:
        raise BadOptionError(f"Unrecognized option: {key}")
    # bool is an int to Python, but `port: true` is a mistake.
    if not isinstance(value, KNOWN[key]) or (isinstance(value, bool) and KNOWN[key] is not bool):
        raise BadOptionError(f"Bad value for {key}: {value!r}")


def _flat(document: object, prefix: str = "") -> dict[str, Any]:
    if not isinstance(document, dict):
        raise BadOptionError("Error reading config file: it must be a YAML mapping")
    flat: dict[str, Any] = {}
    for name, value in document.items():
        key = f"{prefix}{name}"
        flat.update(_flat(value, f"{key}.") if isinstance(value, dict) else {key: value})
    return flat


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOptionError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="mongod", allow_abbrev=False)
    parser.add_argument("-f", "--config", type=Path, metavar="FILE")
    parser.add_argument("--dbpath", metavar="DIRECTORY")
    parser.add_argument("--port", type=int)
    parser.add_argument("--bind_ip", metavar="ADDRESS")
    parser.add_argument("--bind_ip_all", action="store_true")
    parser.add_argument("--wiredTigerCacheSizeGB", type=float, metavar="GIB")
    parser.add_argument("--version", action="store_true")
    return parser


def _from_command_line(given: argparse.Namespace) -> dict[str, Any]:
    found = {
        "storage.dbPath": given.dbpath,
        "net.port": given.port,
        "net.bindIp": given.bind_ip,
        "net.bindIpAll": given.bind_ip_all or None,
        "storage.wiredTiger.engineConfig.cacheSizeGB": given.wiredTigerCacheSizeGB,
    }
    return {key: value for key, value in found.items() if value is not None}


def _options(settings: Mapping[str, Any], *, version: bool) -> Options:
    usual = Options()
    port = settings.get("net.port", usual.port)
    if not 0 <= port < 65536:
        raise BadOptionError(f"Bad value for net.port: {port}")
    return Options(
        dbpath=Path(settings.get("storage.dbPath", usual.dbpath)),
        port=port,
        bind_ip=_one_address("*" if settings.get("net.bindIpAll") else settings.get("net.bindIp", usual.bind_ip)),
        cache_gb=settings.get("storage.wiredTiger.engineConfig.cacheSizeGB", usual.cache_gb),
        version=version,
    )


def _one_address(value: str) -> str:
    """Return the address to bind: this server has one socket, so of several only all of them can be meant."""
    addresses = [each.strip() for each in value.split(",")]
    if set(addresses) <= {"127.0.0.1", "localhost", "::1"}:
        return "127.0.0.1"
    return EVERYWHERE if value == "*" or len(addresses) > 1 else value
