"""What is left of runs that are over: objects, processes, mounts, links, temporary files."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import harm
import planted
import psutil
import stage as stages

from checks.host import proc
from checks.host.docker import labels

if TYPE_CHECKING:
    from docker import DockerClient

SETTLE_SECONDS = 10.0
"""What the kernel and the engine do by themselves, a moment after they were asked."""
BUG_LOGS = "checks-bug-*.log"
THEIRS = (BUG_LOGS, "pytest-of-*")
"""What stays on purpose: what is to be reported, and the folders that pytest keeps of its last three runs."""
_ENGINE = frozenset(("unshare", "docker-init", "tini", "dockerd", "containerd"))


@dataclass(frozen=True)
class Usual:
    """What there is when nothing runs: the engine's mounts and links in its network."""

    mounts: frozenset[str]
    links: frozenset[str]


def usual(stage: stages.Stage) -> Usual:
    """Count what is there now; nothing runs."""
    return Usual(frozenset(_mounts(stage)), frozenset(_links(stage)))


def leaked(stage: stages.Stage, usual: Usual, runner: int, told: Collection[str] = ()) -> list[str]:
    """Return what is left, in words, once it has had time to go; `runner` is the pid of the job that is over.

    What was `told` after an earlier fault, and is there still, is not that of this one.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = [name for name in _leaked(stage, usual, runner) if name not in told]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def _leaked(stage: stages.Stage, usual: Usual, runner: int) -> list[str]:
    with contextlib.closing(stage.world.engine.client(20)) as client:
        objects = [f"{item.kind} {item.name}" for item in labels.objects(client) if item.is_over(time.time())]
        processes = _processes(stage, client)
    left = [f"process {line}" for line in [*processes, *_of_the_runner(stage, runner)]]
    left += [f"mount {name}" for name in _more(_mounts(stage), usual.mounts)]
    left += [f"link {name}" for name in _more(_links(stage), usual.links)]
    return [*objects, *left, *_files(stage)]


def _more(now: list[str], usual: frozenset[str]) -> list[str]:
    """Return as many as there are more than usual: what is planted has other names on an engine that started again."""
    new = [name for name in now if name not in usual]
    return new[: max(0, len(now) - len(usual))]


def _processes(stage: stages.Stage, client: DockerClient) -> list[str]:
    """Return what runs below the engine and is neither of the engine itself nor of a container that is planted."""
    running = planted.running(client)
    known: set[int] = set()
    found = []
    for process in harm.tree(stage):  # parents first
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            theirs = "shim" in process.name() and running & set(words)
            if process.name() in _ENGINE or theirs or (process.ppid() in known):
                if theirs or process.ppid() in known:
                    known.add(process.pid)
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(words)[:80] or process.name()} (below the engine)")
    return found


def _of_the_runner(stage: stages.Stage, runner: int) -> list[str]:
    """Return what runs in the world's network beside the engine: nothing should, for no command runs now."""
    engine = {process.pid for process in harm.tree(stage)}
    found = []
    for pid in set(stage.world.pids()) - engine:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{pid} {' '.join(process.cmdline())[:80]} (after {runner})")
    return found


def _mounts(stage: stages.Stage) -> list[str]:
    """Return the mounts in the engine's own namespace that are on the world's disks; there may be other worlds."""
    dockerd = next((process.pid for process in harm.tree(stage) if process.name() == "dockerd"), None)
    if dockerd is None:
        return []
    names = [line.split()[4] for line in Path(f"/proc/{dockerd}/mountinfo").read_text().splitlines()]
    return sorted({name for name in names if Path(name).is_relative_to(stage.data)})


def _links(stage: stages.Stage) -> list[str]:
    done = proc.run(["nsenter", f"--net={stage.world.netns}", "--", "ip", "-brief", "link"], timeout=20)
    names = [line.split()[0] for line in done.out.splitlines() if line.strip()]
    return [name for name in names if name.startswith(("veth", "br-"))]


def _files(stage: stages.Stage) -> list[str]:
    copies = stage.world.place.run.parent / "files"
    folders = [*stage.temporary.iterdir(), *(copies.iterdir() if copies.is_dir() else ())]
    return [f"file {path.name}" for path in folders if not any(map(path.match, THEIRS))]
