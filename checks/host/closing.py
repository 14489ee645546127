"""The end of a verb that reports: its line in the history, its page, and for `build` and `verify` the summary.

What the summary and the page compare with is the history's last line of the same verb that was of the same: a run of a
part is never held against a whole one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.host import history
from checks.host import run as runs
from checks.host.console import Console, is_ci
from checks.report import history as lines

SUMMED = ("build", "verify")
"""The verbs that end with a summary."""


def last(root: Path, verb: str, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the last run like this one, whose report is `now`, came to, as its report would say it; {} for none."""
    return lines.as_report(lines.last(history.read(root / "reports"), verb, lines.of(now)))


def end(root: Path, verb: str, code: int, began: float, out: Console) -> None:
    """Say what a run came to, write it down, and write the page; nothing of a verb that refused to begin.

    `verb` is what it goes by, `began` is in epoch seconds.
    """
    now = report(root, verb, began)
    try:
        if (verb in SUMMED or _is_named(verb)) and now:
            say(root, verb, now, last(root, verb, now), code, out)
    finally:
        if history.end(root, verb, code, began, now):
            from checks.host import page  # its parts take a while to import, and the verb begins sooner without

            page.write(root / "reports")


def report(root: Path, verb: str, began: float) -> dict[str, Any]:
    """Return the report that a verb has written since it began, {} where it has not come to that."""
    name = lines.REPORTS.get(verb, verb)
    try:
        if (root / "reports" / f"{name}.json").stat().st_mtime < began - 0.01:
            return {}
    except OSError:
        return {}
    now = runs.read_report(root, name)
    if (verb == "verify" or _is_named(verb)) and "tests" not in now:
        now |= _tests(root / "reports" / "junit" / f"{name}.xml", began)
    return now


def say(root: Path, verb: str, now: Mapping[str, Any], before: Mapping[str, Any], code: int, out: Console) -> None:
    """Say what this run came to, as `now`, its report, tells it."""
    from checks.report import closing

    name = lines.REPORTS.get(verb, verb)
    verb = "verify" if _is_named(verb) else verb
    build = runs.read_report(root, "build") if verb == "verify" else {}
    reports = [now, before, build if build.get("run") == now.get("run") else {}]
    terminal = sys.stderr.isatty() and not is_ci(os.environ)
    width = shutil.get_terminal_size().columns if terminal else None
    colour = terminal and not os.environ.get("NO_COLOR")
    out.raw(closing.summary(verb, reports, code, name=name, width=width, colour=colour))


def _is_named(verb: str) -> bool:
    """Return whether this is a verify that goes by another name."""
    return verb not in lines.REPORTS


def _tests(path: Path, began: float) -> dict[str, Any]:
    """Return what pytest's file says, {} where it is not of this run."""
    from checks.report import cases  # its library takes a while to import

    try:
        if path.stat().st_mtime < began - 0.01:
            return {}
        return cases.read(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}
