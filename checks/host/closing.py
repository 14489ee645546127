"""The summary at the end of `checks build` and `checks verify`: what the report of this run says, beside the last one's."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.host import run as runs
from checks.host.console import Console, is_ci
from checks.report import cases, closing

NAMES: Mapping[str, str] = {"build": "build", "verify": "integration"}
"""The verbs that end with a summary, and the reports that it is of."""


def last(root: Path, verb: str, name: str = "") -> dict[str, Any]:
    """Return the report of the last run, before the verb removes it; {} where there is none. `name`: another than usual."""
    return runs.read_report(root, name or NAMES[verb])


def say(
    root: Path, verb: str, before: Mapping[str, Any], code: int, began: float, out: Console, name: str = ""
) -> None:
    """Say what this run came to; nothing where it came to an end before it had a report. `began` is in epoch seconds."""
    name = name or NAMES[verb]
    with contextlib.suppress(FileNotFoundError):
        if (root / "reports" / f"{name}.json").stat().st_mtime < began - 0.01:
            return
        now = runs.read_report(root, name)
        if verb == "verify" and "tests" not in now:
            now |= _tests(root / "reports" / "junit" / f"{name}.xml", began)
        build = runs.read_report(root, "build") if verb == "verify" else {}
        reports = [now, before, build if build.get("run") == now.get("run") else {}]
        terminal = sys.stderr.isatty() and not is_ci(os.environ)
        width = shutil.get_terminal_size().columns if terminal else None
        colour = terminal and not os.environ.get("NO_COLOR")
        out.raw(closing.summary(verb, reports, code, name=name, width=width, colour=colour))


def _tests(path: Path, began: float) -> dict[str, Any]:
    """Return what pytest's file says, {} where it is not of this run."""
    try:
        if path.stat().st_mtime < began - 0.01:
            return {}
        return cases.read(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}
