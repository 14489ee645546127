"""What dockerd's command line, its daemon.json and the engine's API say of its configuration, joined: what is in force."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.cis import redact
from checks.cis.daemon import DEFAULTS, Option
from checks.cis.loose import flag, pairs, table, tables, text, texts
from checks.cis.unknown import Unknown

SHORT = {
    "D": "debug",
    "l": "log-level",
    "H": "host",
    "s": "storage-driver",
    "G": "group",
    "b": "bridge",
    "p": "pidfile",
}
SHORT |= {"g": "data-root", "v": "version", "h": "help"}
SWITCHES = frozenset(
    """
    debug experimental help icc init ip-forward ip-masq iptables ip6tables ipv6 rootless live-restore
    no-new-privileges raw-logs selinux-enabled tls tlsverify userland-proxy version cri-containerd
    disable-legacy-registry validate ip-forward-no-drop allow-direct-routing bridge-accept-fwmark
    """.split()
)
"""Flags that are true by themselves: what follows one, without `=`, is another argument."""
KEYS = {
    "authorization-plugin": "authorization-plugins",
    "default-ulimit": "default-ulimits",
    "graph": "data-root",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "log-opt": "log-opts",
    "storage-opt": "storage-opts",
}
"""Flags that daemon.json calls by another name."""
FILE_OPTIONS = ("config-file", "data-root", "exec-root", "pidfile")
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_LOOPBACK = frozenset(("127.0.0.0/8", "::1/128"))
_ICC = "com.docker.network.bridge.enable_icc"
API = "the API"

Flags = Mapping[str, Sequence[str]]


def flags(argv: Sequence[str]) -> dict[str, list[str]]:
    """Return the flags of a command line, by the long name of each, with all their values in order.

    `--icc=false`, `--log-level warn`, `-l warn`, `-H=fd://`, `-Htcp://…`, `-DH fd://`; a switch alone is "true".
    """
    found: dict[str, list[str]] = {}
    words = iter(argv[1:])
    for word in words:
        if word == "--":
            break
        if word.startswith("--"):
            name, given, value = word[2:].partition("=")
            found.setdefault(name, []).append(value if given else _alone(name, words))
        elif word.startswith("-"):
            for name, value in _short(word[1:], words):
                found.setdefault(name, []).append(value)
    return found


def _alone(name: str, words: Iterable[str]) -> str:
    return "true" if name in SWITCHES else next(iter(words), "")


def _short(letters: str, words: Iterable[str]) -> Iterable[tuple[str, str]]:
    while letters:
        name, letters = SHORT.get(letters[0], letters[0]), letters[1:]
        if letters.startswith("="):
            yield name, letters[1:]
            return
        if name not in SWITCHES:
            yield name, letters or _alone(name, words)
            return
        yield name, "true"


def configuration(content: str) -> Mapping[str, Any] | Unknown:
    """Return what a daemon.json says; Unknown where it is no JSON object."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Unknown(f"daemon.json cannot be read: {str(error)[:100]}")
    return data if isinstance(data, dict) else Unknown("daemon.json is no object")


def options(given: Flags, file: Mapping[str, Any], path: str) -> dict[str, Option]:
    """Return what is set by flags and by daemon.json, which is at `path`; dockerd refuses to start with one set by both."""
    found = {name: Option(_value(name, file[name]), path) for name in DEFAULTS if name in file}
    for flag_name, values in given.items():
        name = KEYS.get(flag_name, flag_name)
        if name in DEFAULTS and values:
            found[name] = Option(_of_flag(name, values), _shown(flag_name, values))
    return found


def _shown(flag_name: str, values: Sequence[str]) -> str:
    """Return a flag as a source: its value only where it is one of few words."""
    short = len(values) == 1 and re.fullmatch(r"[A-Za-z0-9._-]{0,20}", values[0])
    return f"--{flag_name}={values[0]}" if short else f"--{flag_name}"


