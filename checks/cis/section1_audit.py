"""Section 1 of the benchmark, its audit rules: whether the kernel records who touches the engine's programs and files.

Where the kernel's rules can be read, they decide; else (no audit in this kernel or namespace, no right to ask) the rule files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checks.cis.check import Check, Outcome, check
from checks.cis.host import File, Host, Role
from checks.cis.judging import Fault, over
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown

_WATCH = re.compile(r"\s*-w\s*(\S+)")
_RULE = re.compile(r"\s*-[aA]\s*(?:always,exit|exit,always)\s.*?-F\s*(path|dir)=(\S+)")
_LINKED = re.compile(r"/(?:var/run|bin|sbin|lib|lib64)(?=/|$)")


def _watched(rules: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield the paths that rules name, each with whether all below it is meant too."""
    for rule in rules:
        if watch := _WATCH.match(rule):
            yield _plain(watch[1]), True  # of a folder the kernel watches the tree
        elif found := _RULE.match(rule):
            yield _plain(found[2]), found[1] == "dir"


def _plain(path: str) -> str:
    """Return a path as /usr/bin/… and /run/…: a rule may name either side of these links, which every system of today has."""
    linked = _LINKED.match(path)
    if linked is None:
        return path.rstrip("/")
    target = "/run" if linked[0] == "/var/run" else f"/usr{linked[0]}"
    return (target + path[linked.end() :]).rstrip("/")


def _covered(file: File, watched: Iterable[tuple[str, bool]]) -> bool:
    names = {_plain(file.path), _plain(file.real)}
    return any(name == path or (tree and name.startswith(f"{path}/")) for path, tree in watched for name in names)


def _audited(snapshot: Snapshot, *roles: Role) -> Outcome:
    """Judge the files of the first of these roles that somebody plays."""
    audit = snapshot.host.audit
    files = _first(snapshot.host, roles)
    rules, where = (audit.files, "rule files") if isinstance(audit.loaded, Unknown) else (audit.loaded, "kernel")
    watched = () if isinstance(rules, Unknown) else tuple(_watched(rules))

    def fault(file: File) -> Fault:
        if isinstance(rules, Unknown):
            return rules
        if _covered(file, watched):
            return None
        return file.stat if isinstance(file.stat, Unknown) else f"no rule in the {where}"

    return over(files, fault, "file", f"a rule is in the {where}", none=f"there is no {roles[-1]} on this host")


def _first(host: Host, roles: Iterable[Role]) -> tuple[File, ...] | Unknown:
    found: tuple[File, ...] | Unknown = ()
    for role in roles:
        found = found or host.role(role)
    return found


_ANYWHERE = (
    "docker-bench-security looks for the path anywhere in a line: a rule for what is in that folder, for a longer name, or one "
    "that says never, passes; a rule for a folder above, which covers it, fails. Without auditctl it reads the rule "
    "file and does not ask the kernel"
)
_THERE = "it looks at {} only, wherever it is on this host"
_ALWAYS = f"{_THERE}, and wants a rule where it is not there"
_BELOW_RUN = "it takes the first file of that name that it finds below /run, whatever that is"


def _declare(name: str, path: str, *roles: Role, place: str = "") -> Check:
    """Declare one of these checks. path: where most hosts have it; place: where docker-bench-security looks instead."""
    declared = check(
        name,
        f"The kernel audits {path}",
        reads=f"The audit rules that the kernel holds, else the rule files; where this host has that file (mostly {path}).",
        decides="Fails when it is there and no rule records it by name, or a folder above it: `-w PATH`, `-a always,exit` "
        "with `-F path=PATH` or `-F dir=PATH`.",
        remedy=f"Add `-w {path} -p wa -k docker` to /etc/audit/rules.d/docker.rules, then `augenrules --load`.",
        deviation="; ".join(filter(None, (_ANYWHERE, place.format(path)))),
        place=path,
    )
    return declared(lambda snapshot: _audited(snapshot, *roles))


CHECKS = (
    _declare("1.1.3", "/usr/bin/dockerd", Role.DOCKERD, place=_ALWAYS),
    _declare("1.1.4", "/run/containerd", Role.CONTAINERD_RUN, place=_ALWAYS),
    _declare("1.1.5", "/var/lib/docker", Role.DATA_ROOT, place=_THERE),
    _declare("1.1.6", "/etc/docker", Role.CONFIG_DIRECTORY),
    _declare("1.1.7", "/usr/lib/systemd/system/docker.service", Role.DOCKER_SERVICE),
    _declare(
        "1.1.8",
        "/run/containerd/containerd.sock",
        Role.CONTAINERD_SOCKET_UNIT,
        Role.CONTAINERD_SOCKET,
        place=_BELOW_RUN,
    ),
    _declare("1.1.9", "/usr/lib/systemd/system/docker.socket", Role.DOCKER_SOCKET_UNIT),
    _declare("1.1.10", "/etc/default/docker", Role.DEFAULT_DOCKER),
    _declare("1.1.11", "/etc/docker/daemon.json", Role.DAEMON_JSON, place=_THERE),
    _declare("1.1.12", "/etc/containerd/config.toml", Role.CONTAINERD_CONFIG),
    _declare("1.1.13", "/etc/sysconfig/docker", Role.SYSCONFIG_DOCKER),
    _declare("1.1.14", "/usr/bin/containerd", Role.CONTAINERD, place=_THERE),
    _declare("1.1.15", "/usr/bin/containerd-shim", Role.CONTAINERD_SHIM, place=_THERE),
    _declare("1.1.16", "/usr/bin/containerd-shim-runc-v1", Role.CONTAINERD_SHIM_V1, place=_THERE),
    _declare("1.1.17", "/usr/bin/containerd-shim-runc-v2", Role.CONTAINERD_SHIM_V2, place=_THERE),
    _declare("1.1.18", "/usr/bin/runc", Role.RUNC, place=_THERE),
)
