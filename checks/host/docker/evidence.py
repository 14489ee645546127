"""What is kept of a failure before what saw it is removed: in reports/evidence/<what>/, without secrets, in bounded time.

First what needs no engine (what was said, versions, the resolved compose file, build output), then what the engine knows:
of each container its log, its inspection, its health checks and its processes, the events of the run, the engine itself.
"""

from __future__ import annotations

import contextlib
import json
import platform
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import __version__, errors
from checks.host import interrupts, masks
from checks.host.docker import engine, stack
from checks.host.docker.engine import Engine
from checks.host.files import write_atomic
from checks.host.run import Run
from checks.masking import Masker
from checks.model import Output

if TYPE_CHECKING:
    from docker import DockerClient

SECONDS = 15.0
"""How long the engine may take to tell all of it."""
INTERRUPTED_SECONDS = 3.0
"""The same for somebody who waits for an interrupted run to end."""
ANSWER_SECONDS = 3
LOG_LINES = 20_000
PACKAGES = ("docker", "pytest", "pytest-testinfra", "requests", "urllib3", "filelock", "psutil")
RESOLVED = "resolved.json"
"""The file in a run's work folder with what compose makes of its own."""


@dataclass(frozen=True)
class Case:
    """What may fail: its name (build, up, integration), its run, engine and project, and when it began (epoch seconds)."""

    name: str
    run: Run
    engine: Engine
    project: str = ""
    began: float = field(default_factory=time.time)

    @property
    def folder(self) -> Path:
        """Where its evidence is."""
        return self.run.reports / "evidence" / self.name


@contextlib.contextmanager
def kept(case: Case, out: Output) -> Iterator[None]:
    """Keep evidence when the block is left by a failure or an interruption, before whoever is outside tidies up.

    Of what was asked for wrongly there is none: nothing has begun.
    """
    try:
        yield
    except errors.UsageError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        with interrupts.held():
            folder = keep(case, error)
        out.line(f"evidence is kept in {folder}")
        raise


def keep(case: Case, error: BaseException) -> Path:
    """Write what can be had into the case's folder and return that; never raises, and takes its limit at most."""
    known = resolved(case)
    # Verbs remove old evidence as they begin; what assertions have kept there since belongs to this failure.
    write = _Writer(case.folder, masks.masker(known))
    limit = INTERRUPTED_SECONDS if isinstance(error, KeyboardInterrupt) else SECONDS
    write.attempt("compose.json", lambda: write.document("compose.json", known))
    write.attempt("versions.json", lambda: write.document("versions.json", _versions(case)))
    write.attempt("build", lambda: _build_output(case, write))
    asking = threading.Thread(target=_ask, args=(case, write), daemon=True)
    asking.start()
    asking.join(limit)
    if asking.is_alive():
        write.missing.append(f"what the engine had not told within {limit:g} s")
    write.over.set()
    write.final("failure.txt", "\n".join([*_said(error), "", *(f"not kept: {what}" for what in write.missing)]))
    return case.folder


class _Writer:
    """Writes masked files into a folder until it is `over`; `missing` is what could not be had, and why."""

    def __init__(self, folder: Path, masker: Masker) -> None:
        self.folder = folder
        self.masker = masker
        self.over = threading.Event()
        self.missing: list[str] = []

    def attempt(self, what: str, write: Callable[[], object]) -> None:
        """Do it; where it cannot be done, remember that: it must not hide the failure itself."""
        if self.over.is_set():
            return
        try:
            write()
        except Exception as error:
            self.missing.append(f"{what} ({type(error).__name__}: {error})"[:300])

    def text(self, name: str, text: str) -> None:
        """Write a text."""
        masked = self.masker.text(text)
        if not self.over.is_set():
            self.final(name, masked)

    def document(self, name: str, data: Any) -> None:
        """Write JSON data."""
        masked = json.dumps(self.masker.document(data), indent=2, default=str)
        if not self.over.is_set():
            self.final(name, f"{masked}\n")

    def final(self, name: str, masked: str) -> None:
        """Write what is masked already."""
        with contextlib.suppress(OSError):  # a full disk is what has failed, then
            write_atomic(self.folder / name, self.masker.text(masked) if name == "failure.txt" else masked)


