"""Where things are kept between runs that can be made again: tools, base images, results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def root(environ: Mapping[str, str] | None = None) -> Path:
    """Return the cache's folder: CHECKS_CACHE, else `checks` under XDG_CACHE_HOME, else under ~/.cache."""
    env = os.environ if environ is None else environ
    named = env.get("CHECKS_CACHE")
    if named:
        return Path(named).absolute()
    home = Path(env.get("XDG_CACHE_HOME") or Path(env.get("HOME") or "/root") / ".cache")
    return home.absolute() / "checks"
