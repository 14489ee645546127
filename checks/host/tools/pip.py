"""pip for environments of tools: ours, told whose it works for. To unpack one in each takes five seconds an environment."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_FOR_OTHERS = "22.3"
"""The first pip that works for an environment which is not its own (`--python`)."""


def is_ours() -> bool:
    """Return whether the pip beside us can do it; uv and pipx make environments without one."""
    if importlib.util.find_spec("pip") is None:
        return False
    from importlib.metadata import version

    from packaging.version import Version  # needed once in a machine's life, and imported by each start otherwise

    return Version(version("pip")) >= Version(_FOR_OTHERS)


def command(python: Path) -> tuple[str, ...]:
    """Return how pip is called for an interpreter's environment: ours where that can be, else its own."""
    if is_ours():
        return (sys.executable, "-m", "pip", "--python", str(python))
    return (str(python), "-m", "pip")
