"""Where the reports of `checks lint` are, and whether they may be written there: also in a stranger's repository."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from checks.errors import FailedError
from checks.host import files, git, history
from checks.host.console import Console

REPORTS = ("reports/lint.json", "reports/checks.sarif", "reports/junit/lint.xml")
_CLOSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
"""Somebody's checkout, which is to stay as it is."""


def may_write(root: Path, out: Console) -> bool:
    """Return whether reports/ is ours to write to: not where a repository has files there that we would overwrite."""
    folder = root / files.REPORTS
    if not folder.exists() or files.is_ours(folder):
        return True
    ours = (*REPORTS, *(f"{files.REPORTS}/{name}" for name in (history.PAGE, history.NAME, history.RUNNING)))
    theirs = [
        path for path in git.committed(root, files.REPORTS) if any(f"{name}/".startswith(f"{path}/") for name in ours)
    ]
    if theirs:
        out.warn(
            f"{theirs[0]} is committed here: no report is written to {files.REPORTS}/; --output names another place"
        )
    return not theirs


def remove(root: Path, out: Console) -> bool:
    """Remove the reports of an earlier run; False, and a warning, where one stays, since nothing can be written there."""
    for name in REPORTS:
        try:
            (root / name).unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno not in _CLOSED:
                raise FailedError(f"{name} cannot be removed: {error.strerror}", "make the folder writable") from error
            out.warn(f"{name} is of an earlier run and stays ({error.strerror}): no report is written")
            return False
    return True


def write(root: Path, reports: Mapping[str, str], out: Console) -> None:
    """Write the reports, in the order of REPORTS; a warning where the repository is not to be written, else FailedError."""
    for name, content in zip(REPORTS, reports.values(), strict=True):
        try:
            files.write_atomic(root / name, content)
        except OSError as error:
            if error.errno not in _CLOSED:
                raise FailedError(f"{name} cannot be written: {error.strerror}", "make the folder writable") from error
            why = f"{files.REPORTS}/ cannot be written ({error.strerror})"
            out.warn(f"no report is written: {why}; --output names another place")
            return
