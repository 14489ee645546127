"""The embedded engine: dockerd of our own where the machine has none.

One per machine (per CHECKS_STATE and network namespace, to be exact), on private paths, hardened, inside its own pid and
mount namespaces under one supervisor: when `unshare` ends, the kernel ends everything below it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.errors import NoEngineError
from checks.host import identity, interrupts, proc, proctree
from checks.host.docker import engine, hardening, kernel
from checks.host.docker.place import Place as Place
from checks.host.docker.place import supervisor as supervisor
from checks.host.docker.place import was_killed as was_killed
from checks.host.tools import packages
from checks.model import Output

READY_SECONDS = 40.0
LOCK_SECONDS = 300.0
STOP_SECONDS = 10.0
KILL_SECONDS = 20.0
PACKAGES = {"dockerd": "docker.io", "iptables": "iptables", "ip": "iproute2", "unshare": "util-linux"}
REMAP_USER = "dockremap"
_BRIDGE_NAME = re.compile(rb'"BridgeName":"([^"/]+)"')


def running(environ: Mapping[str, str]) -> engine.Engine | None:
    """Return the embedded engine where it lives; NoEngineError where it lives and does not answer."""
    place = Place.of(environ)
    if supervisor(place) is None:
        return None
    return engine.Engine("embedded", place.host, engine.version(place.host))


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """Let one command at a time start or stop the engine."""
    import filelock  # it imports asyncio: a tenth of a second for all who only look at the engine

    place.run.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = filelock.FileLock(f"{place.run}.lock", mode=0o600)
    try:
        with lock.acquire(timeout=LOCK_SECONDS):
            yield
    except filelock.Timeout as error:
        raise NoEngineError(
            "another command is starting or stopping the engine and does not end", "look for it with ps"
        ) from error


def up(environ: Mapping[str, str], out: Output) -> engine.Engine:
    """Start the embedded engine, or find the one that runs; NoEngineError where that is not possible here."""
    _refuse_where_impossible()
    place = Place.of(environ)
    with locked(place):
        found = running(environ)
        if found is not None:
            return found
        packages.ensure(PACKAGES, out, NoEngineError)
        _refuse_a_neighbour()
        return _start(place, environ, out)


def _refuse_where_impossible() -> None:
    if sys.platform != "linux":
        raise NoEngineError(
            "no Docker engine answers, and one can be started on Linux only",
            "start Docker Desktop, or set DOCKER_HOST",
        )
    if os.geteuid() != 0:
        raise NoEngineError(
            "no Docker engine answers, and only root can start one",
            "run it again as root (sudo), or set DOCKER_HOST to an engine",
        )


def _refuse_a_neighbour() -> None:
    """Two engines in one network namespace take each other's bridges and firewall rules away."""
    neighbour = next(identity.named("dockerd"), None)
    if neighbour is not None:
        raise NoEngineError(
            f"another dockerd (pid {neighbour}) runs in this network namespace, but no socket of it was found",
            "set DOCKER_HOST to its socket, or stop it",
        )


def _start(place: Place, environ: Mapping[str, str], out: Output) -> engine.Engine:
    out.step("starting the embedded Docker engine")
    _prepare(place, environ)
    size = place.log.stat().st_size if place.log.exists() else 0
    pid = proc.spawn(_argv(place), log=place.log, env=_environment(environ), cwd=Path("/"))
    place.record.write_text(json.dumps({"owner": identity.owner(pid), "host": place.host}))
    try:
        found = _wait_until_ready(place, pid)
    except BaseException as error:
        with interrupts.held():
            _end(place, pid)
        if isinstance(error, NoEngineError):
            said = place.log.read_text(errors="replace")[size:].splitlines()[-10:]
            raise NoEngineError(str(error), f"the whole log is {place.log}", said) from error
        raise
    out.line(f"engine {found.version} (embedded) at {found.host}")
    return found


def _argv(place: Place) -> list[str | Path]:
    namespaces = ["--pid", "--mount", "--propagation", "private", "--fork", "--kill-child", "--mount-proc"]
    init = packages.which("docker-init") or packages.which("tini")
    supervised: list[str | Path] = [init, "-s", "--"] if init else []
    return [
        "unshare",
        *namespaces,
        *supervised,
        packages.which("dockerd") or "dockerd",
        f"--config-file={place.state / 'daemon.json'}",
    ]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value for name, value in environ.items() if name != proctree.COOKIE and not name.startswith("DOCKER_")
    }
    return {**kept, "PATH": f"{environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"}