def _said(error: BaseException) -> list[str]:
    if isinstance(error, errors.ChecksError):
        return [str(error), error.advice, *error.details]
    return ["interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"]


def resolved(case: Case) -> dict[str, Any]:
    """Return the compose file as it was started, else as compose resolved it, {} where it did not come to that."""
    for name in (f"{case.project}.json", RESOLVED):
        with contextlib.suppress(OSError, ValueError):
            data = json.loads((case.run.work / name).read_text(encoding="utf-8"))
            return data if isinstance(data, dict) else {}
    return {}


def _versions(case: Case) -> dict[str, Any]:
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return {
        "checks": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "engine": {"kind": case.engine.kind, "host": case.engine.host, "version": case.engine.version},
        "packages": found,
    }


def _build_output(case: Case, write: _Writer) -> None:
    for log in sorted((case.run.reports / "build").glob("*.log")):
        if log.stat().st_mtime >= case.run.started - 1:  # of this run, not of one before
            write.text(f"build/{log.name}", log.read_text(encoding="utf-8", errors="replace"))


def _ask(case: Case, write: _Writer) -> None:
    """Write what the engine knows; ends where the engine does not even say hello."""
    try:
        engine.version(case.engine.local or case.engine.host, ANSWER_SECONDS)
        client = case.engine.client(ANSWER_SECONDS)
    except Exception as error:
        write.missing.append(f"what the engine knows: it does not answer ({type(error).__name__})")
        return
    with contextlib.closing(client):
        write.attempt("engine.json", lambda: write.document("engine.json", _engine(client)))
        if not case.project:
            return
        write.attempt("containers", lambda: _containers(client, case.project, write))
        write.attempt("events.json", lambda: write.document("events.json", _events(client, case)))


def _engine(client: DockerClient) -> dict[str, Any]:
    return {"version": client.version(), "info": client.info()}


def _containers(client: DockerClient, project: str, write: _Writer) -> None:
    found = client.api.containers(all=True, filters={"label": [f"{stack.PROJECT}={project}"]})
    names: set[str] = set()
    for entry in found:
        service = entry["Labels"].get(stack.SERVICE) or entry["Names"][0].lstrip("/")
        name = service if service not in names else f"{service}-{entry['Id'][:12]}"
        names.add(name)
        _container(client, entry["Id"], name, write)


def _container(client: DockerClient, number: str, name: str, write: _Writer) -> None:
    def log() -> None:
        said = client.api.logs(number, timestamps=True, stdout=True, stderr=True, tail=LOG_LINES)
        write.text(f"{name}.log", said.decode("utf-8", "replace"))

    def inspection() -> None:
        data = client.api.inspect_container(number)
        write.document(f"{name}.inspect.json", data)
        checks = ((data["State"].get("Health") or {}).get("Log")) or ()
        if checks:
            lines = [
                f"{one.get('Start')} exit {one.get('ExitCode')}: {one.get('Output', '').strip()}" for one in checks
            ]
            write.text(f"{name}.health.txt", "\n".join(lines) + "\n")
        if data["State"].get("Running"):
            write.attempt(f"{name}.processes.txt", processes)

    def processes() -> None:
        top = client.api.top(number, ps_args="-eo pid,ppid,user,stat,etime,rss,args")
        rows = [top["Titles"], *top["Processes"]]
        write.text(f"{name}.processes.txt", "\n".join("  ".join(row) for row in rows) + "\n")

    write.attempt(f"{name}.log", log)
    write.attempt(f"{name}.inspect.json", inspection)


def _events(client: DockerClient, case: Case) -> list[Any]:
    wanted = {"label": [f"{stack.PROJECT}={case.project}"]}
    return list(client.api.events(since=int(case.began), until=int(time.time()) + 1, filters=wanted, decode=True))
