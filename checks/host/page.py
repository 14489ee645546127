"""Reading a folder of reports, whoever wrote them, and writing the page of them into it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from checks.cis.loose import text
from checks.host import history
from checks.host.files import write_atomic
from checks.report.history import REPORTS
from checks.report.page import document
from checks.report.page.facts import Evidence, Facts, Mark

LARGEST = 64 * 1024 * 1024
"""Bytes of a report that is read: a larger one is none of ours."""
EVIDENCE = 200
"""Texts of evidence that the page holds, those that say what failed first."""
ENDING = 20_000
"""Characters of each of them that it holds: the last ones."""
ALL_ENDINGS = 1_000_000
FILES = 500
_TEXTS = (".txt", ".log")
_LINKED = {"": (".json", ".jsonl", ".sarif"), "junit": (".xml",), "sbom": (".json",), "build": (".log",)}


def write(reports: Path) -> Path:
    """Write the page of a folder into it, in one step, and return its place."""
    place = reports / history.PAGE
    write_atomic(place, make(reports))
    return place


def make(reports: Path) -> str:
    """Return the page of a folder, also of one that holds nothing."""
    folder = resources.files("checks.report.page")
    style, script = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return document.page(facts(reports), style, script)


def facts(reports: Path) -> Facts:
    """Return all that a folder says; what cannot be read is named as that."""
    read = {name: _report(reports / f"{name}.json") for name in REPORTS.values()}
    known = {name: report for name, report in read.items() if report}
    return Facts(
        name=reports.absolute().parent.name if reports.name == "reports" else reports.name,
        made=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        reports=known,
        broken=tuple(name for name, report in read.items() if report is None),
        history=history.read(reports),
        marks=tuple(_marks(reports)),
        tests={} if known.get("integration", {}).get("tests") else _tests(reports),
        evidence=tuple(_evidence(reports / "evidence")),
        files=tuple(_files(reports))[:FILES],
    )


def _report(place: Path) -> Mapping[str, Any] | None:
    """Return a report, {} where there is none, None where it is not whole."""
    try:
        if place.stat().st_size > LARGEST:
            return None
        found = json.loads(place.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def _marks(reports: Path) -> Iterator[Mark]:
    for _, said, lives in history.marks(reports):
        yield Mark(text(said.get("verb")), text(said.get("time")), text(said.get("run")), lives)


def _tests(reports: Path) -> dict[str, Any]:
    """Return what pytest's own file says: it is there also of a run that did not come to its report."""
    place = reports / "junit" / "integration.xml"
    with contextlib.suppress(OSError):
        if place.stat().st_size <= LARGEST:
            from checks.report import cases  # its library takes a while to import

            return cases.read(place.read_text(encoding="utf-8", errors="replace"))
    return {}


def _evidence(folder: Path) -> Iterator[Evidence]:
    """Yield the texts of a folder: what failed, then the logs, and of each the end."""
    found = [path for path in _below(folder) if path.suffix in _TEXTS]
    room = ALL_ENDINGS
    for path in sorted(found, key=lambda path: (path.name != "failure.txt", str(path)))[:EVIDENCE]:
        with contextlib.suppress(OSError):
            whole = _end_of(path)
            said = whole[-min(ENDING, room) :] if room else ""
            room -= len(said)
            yield Evidence(path.relative_to(folder).as_posix(), said, path.stat().st_size - len(said.encode()))


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4 * ENDING, 0))
        return file.read().decode("utf-8", "replace")


def _files(reports: Path) -> Iterator[str]:
    for name, suffixes in _LINKED.items():
        folder = reports / name
        with contextlib.suppress(OSError):
            found = (path for path in folder.iterdir() if path.suffix in suffixes and not path.name.startswith("."))
            yield from sorted(path.relative_to(reports).as_posix() for path in found if _is_plain(path))


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder; links lead elsewhere, and are none of the evidence."""
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names if _is_plain(Path(place) / name))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
