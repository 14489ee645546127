"""Who a process is, so that it can be told later whether it still lives.

A pid alone is used again by the kernel; the boot id, the pid and the start time together are not.
"""

from __future__ import annotations

import contextlib
import os
import re
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


def in_a_name() -> str:
    """Return `<pid>_<start time>` of this process, for the names of folders that go with it.

    `-<pid namespace>` follows where that is not the first one: whoever has another one cannot tell whether we live.
    """
    space = pid_namespace()
    return f"{os.getpid()}_{start_time(os.getpid())}" + ("" if space == _FIRST_PID_NAMESPACE else f"-{space:x}")


IN_A_NAME = r"(?P<pid>\d+)_(?P<started>\d+)(?:-(?P<space>[0-9a-f]+))?-[^-]*"
"""What a folder's name has after its kind, as a regular expression."""


def is_over(name: re.Match[str]) -> bool:
    """Return whether the process that a folder is named by (IN_A_NAME) has ended, as far as can be told from here."""
    space = int(name["space"], 16) if name["space"] else _FIRST_PID_NAMESPACE
    return space == pid_namespace() and not is_alive(f"{boot_id()}:{name['pid']}:{name['started']}")


def named(name: str) -> Iterator[int]:
    """Yield the pids of every live process of that name in the network namespace that we are in."""
    here = (PROC / "self/ns/net").readlink()
    for folder in PROC.iterdir():
        with contextlib.suppress(OSError):  # it ended while we looked
            is_it = folder.name.isdigit() and (folder / "comm").read_text().strip() == name
            if is_it and (folder / "ns/net").readlink() == here and start_time(int(folder.name)) is not None:
                yield int(folder.name)
