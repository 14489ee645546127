"""Who a process is, so that it can be told later whether it still lives.

A pid alone is used again by the kernel; the boot id, the pid and the start time together are not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


_FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""The inode of the pid namespace that the kernel starts with, on every Linux."""


def boot_id() -> str:
    """Return the kernel's id of this boot, and in a pid namespace of our own the id of that, too.

    Two containers on one machine may use the same engine: what one's pids mean, the other cannot tell.
    """
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    number = pid_namespace()
    return boot if number == _FIRST_PID_NAMESPACE else f"{boot}-{number:x}"


def pid_namespace() -> int:
    """Return which pid namespace we are in, the first where the kernel does not say."""
    try:
        return (PROC / "self/ns/pid").stat().st_ino
    except OSError:
        return _FIRST_PID_NAMESPACE


def start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None where there is no such process."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def owner(pid: int | None = None) -> str:
    """Return `<boot id>:<pid>:<start time>` of a process, by default of this one."""
    number = os.getpid() if pid is None else pid
    return f"{boot_id()}:{number}:{start_time(number)}"


def is_alive(identity: str) -> bool:
    """Return whether the process of an owner string still lives; a string of another form is nobody."""
    boot, _, rest = identity.partition(":")
    pid, _, started = rest.partition(":")
    if boot != boot_id() or not pid.isdigit():
        return False
    now = start_time(int(pid))
    return now is not None and str(now) == started


def named(name: str) -> Iterator[int]:
    """Yield the pids of every live process of that name in the network namespace that we are in."""
    here = (PROC / "self/ns/net").readlink()
    for folder in PROC.iterdir():
        with contextlib.suppress(OSError):  # it ended while we looked
            is_it = folder.name.isdigit() and (folder / "comm").read_text().strip() == name
            if is_it and (folder / "ns/net").readlink() == here and start_time(int(folder.name)) is not None:
                yield int(folder.name)
