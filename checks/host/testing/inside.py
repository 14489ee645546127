"""What the kernel says of a container, and what is in it: read from /proc of this machine, else from inside, by the engine.

The first is for who is root on the engine's machine (the route `nsenter`), the second for all others. Both give the same:
numbers of processes and users are those that the container itself counts.
"""

from __future__ import annotations

import io
import os
import posixpath
import shlex
import signal
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from checks.errors import FailedError
from checks.host import proc
from checks.host.images import exported, helper
from checks.host.testing import netns
from checks.host.testing import testinfra as connection

if TYPE_CHECKING:
    from docker import DockerClient

_STATUSES = "echo $$; for p in /proc/[0-9]*; do printf '\\036'; cat $p/status 2>/dev/null; done; true"
_MOST_LINKS = 10
_NAMESPACES = 'for n in /proc/{pid}/ns/*; do echo "${{n##*/}} $(readlink "$n")"; done'


@dataclass(frozen=True)
class Process:
    """A process of a container; `facts` is its /proc/<pid>/status. What comes from outside has no parent (0) in there."""

    pid: int
    parent: int
    name: str
    uid: int
    facts: Mapping[str, str]


def directly() -> bool:
    """Return whether this process sees the containers' processes and files in its own /proc."""
    return connection.chosen_route() == "nsenter"


def processes(client: DockerClient, inspected: Mapping[str, Any]) -> list[Process]:
    """Return the processes in a container, without whoever asks and what the engine is just putting into it."""
    if directly():
        first = netns.host_pid(inspected)
        found = netns.statuses(first)
        inner = {pid: int(facts["NSpid"].split()[-1]) for pid, facts in found.items()}
        return [
            Process(inner[pid], inner.get(int(facts["PPid"]), 0), facts["Name"], netns.uid_inside(first, facts), facts)
            for pid, facts in found.items()
        ]
    return _statuses(_ask(client, inspected, _STATUSES))


def _statuses(text: str) -> list[Process]:
    asker, *records = text.split("\036")
    found = []
    for record in records:
        facts = {name: value.strip() for name, _, value in (line.partition(":") for line in record.splitlines())}
        if "Pid" in facts and "Uid" in facts and not facts["Name"].startswith("runc"):
            pid, parent = int(facts["Pid"]), int(facts["PPid"])
            if int(asker) not in (pid, parent):
                found.append(Process(pid, parent, facts["Name"], int(facts["Uid"].split()[1]), facts))
    return found


def family(found: Iterable[Process]) -> list[Process]:
    """Return a container's first process and all that it started; health checks are started from outside."""
    kept: dict[int, Process] = {}
    for process in sorted(found, key=lambda process: process.pid):
        if process.pid == 1 or process.parent in kept:
            kept[process.pid] = process
    return list(kept.values())


def kill(client: DockerClient, inspected: Mapping[str, Any], process: Process) -> None:
    """End a process of a container with SIGKILL; FailedError where that is not possible."""
    if directly():
        first = netns.host_pid(inspected)
        os.kill(next(pid for pid in netns.members(first) if netns.nspids(pid)[-1] == process.pid), signal.SIGKILL)
        return
    # A root without capabilities may not: its own user may.
    _ask(client, inspected, f"kill -9 {process.pid}", str(process.uid))


def namespaces(client: DockerClient, inspected: Mapping[str, Any]) -> dict[str, str]:
    """Return which namespace of each kind a container is in, as the kernel names them: net:[4026531840]."""
    if directly():
        return _links(netns.host_pid(inspected))
    return _pairs(_ask(client, inspected, _NAMESPACES.format(pid="self")))


def machine_namespaces(client: DockerClient, inspected: Mapping[str, Any]) -> dict[str, str]:
    """Return the namespaces of the engine's machine: ours, else those of the first process that the engine sees."""
    if directly():
        return _links(os.getpid())
    return _pairs(on_machine(client, inspected, _NAMESPACES.format(pid="1")))


def on_machine(client: DockerClient, inspected: Mapping[str, Any], command: str) -> str:
    """Return what a shell command says in the network of the engine's machine; FailedError where it fails."""
    if directly():
        done = proc.run(["sh", "-c", command], timeout=connection.LIMIT)
        return _answer(command, (done.code, done.out.encode(), done.err.encode()))
    return _answer(command, helper.on_machine(client, inspected, command))


