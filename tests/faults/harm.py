"""The hands that do harm: each kind of fault, at its moment, to what is there then; and how it is taken back."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import stage as stages
from plan import Fault

from checks.host import proc
from checks.host.docker import labels
from tests.e2e import registries
from tests.e2e.conftest import World

Undo = Callable[[], None]
PRELOAD = "libfaketime.so.1"
CLOCKS = {"small": ("+400d", "-400d", "+61m", "-61m"), "main": ("-400d", "+61m", "-61m")}
"""What the clock jumps by. A year ahead the main job would make its bases anew, as it should: that takes minutes."""
SLEEP = "import select\nimport time\n\ntime.sleep = lambda seconds: select.select((), (), (), seconds) and None\n"
"""Python sleeps until a moment of the monotonic clock, which libfaketime 0.9.10 refuses where it is told to leave that alone."""
REGISTRY = Path(__file__).parents[1] / "e2e" / "faulty_registry.py"
REFUSING = ("500", "dies", "silent", "portal", "truncated")
WINDOW_SECONDS = {"container SIGKILL": 2.5, "build killed": 1.0}
"""After what a fault needs has come into being: within how many seconds it comes."""
_RULES = ("INPUT", "OUTPUT", "FORWARD")
_SIGNALS = {"runner SIGKILL": signal.SIGKILL, "runner SIGTERM": signal.SIGTERM, "runner SIGINT": signal.SIGINT}


@contextlib.contextmanager
def prepared(stage: stages.Stage, fault: Fault) -> Iterator[dict[str, str]]:
    """Make what a fault needs before its job begins; give what the job's environment gets."""
    if fault.kind == "clock jumps":
        stage.clock.write_text("+0")
        (library,) = Path("/usr/lib").glob(f"*/faketime/{PRELOAD}")
        faked = {"FAKETIME_TIMESTAMP_FILE": str(stage.clock), "FAKETIME_NO_CACHE": "1"}
        patch = stage.world.folder / "patch"
        patch.mkdir(exist_ok=True)
        (patch / "sitecustomize.py").write_text(SLEEP)
        yield {"LD_PRELOAD": str(library), **faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1", stages.FIRST: str(patch)}
    elif fault.kind == "registry fails":
        with _registry(stage.world, fault) as address:
            yield {"CHECKS_REGISTRY": address, "CHECKS_OFFLINE": ""}
    else:
        yield {}


@contextlib.contextmanager
def _registry(world: World, fault: Fault) -> Iterator[str]:
    # What a slow one gives in the end must not take the place of the main job's base.
    modes = (*REFUSING, "slow") if fault.job == "small" else REFUSING
    port = next(registries.ports)
    argv: list[str | Path] = [sys.executable, REGISTRY, str(port), modes[fault.variant % len(modes)]]
    with registries.serving(world, port, *argv):
        yield f"127.0.0.1:{port}"


def do(stage: stages.Stage, running: stages.Running, fault: Fault, run: str) -> Undo | None:
    """Do it now; return how it is taken back, or None where what it is done to was never there."""
    kind = fault.kind
    if kind in _SIGNALS:
        return _signal(running, _SIGNALS[kind], group=kind == "runner SIGINT")
    if kind == "runner SIGINT twice":
        running.signal(signal.SIGINT, group=True)
        time.sleep(0.05 + fault.variant * 0.1)
        return _signal(running, signal.SIGINT, group=True)
    if kind in ("engine SIGKILL", "containerd SIGKILL"):
        return _kill(_named(stage, "dockerd" if kind == "engine SIGKILL" else "containerd"))
    if kind == "engine SIGSTOP":
        return _stop(_named(stage, "dockerd"))
    if kind in WINDOW_SECONDS:
        return _kill(_awaited(lambda: _target(stage, running, fault, run), running, fault))
    if kind == "network dropped":
        return _drop(stage.world)
    if kind == "disk full":
        return _fill(stage, fault)
    if kind == "clock jumps":
        _write(stage.clock, CLOCKS[fault.job][fault.variant % len(CLOCKS[fault.job])])
        return _nothing
    return _nothing  # the registry fails by itself, from the first question on


def _nothing() -> None:
    """Nothing is to be taken back."""


def _signal(running: stages.Running, number: int, *, group: bool) -> Undo:
    running.signal(number, group=group)
    return _nothing


def _kill(process: psutil.Process | None) -> Undo | None:
    if process is None:
        return None
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
        return _nothing
    return None


def _stop(process: psutil.Process | None) -> Undo | None:
    if process is None:
        return None
    process.suspend()

    def go_on() -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()

    return go_on


def tree(stage: stages.Stage) -> list[psutil.Process]:
    """Return the engine's supervisor and every process below it."""
    pid = stage.supervisor()
    with contextlib.suppress(psutil.NoSuchProcess):
        if pid is not None:
            top = psutil.Process(pid)
            return [top, *top.children(recursive=True)]
    return []


def _named(stage: stages.Stage, name: str) -> psutil.Process | None:
    for process in tree(stage):
        with contextlib.suppress(psutil.Error):
            if process.name() == name:
                return process
    return None


def _awaited(
    target: Callable[[], psutil.Process | None], running: stages.Running, fault: Fault
) -> psutil.Process | None:
    """Wait until there is what the fault is for, then for its moment; None where the job ends before that."""
    while target() is None:
        if running.wait(0.02):
            return None
    running.wait(fault.moment * WINDOW_SECONDS[fault.kind])
    return target()


def _target(stage: stages.Stage, running: stages.Running, fault: Fault, run: str) -> psutil.Process | None:
    with contextlib.suppress(psutil.Error, OSError):
        if fault.kind == "container SIGKILL":
            return _first_process(stage, run, fault.variant)
        return _client_of_a_build(running) if fault.variant % 2 else _part_of_a_build(stage)
    return None


def _first_process(stage: stages.Stage, run: str, variant: int) -> psutil.Process | None:
    with contextlib.closing(stage.world.engine.client(5)) as client:
        found = sorted(item["Id"] for item in client.api.containers(filters={"label": [f"{labels.RUN}={run}"]}))
    if not found:
        return None
    wanted = found[variant % len(found)]
    shims = [process for process in tree(stage) if wanted in process.cmdline() and "shim" in process.name()]
    return next((child for shim in shims for child in shim.children()), None)


def _part_of_a_build(stage: stages.Stage) -> psutil.Process | None:
    """Return a process that a RUN started: its runtime is a child of dockerd itself."""
    dockerd = _named(stage, "dockerd")
    runtimes = [child for child in dockerd.children() if child.name() == "runc"] if dockerd else []
    return next((child for runtime in runtimes for child in runtime.children() if child.name() != "runc"), None)


def _client_of_a_build(running: stages.Running) -> psutil.Process | None:
    for process in psutil.Process(running.process.pid).children(recursive=True):
        words = process.cmdline()
        if "build" in words and "--progress" in words:
            return process
    return None


def _drop(world: World) -> Undo:
    def change(flag: str) -> None:
        for chain in _RULES:
            argv = ["nsenter", f"--net={world.netns}", "--", "iptables", "-w", "10", flag, chain, "-j", "DROP"]
            proc.run(argv, timeout=30)

    change("-I")
    return lambda: change("-D")


def _fill(stage: stages.Stage, fault: Fault) -> Undo:
    """Make a disk as large as what is on it: the engine's at once or a little later, or the runner's own."""
    folder = stage.work if fault.variant % 3 == 2 else stage.data
    room = 2 << 20 if fault.variant % 3 == 1 else 0
    whole = os.statvfs(folder)
    for _ in range(20):
        now = os.statvfs(folder)
        with contextlib.suppress(RuntimeError):  # it has grown meanwhile
            stages.resize(folder, str((now.f_blocks - now.f_bfree) * now.f_frsize + room))
            break
    return lambda: stages.resize(folder, str(whole.f_blocks * whole.f_frsize))


def _write(path: Path, text: str) -> None:
    made = path.with_suffix(".new")
    made.write_text(text)
    made.replace(path)