def _prepare(place: Place, environ: Mapping[str, str]) -> None:
    for folder in (place.state, place.data):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    place.run.mkdir(mode=0o755, parents=True, exist_ok=True)
    _restored(place)  # of one that was killed, perhaps while it made a network that its successor will not know
    if not place.before.exists():
        place.before.write_text(kernel.snapshot().to_json())
    # A pid file of an engine that was killed makes containerd wait for 15 s and fail.
    shutil.rmtree(place.run / "exec", ignore_errors=True)
    (place.run / "docker.pid").unlink(missing_ok=True)
    place.socket.unlink(missing_ok=True)
    kernel.remove_cgroups(_container_ids(place))
    mark = place.state / "made-user"
    if not mark.exists():
        mark.write_text("no" if REMAP_USER in Path("/etc/passwd").read_text() else "yes")
    (place.state / "daemon.json").write_text(
        json.dumps(hardening.daemon(place.data, place.run, environ), indent=2) + "\n"
    )


def _container_ids(place: Place) -> list[str]:
    return [path.name for path in place.data.glob("**/containers/*") if len(path.name) == 64]


def _wait_until_ready(place: Place, pid: int) -> engine.Engine:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if identity.start_time(pid) is None:
            raise NoEngineError("the embedded engine ended while it started")
        if engine.is_socket(place.socket):
            with contextlib.suppress(NoEngineError):
                return engine.Engine("embedded", place.host, engine.version(place.host, 2))
        time.sleep(0.05)
    raise NoEngineError(f"the embedded engine did not answer within {READY_SECONDS:.0f} s")


def down(environ: Mapping[str, str]) -> tuple[str, ...]:
    """End the engine and everything in it, put the kernel back; return what could not be put back."""
    place = Place.of(environ)
    with locked(place):
        pid = supervisor(place)
        if pid is not None:
            _end(place, pid)
        place.record.unlink(missing_ok=True)  # it was stopped
        return _sweep(place)


def _end(place: Place, pid: int) -> None:
    """Ask dockerd to end; when it has not within STOP_SECONDS, take its world away."""
    if not place.socket.exists():  # killed in the middle of its start
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for child in _children(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while identity.start_time(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + KILL_SECONDS
    while identity.start_time(pid) is not None:
        if time.monotonic() > deadline:
            raise NoEngineError(
                f"the engine's supervisor (pid {pid}) was killed and has not ended within {KILL_SECONDS:.0f} s",
                "the kernel holds it, as for a disk that does not answer: look at its state with ps",
            )
        time.sleep(0.01)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _sweep(place: Place) -> tuple[str, ...]:
    kernel.remove_cgroups(_container_ids(place))
    if not (left := _restored(place)):
        shutil.rmtree(place.run, ignore_errors=True)
    return left


def _restored(place: Place) -> tuple[str, ...]:
    """Put the kernel back as the record says that it was before the engine; return what could not be put back."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        return kernel.restore(kernel.Before.from_json(place.before.read_text()), _bridges(place))
    return ()


def _bridges(place: Place) -> frozenset[str]:
    """Return the names of the engine's bridges, also of those it had, from its own records: it may have been killed."""
    found: set[str] = set()
    for file in place.data.glob("**/network/files/local-kv.db"):
        found |= {name.decode("ascii", "replace") for name in _BRIDGE_NAME.findall(file.read_bytes())}
    return frozenset(found)


def erase(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Remove the state of an engine that is down, and the user that it made; return what was removed."""
    place = Place.of(environ)
    with locked(place):
        if supervisor(place) is not None or not place.state.exists():
            return ()
        mark = place.state / "made-user"
        made_user = mark.exists() and mark.read_text() == "yes"
        shutil.rmtree(place.state)
        if made_user:
            proc.run(["userdel", REMAP_USER], timeout=30)
            proc.run(["groupdel", REMAP_USER], timeout=30)
    with contextlib.suppress(OSError):
        place.state.parent.rmdir()
    return (str(place.state), *((f"user {REMAP_USER}",) if made_user else ()))
