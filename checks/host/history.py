"""The history of runs in reports/history.jsonl, and the marks of those that are under way in reports/running/.

A verb that reports leaves a mark when it begins and takes it away when it ends. A mark whose process is gone is a run that
was killed: the next one writes that down.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.cis.loose import text
from checks.host import git, identity
from checks.host import run as runs
from checks.host.files import write_atomic
from checks.report import history as lines

NAME = "history.jsonl"
PAGE = "index.html"
RUNNING = "running"
LOCK_SECONDS = 5.0
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def begin(root: Path, verb: str) -> None:
    """Mark that a verb begins, and take away the page of before; nothing where the folder cannot be written."""
    reports = root / "reports"
    mark = {
        "verb": verb,
        "run": os.environ.get("CHECKS_RUN", ""),
        "time": time.strftime(_TIME, time.gmtime()),
        "owner": identity.owner(),
    }
    with contextlib.suppress(OSError):  # whoever writes the report says so
        runs.forget(root, PAGE)
        _settle(reports)
        write_atomic(_mark(reports, verb), json.dumps(mark) + "\n")


def _mark(reports: Path, verb: str) -> Path:
    return reports / RUNNING / f"{verb}-{identity.in_a_name()}.json"


def marks(reports: Path) -> Iterator[tuple[Path, dict[str, Any], bool]]:
    """Yield each mark: its place, what it says, and whether that run lives."""
    for place in sorted((reports / RUNNING).glob("*.json")):
        with contextlib.suppress(OSError, ValueError):
            said = json.loads(place.read_text(encoding="utf-8"))
            if isinstance(said, dict):
                yield place, said, identity.is_alive(text(said.get("owner")))


def _settle(reports: Path) -> None:
    """Write down the runs that were killed since."""
    dead = [(place, said) for place, said, lives in marks(reports) if not lives]
    for place, _ in dead:
        place.unlink(missing_ok=True)
    if dead:
        add(reports, [lines.line(text(said.get("verb")), None, said, {}) for _, said in dead])


def end(root: Path, verb: str, code: int, began: float, report: Mapping[str, Any]) -> bool:
    """Write down how a verb ended that had begun; return whether it had. `began` is in epoch seconds.

    A run that ended well and left no report (one that wrote a baseline) is none to compare with.
    """
    reports = root / "reports"
    mark = _mark(reports, verb)
    if not mark.exists():
        return False
    begun = {
        "run": os.environ.get("CHECKS_RUN", ""),
        "time": time.strftime(_TIME, time.gmtime(began)),
        "revision": _revision(root),
        # What the report says is measured by a clock that nobody sets, and is what the terminal said.
        "seconds": lines.figure(report.get("seconds")) or round(time.time() - began, 3),
    }
    if report or code:
        add(reports, [lines.line(verb, code, begun, report)])
    mark.unlink(missing_ok=True)
    return True


def _revision(root: Path) -> str:
    with contextlib.suppress(Exception):  # no commit is told of a run that is being ended
        return git.revision(root)
    return ""


def add(reports: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Add lines to the history in one step; several commands may do so at once. TimeoutError where one holds it."""
    with _alone(reports / f".{NAME}.lock"):
        write_atomic(reports / NAME, lines.added(_text(reports), entries))


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold a lock; filelock would do it, too, and takes a tenth of the second that `checks bench` may take to import."""
    deadline = time.monotonic() + LOCK_SECONDS
    with place.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{place} has been held for {LOCK_SECONDS:.0f} s") from None
                time.sleep(0.05)
        yield


def read(reports: Path) -> list[dict[str, Any]]:
    """Return the lines of the history, the oldest first."""
    return lines.parse(_text(reports))


def _text(reports: Path) -> str:
    try:
        return (reports / NAME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
