"""Where the linters are: in the environment of the package, not whatever is on PATH first."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from checks.lint.batches import Tools

_APIS = {"yamllint": ("yamllint", Path(__file__).with_name("yamllint_api.py"))}
"""Tools that are used through their programming interface: name → the package they need and the script that uses it."""


def locate(names: Iterable[str]) -> Tools:
    """Return where these tools are, and as many workers as there are cores for us."""
    found = {name: command for name in names if (command := _command(name)) is not None}
    return Tools(found, workers())


def workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _command(name: str) -> tuple[str, ...] | None:
    if name in _APIS:
        package, script = _APIS[name]
        return (sys.executable, "-I", str(script)) if importlib.util.find_spec(package) else None
    folders = os.pathsep.join((str(Path(sys.executable).parent), sysconfig.get_path("scripts")))
    path = shutil.which(name, path=folders)
    return (path,) if path else None
