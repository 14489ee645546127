"""Which process serves an engine's socket, and how it is configured: command line, daemon.json, API."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.cis import dockerd
from checks.cis.daemon import Daemon, Option
from checks.cis.loose import table, text
from checks.cis.places import DEFAULT_SOCKET, Setting, config_file
from checks.cis.unknown import Unknown
from checks.host.bench.probing import Prober, settled
from checks.host.docker import place
from checks.report.plain import counted

NAMES = ("dockerd", "dockerd-current", "dockerd-ce", "balena-engine-daemon")
_ACTIVATORS = ("systemd", "init", "systemd-socket-proxyd")


@dataclass(frozen=True)
class Process:
    """The daemon's process, as the machine it runs on sees it. root: what comes before its own paths there, mostly nothing."""

    pid: int
    argv: Sequence[str]
    program: str
    uid: int
    environ: Mapping[str, str] = field(default_factory=dict)
    root: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Process:
        """Return what the probe says of a process."""
        pid, argv = int(facts["pid"]), list(facts["argv"])
        program = facts["exe"] or (argv[0] if argv and argv[0].startswith("/") else "")
        root = f"/proc/{pid}/root" if facts["root"] else ""
        return cls(pid, argv, program, int(facts["uid"]), facts["environ"] or {}, root)


def find(prober: Prober) -> Process | Unknown:
    """Return the process that serves the engine's socket: not any dockerd, but who made the socket, or was given it."""
    if prober.no_host:
        return Unknown(prober.no_host)
    pid = settled(prober.ask(["peer"])[0])
    if isinstance(pid, Unknown):
        return Unknown(f"who serves {prober.socket} is not known: {pid.reason}")
    if not pid:
        return Unknown(f"what serves {prober.socket} is no process that can be seen from here")
    facts = settled(prober.ask(["process", pid])[0])
    if isinstance(facts, Unknown) or facts is None:
        return facts or Unknown(f"the process {pid} that serves {prober.socket} is gone")
    if facts["comm"] in NAMES or _is_dockerd(facts):
        return Process.of(facts)
    if pid != 1 and facts["comm"] not in _ACTIVATORS:
        return Unknown(f"{prober.socket} is served by {facts['comm']}, not by a dockerd of this machine")
    return _activated(prober)


def _is_dockerd(facts: Mapping[str, Any]) -> bool:
    return any(posixpath.basename(path) in NAMES for path in (facts["exe"], *facts["argv"][:1]))


def _activated(prober: Prober) -> Process | Unknown:
    """Return the dockerd that was given its socket by systemd: the one that was told to take `fd://`."""
    found = settled(prober.ask(["named", *NAMES])[0])
    all_of_them = [] if not isinstance(found, list) else [Process.of(facts) for facts in found]
    given = [one for one in all_of_them if "fd://" in dockerd.flags(one.argv).get("host", ())]
    chosen = given or all_of_them
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        return Unknown(f"systemd made {prober.socket}, and no dockerd is seen that it gave it to")
    return Unknown(f"{counted(len(chosen), 'process', 'processes')} called dockerd may serve {prober.socket}")


@dataclass(frozen=True)
class Found:
    """The daemon, what decides where its files are, and its process; Unknown where none is seen.

    machine: name and kernel of the machine that the engine says it is on.
    """

    daemon: Daemon
    setting: Setting
    process: Process | Unknown
    machine: tuple[str, str]


def daemon(prober: Prober, info: object, networks: object) -> Found:
    """Return what is known of the daemon; `info` and `networks` are the API's answers."""
    process = find(prober)
    told = dockerd.of_api(info, networks)
    rootless = "rootless" in dockerd.security_options(table(info).get("SecurityOptions"))
    kind = _kind(prober, rootless)
    machine = (text(table(info).get("Name")), text(table(info).get("KernelVersion")))
    if isinstance(process, Unknown):
        setting = _setting(prober, info, rootless, {}, told)
        return Found(Daemon(told, process.reason, kind, process, process), setting, process, machine)
    flags = dockerd.flags(process.argv) if any(process.argv) else Unknown("its command line cannot be read")
    given = {} if isinstance(flags, Unknown) else flags
    home = process.environ.get("HOME") or ("/root" if process.uid == 0 else "")
    path = given.get("config-file", [config_file(rootless, process.environ, home)])[-1]
    file = _file(prober, process.root + path)
    written = dockerd.options(given, {} if isinstance(file, Unknown) else file, path)
    options = dockerd.joined(written, told)
    unread = next((one.reason for one in (flags, file) if isinstance(one, Unknown)), "")
    made = Daemon(options, unread, kind, process.uid, process.program or Unknown("the program's path cannot be read"))
    extra = {**{name: values[-1] for name, values in given.items() if values}, **_paths_in(file)}
    return Found(made, _setting(prober, info, rootless, extra, options, process, path), process, machine)


def _kind(prober: Prober, rootless: bool) -> str:
    if prober.socket == "" or prober.target != "local":
        return "remote"
    if rootless:
        return "rootless"
    return "embedded" if prober.socket == str(place.embedded_socket()) else "system"


def _file(prober: Prober, path: str) -> Mapping[str, Any] | Unknown:
    content = settled(prober.ask(["text", path])[0])
    if isinstance(content, Unknown):
        return content
    return {} if content is None else dockerd.configuration(content)


def _paths_in(file: Mapping[str, Any] | Unknown) -> dict[str, str]:
    if isinstance(file, Unknown):
        return {}
    return {name: text(file[name]) for name in dockerd.FILE_OPTIONS if text(file.get(name))}


def _setting(
    prober: Prober,
    info: object,
    rootless: bool,
    extra: Mapping[str, str],
    options: Mapping[str, Option],
    process: Process | None = None,
    path: str = "/etc/docker/daemon.json",
) -> Setting:
    environ = process.environ if process else {}
    return Setting(
        config_file=path,
        program=process.program if process else "",
        data_root=extra.get("data-root") or dockerd.data_root(info) or "/var/lib/docker",
        exec_root=extra.get("exec-root", ""),
        socket=prober.socket or ("" if prober.no_host else DEFAULT_SOCKET),
        rootless=rootless,
        home=environ.get("HOME", "/root"),
        run=environ.get("XDG_RUNTIME_DIR", "/var/run") if rootless else "/var/run",
        options=options,
    )
