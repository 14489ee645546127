"""Where we keep what can be made again: bootstrapped bases, environments of tools."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that CHECKS_CACHE names, by default `checks` in the user's cache; it may not exist yet."""
    if environ.get("CHECKS_CACHE"):
        return Path(environ["CHECKS_CACHE"]).absolute()
    base = Path(environ.get("XDG_CACHE_HOME") or "")
    if not base.is_absolute():  # the XDG specification: a relative path is to be ignored
        base = Path(environ["HOME"]) / ".cache" if environ.get("HOME") else Path.home() / ".cache"
    return base / "checks"
