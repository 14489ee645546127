"""That nothing of a host stays, whatever ends the process that brought it up: shown with a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from checks import errors
from checks.errors import FailedError
from checks.host import files, identity, proc
from checks.host.console import Console
from deploy import machine, wire

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
UP_SECONDS = 90.0
GONE_SECONDS = 60.0
HOLD_SECONDS = 600.0


def hold(file: Path, out: Console) -> int:
    """Bring up a host, say in `file` what belongs to it, and wait for a signal."""
    with machine.up("held", os.environ, out) as host:
        files.write_atomic(file, json.dumps({"name": host.wire.name, "folder": str(host.files.parent)}))
        time.sleep(HOLD_SECONDS)
    return errors.OK


def show(root: Path, work: Path, out: Console) -> None:
    """End a process that holds a host in each way; FailedError where something of the host is left."""
    for number in ENDINGS:
        file = work / f"held-{number.name}"
        pid = proc.spawn(
            [sys.executable, "-m", "deploy", "--hold", file], log=work / "held.log", env=os.environ, cwd=root
        )
        try:
            name, folder = _held(file, pid, work / "held.log")
            os.kill(pid, number)
            seconds = _gone(name, folder, number)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        out.line(f"{number.name}: nothing of its host is left after {seconds:.1f} s")


def _held(file: Path, pid: int, log: Path) -> tuple[str, Path]:
    deadline = time.monotonic() + UP_SECONDS
    while not file.exists():
        if time.monotonic() > deadline or identity.start_time(pid) is None:
            raise FailedError("a host to end did not come up", "see its words", log.read_text().splitlines()[-8:])
        time.sleep(0.05)
    facts = json.loads(file.read_text())
    return str(facts["name"]), Path(facts["folder"])


def _gone(name: str, folder: Path, number: signal.Signals) -> float:
    started = time.monotonic()
    while left := list(_left(name, folder)):
        if time.monotonic() - started > GONE_SECONDS:
            raise FailedError(f"{number.name}: of the host stays: {', '.join(left)}")
        time.sleep(0.1)
    return time.monotonic() - started


def _left(name: str, folder: Path) -> Iterator[str]:
    """Yield what there is of a host: its folder, its end of the wire, rules, control groups, processes."""
    if folder.exists():
        yield str(folder)
    if f" {name}@" in wire.command("ip", "link", "show"):
        yield f"link {name}"
    for table in ("nat", "filter"):
        yield from (
            line for line in wire.command("iptables", "-w", "10", "-t", table, "-S").splitlines() if name in line
        )
    yield from (str(group) for group in (*wire.CGROUPS.glob(name), *wire.CGROUPS.glob(f"*/{name}")))
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (
                str((process / "root").readlink()).startswith(str(folder))
                or f"/{name}" in (process / "cgroup").read_text()
            ):
                yield f"process {process.name}"
