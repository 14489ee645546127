"""Where this package was installed from, so that others can install the same."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

NAME = "stackchecks"


def requirement() -> str:
    """Return what pip takes to install the package that runs: as pip noted it (PEP 610), else its folder, else its version."""
    try:
        found = distribution(NAME)
    except PackageNotFoundError:
        return _checkout() or NAME
    return _noted(found.read_text("direct_url.json")) or _checkout() or f"{NAME}=={found.version}"


def is_local(package: str) -> bool:
    """Return whether what pip takes is a place on this machine, which another one does not have."""
    return package.startswith(("/", "./", "../", "~", "file:")) or " @ file:" in package


def _noted(text: str | None) -> str:
    try:
        noted = json.loads(text or "{}")
        parts = urlsplit(str(noted.get("url", "")))
    except (ValueError, AttributeError):
        return ""
    if "vcs_info" in noted:
        vcs = noted["vcs_info"]
        return f"{NAME} @ {vcs.get('vcs', 'git')}+{noted['url']}@{vcs.get('commit_id', '')}"
    if parts.scheme == "file":
        return unquote(parts.path) if Path(unquote(parts.path)).exists() else ""
    return f"{NAME} @ {noted['url']}" if noted.get("url") else ""


def _checkout() -> str:
    """Return the checkout that this module is in, "" where it was installed."""
    folder = Path(__file__).resolve().parents[3]
    return str(folder) if (folder / "pyproject.toml").is_file() and (folder / "checks").is_dir() else ""
