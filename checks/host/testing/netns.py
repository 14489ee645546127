"""Entering a container's namespaces from outside: which process of this machine it is, and how tools of ours run in there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.errors import FailedError

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
_IN_ITS_PROC = 'mount -t proc proc /proc && exec sh -c "$1"'


def host_pid(inspected: Mapping[str, Any]) -> int:
    """Return the pid, as this process sees it, of an inspected container's first process.

    The engine may live in a pid namespace of its own and report inner pids. Raises FailedError where the container does
    not run, or runs where we cannot see it.
    """
    inner = int(inspected["State"]["Pid"])
    if not inner:
        raise FailedError(f"{inspected['Name'].lstrip('/')} is not running", "checks up, or look at its log")
    container = str(inspected["Id"])
    known = _found.get(container, 0)
    if _is_it(known, container, inner):
        return known
    pids = [pid for pid in _everybody() if _is_it(pid, container, inner)]
    if not pids:
        raise FailedError(
            f"{inspected['Name'].lstrip('/')} runs where this process cannot see it", "use another connection"
        )
    # A later process can have, in the container, the number that the engine gives the first one.
    _found[container] = next((pid for pid in pids if nspids(pid)[-1:] == (1,)), pids[0])
    return _found[container]


_found: dict[str, int] = {}
"""What was found before, by container: a look at every process of the machine takes its time."""


def _everybody() -> Iterator[int]:
    return (int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit())


def _is_it(pid: int, container: str, inner: int) -> bool:
    """Return whether a process is in a container's control group and known to somebody by the number `inner`."""
    if inner not in nspids(pid):
        return False
    try:
        return container in (PROC / str(pid) / "cgroup").read_text()
    except OSError:
        return False


def nspids(pid: int) -> tuple[int, ...]:
    """Return a process's pid in each pid namespace that it is in, ours first; () where it is gone."""
    try:
        match = re.search(r"^NSpid:\s+(.*)$", (PROC / str(pid) / "status").read_text(), re.MULTILINE)
    except OSError:
        return ()
    return tuple(int(number) for number in match[1].split()) if match else ()


def tool_argv(pid: int, command: str) -> list[str]:
    """Return how a shell command of this machine's tools runs inside a process's namespaces: all but the file system.

    It sees the processes, users, network, host name and IPC objects of the container, and the files of this machine.
    """
    enter = ["nsenter", "--target", str(pid), "--pid", "--net", "--uts", "--ipc", *_user(pid)]
    private = ["unshare", "--mount", "--propagation", "private", "--"]
    return [*enter, "--", *private, "sh", "-c", _IN_ITS_PROC, "sh", command]


def image_argv(pid: int, command: str) -> list[str]:
    """Return how a shell command of the image's own tools runs inside all of a process's namespaces."""
    return ["nsenter", "--target", str(pid), "--all", *_root_of_it(pid), "--", "/bin/sh", "-c", command]


def _user(pid: int) -> list[str]:
    return ["--user", "--setuid", "0", "--setgid", "0"] if has_own(pid, "user") else []


def _root_of_it(pid: int) -> list[str]:
    return ["--setuid", "0", "--setgid", "0"] if has_own(pid, "user") else []


def has_own(pid: int, kind: str) -> bool:
    """Return whether a process is in another namespace of a kind (pid, net, uts, ipc, mnt, user, cgroup) than we are."""
    return namespace(pid, kind) != (PROC / "self" / "ns" / kind).readlink()


def namespace(pid: int, kind: str) -> Path:
    """Return which namespace of a kind a process is in, as the kernel names it: net:[4026531840]."""
    return (PROC / str(pid) / "ns" / kind).readlink()


def status(pid: int) -> dict[str, str]:
    """Return /proc/<pid>/status as name → text: CapEff, NoNewPrivs, Uid, Seccomp …"""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def members(pid: int) -> tuple[int, ...]:
    """Return the pids, as we see them, of all processes in the pid namespace of `pid`."""
    wanted = namespace(pid, "pid")
    found = []
    for folder in PROC.iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and (folder / "ns" / "pid").readlink() == wanted:
                found.append(int(folder.name))
    return tuple(sorted(found))


def statuses(first: int) -> dict[int, dict[str, str]]:
    """Return the status of every process in the pid namespace of `first`, by pid as we see it.

    Left out is what ended while we looked, and what the engine is just putting into the container: it has not yet become
    the health check that it will be, and still has the engine's rights.
    """
    found = {}
    for pid in members(first):
        with contextlib.suppress(OSError):
            found[pid] = status(pid)
    return {pid: facts for pid, facts in found.items() if facts and not facts["Name"].startswith("runc")}


def family(first: int) -> dict[int, dict[str, str]]:
    """Return the status of a process and of all that it started; health checks are started from outside."""
    found = statuses(first)
    kept = {first}
    for pid in sorted(found):
        if int(found[pid]["PPid"]) in kept:
            kept.add(pid)
    return {pid: facts for pid, facts in found.items() if pid in kept}


def limit(pid: int, controller: str, file: str) -> int:
    """Return a limit of a process's control group, as version 1 or 2 has it: `memory`, `limit_in_bytes` or `max`.

    Raises OSError where there is no such limit, ValueError where it is none.
    """
    lines = [line.split(":", 2) for line in (PROC / str(pid) / "cgroup").read_text().splitlines()]
    paths = {name: path for _, names, path in lines for name in names.split(",")}
    folder = CGROUPS / controller if controller in paths else CGROUPS
    place = folder / paths.get(controller, paths.get("", "/")).lstrip("/")
    return int((place / f"{controller}.{file if controller in paths else 'max'}").read_text())


def inner_uid(pid: int) -> int:
    """Return the effective uid of a process as its own user namespace counts it."""
    return uid_inside(pid, status(pid))


def uid_inside(first: int, facts: Mapping[str, str]) -> int:
    """Return the effective uid that a process's status tells, as the user namespace of `first` counts it."""
    outer = int(facts["Uid"].split()[1])
    for line in (PROC / str(first) / "uid_map").read_text().splitlines():
        inside, outside, length = (int(number) for number in line.split())
        if outside <= outer < outside + length:
            return inside + outer - outside
    return 65534
