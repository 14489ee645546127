"""One run: its id, its owner, its folders, and the reports that it writes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import __version__
from checks.errors import UsageError
from checks.host import identity
from checks.host.files import write_atomic

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_WORK = re.compile(f"checks-run-{identity.IN_A_NAME}")


@dataclass(frozen=True)
class Run:
    """A run: `id` is shared by the verbs of one nox invocation; `work` is a private folder that goes with the verb."""

    id: str
    started: float
    work: Path
    reports: Path
    begun: float = field(default_factory=time.monotonic)
    """When it began on the clock that nobody sets: what it took is measured on that."""

    def report(self, name: str, facts: Mapping[str, Any]) -> Path:
        """Write reports/<name>.json: schema, run, start and duration in seconds, then `facts`."""
        head = {
            "schema": 1,
            "run": self.id,
            "checks": __version__,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(time.monotonic() - self.begun, 3),
        }
        path = self.reports / f"{name}.json"
        write_atomic(path, json.dumps({**head, **facts}, indent=2) + "\n")
        return path


def new_id() -> str:
    """Return an id that no other run has: time and randomness, as compose takes it in project names."""
    return f"{time.strftime('%m%d%H%M%S')}-{os.urandom(3).hex()}"


def _id(named: str) -> str:
    if named and not _ID.fullmatch(named):
        raise UsageError(
            f"CHECKS_RUN={named} cannot be part of a project's name",
            "use lower-case letters, digits, - and _, 40 at most",
        )
    return named or new_id()


@contextlib.contextmanager
def begin(root: Path, environ: Mapping[str, str] | None = None) -> Iterator[Run]:
    """Begin a verb's part of a run; its work folder is private and gone at the end."""
    env = os.environ if environ is None else environ
    run_id = _id(env.get("CHECKS_RUN", ""))
    sweep()
    work = Path(tempfile.mkdtemp(prefix=f"checks-run-{identity.in_a_name()}-"))
    try:
        yield Run(run_id, time.time(), work, root / "reports")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sweep() -> None:
    """Remove the work folders of commands that were killed: they hold build secrets."""
    for folder in Path(tempfile.gettempdir()).glob("checks-run-*"):
        match = _WORK.fullmatch(folder.name)
        if not match:
            continue  # not of our making
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid() and identity.is_over(match):
                shutil.rmtree(folder, ignore_errors=True)


def forget(root: Path, *names: str) -> None:
    """Remove a verb's own old reports and folders, so that none of an earlier run is taken for this one's."""
    for name in names:
        place = root / "reports" / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        for rest in place.parent.glob(f".{place.name}.*"):  # what a command that was killed was about to write
            rest.unlink(missing_ok=True)


def read_report(root: Path, name: str) -> dict[str, Any]:
    """Return a report of before, {} where there is none that can be read."""
    try:
        data = json.loads((root / "reports" / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