def _of_flag(name: str, values: Sequence[str]) -> Any:
    default = DEFAULTS[name]
    if isinstance(default, bool):
        return values[-1] in _TRUE or (values[-1] not in _FALSE and default)
    if isinstance(default, tuple):
        return tuple(redact.url(value) for value in values)
    if isinstance(default, Mapping):
        return redact.labels({key: value for key, _, value in (one.partition("=") for one in values)})
    return values[-1]


def _value(name: str, value: Any) -> Any:
    """Return a value of daemon.json in the form of DEFAULTS; what has another form is as good as not there."""
    default = DEFAULTS[name]
    if isinstance(default, bool):
        return flag(value) if isinstance(value, bool) else default
    if isinstance(default, tuple):
        return tuple(redact.url(one) for one in ((value,) if isinstance(value, str) else texts(value)))
    if name == "default-ulimits":
        limits = {key: table(one) for key, one in table(value).items()}
        return {key: f"{one.get('Soft', '')}:{one.get('Hard', '')}" for key, one in limits.items()}
    if isinstance(default, Mapping):
        return redact.labels(pairs(value))
    return text(value)


def of_api(info: object, networks: object) -> dict[str, Option]:
    """Return the options that the engine's API tells."""
    facts = table(info)
    security = security_options(facts.get("SecurityOptions"))
    told: dict[str, Any] = {}
    for name, key in (
        ("live-restore", "LiveRestoreEnabled"),
        ("debug", "Debug"),
        ("experimental", "ExperimentalBuild"),
    ):
        if isinstance(facts.get(key), bool):
            told[name] = facts[key]
    for name, key in (("log-driver", "LoggingDriver"), ("storage-driver", "Driver")):
        if text(facts.get(key)):
            told[name] = facts[key]
    if "Authorization" in table(facts.get("Plugins")):
        told["authorization-plugins"] = texts(table(facts.get("Plugins")).get("Authorization"))
    if isinstance(facts.get("RegistryConfig"), dict):
        told["insecure-registries"] = tuple(_insecure(facts["RegistryConfig"]))
    if facts.get("SecurityOptions") is not None:
        told |= _of_security(security)
    icc = next((pairs(one.get("Options")).get(_ICC) for one in tables(networks) if one.get("Name") == "bridge"), None)
    if icc in ("true", "false"):
        told["icc"] = icc == "true"
    return {name: Option(value, API) for name, value in told.items()}


def _insecure(config: Mapping[str, Any]) -> Iterable[str]:
    yield from (one for one in texts(config.get("InsecureRegistryCIDRs")) if one not in _LOOPBACK)
    for name, index in table(config.get("IndexConfigs")).items():
        if table(index).get("Secure") is False:
            yield redact.url(name)


def _of_security(security: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {} if "userns" in security else {"userns-remap": ""}
    if "userns" in security:
        told["userns-remap"] = "in use"
    if "no-new-privileges" in security:
        told["no-new-privileges"] = True
    if "seccomp" in security:
        profile = security["seccomp"]
        told["seccomp-profile"] = "" if profile in ("default", "builtin", "") else profile
    return told


def security_options(value: object) -> dict[str, str]:
    """Return the API's `name=seccomp,profile=default` as name → profile."""
    found = {}
    for one in texts(value):
        words = dict(part.partition("=")[::2] for part in one.split(","))
        name = words.get("name") or one.partition(",")[0]
        found[name] = words.get("profile", "")
    return found


def joined(written: Mapping[str, Option], told: Mapping[str, Option]) -> dict[str, Option]:
    """Return what is in force: what the API tells; where what was written says the same, that is named as its source."""
    found = dict(written)
    for name, option in told.items():
        mine = written.get(name)
        found[name] = mine if mine is not None and _agree(name, mine.value, option.value) else option
    return found


def _agree(name: str, written: Any, told: Any) -> bool:
    if name in ("userns-remap", "seccomp-profile"):  # the API says whether, not how
        return bool(written) == bool(told)
    return bool(written == told) or (isinstance(written, tuple) and set(written) == set(told))


def data_root(info: object) -> str:
    """Return the data root that the API tells, without the folder that user remapping puts below it."""
    return re.sub(r"/\d+\.\d+$", "", text(table(info).get("DockerRootDir")))