def limit(client: DockerClient, inspected: Mapping[str, Any], controller: str, file: str) -> int:
    """Return a limit of a container's control group: `memory`, `limit_in_bytes` (version 2 calls each one `max`)."""
    if directly():
        return netns.limit(netns.host_pid(inspected), controller, file)
    own, unified = f"/sys/fs/cgroup/{controller}/{controller}.{file}", f"/sys/fs/cgroup/{controller}.max"
    return int(_ask(client, inspected, f"if [ -e {own} ]; then cat {own}; else cat {unified}; fi"))


def mounts(client: DockerClient, inspected: Mapping[str, Any]) -> dict[str, tuple[str, frozenset[str]]]:
    """Return, by place, the type and the options of what is mounted in a container."""
    if directly():
        text = (netns.PROC / str(netns.host_pid(inspected)) / "mounts").read_text()
    else:
        text = _ask(client, inspected, "cat /proc/self/mounts")
    return {words[1]: (words[2], frozenset(words[3].split(","))) for words in map(str.split, text.splitlines())}


def read(client: DockerClient, inspected: Mapping[str, Any], path: str) -> bytes:
    """Return a file of a container, where links lead too; FileNotFoundError where it has none of that name."""
    one = _read_here if directly() else _read_there
    for _ in range(_MOST_LINKS):
        found = one(client, inspected, path)
        if isinstance(found, bytes):
            return found
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), found))
    raise FileNotFoundError(path)


def _read_here(_client: DockerClient, inspected: Mapping[str, Any], path: str) -> bytes | str:
    """Return a file, or where the link leads that is in its place: here an absolute one would lead out of the container."""
    place = netns.PROC / str(netns.host_pid(inspected)) / "root" / path.lstrip("/")
    return str(place.readlink()) if place.is_symlink() else place.read_bytes()


def _read_there(client: DockerClient, inspected: Mapping[str, Any], path: str) -> bytes | str:
    import docker.errors

    try:
        pieces, _ = client.api.get_archive(inspected["Id"], path)
    except docker.errors.NotFound as error:
        raise FileNotFoundError(path) from error
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        member = tar.getmembers()[0]
        content = None if member.issym() else tar.extractfile(member)
        return content.read() if content else member.linkname


def files(client: DockerClient, inspected: Mapping[str, Any]) -> Iterator[tuple[PurePosixPath, int]]:
    """Yield path and mode of every file of a container's own file system; what is mounted in it is left out."""
    if directly():
        yield from _walk(netns.PROC / str(netns.host_pid(inspected)) / "root")
        return
    over = {PurePosixPath(place) for place in mounts(client, inspected)} - {PurePosixPath("/")}
    with exported.archive(client, str(inspected["Id"])) as tar:
        for member in tar:
            path = PurePosixPath("/") / member.name
            # A hard link is a second name of a file. The export also holds the empty files that mounts lie over.
            if (member.isfile() or member.islnk()) and over.isdisjoint((path, *path.parents)):
                yield path, member.mode


def _walk(root: Path) -> Iterator[tuple[PurePosixPath, int]]:
    device = root.stat().st_dev
    for folder, folders, names in os.walk(root):
        at = Path(folder)
        folders[:] = [name for name in folders if (at / name).lstat().st_dev == device]
        for name in names:
            found = (at / name).lstat()
            if found.st_dev == device and stat.S_ISREG(found.st_mode):
                yield PurePosixPath("/") / (at / name).relative_to(root), found.st_mode


def _links(pid: int) -> dict[str, str]:
    return {link.name: str(link.readlink()) for link in (netns.PROC / str(pid) / "ns").iterdir()}


def _pairs(text: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in text.splitlines())


def _ask(client: DockerClient, inspected: Mapping[str, Any], script: str, user: str = "0") -> str:
    return _answer(script, connection.execute(client, str(inspected["Id"]), script, user))


def _answer(command: str, answer: connection.Answer) -> str:
    code, out, err = answer
    if code:
        said = err.decode("utf-8", "replace").splitlines()[-3:]
        raise FailedError(f"{shlex.quote(command)} ended with exit code {code}", "see what it says", said)
    return out.decode("utf-8", "replace")
