"""Docker contexts of ours: an address under a name, as `docker context` keeps them; those that a person made are left alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from checks.errors import UsageError
from checks.host.files import write_atomic

MADE_BY = "made by nox -s remote"


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME", "/")) / ".docker") / "contexts"


def _place(name: str, environ: Mapping[str, str]) -> Path:
    """Return the file of a context: docker calls its folder by the hash of its name."""
    return _folder(environ) / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"


def refuse_others(name: str, environ: Mapping[str, str]) -> None:
    """Raise UsageError where a context of that name is not of our making, or has to stay what it is."""
    place = _place(name, environ)
    if name == "default" or (place.exists() and not _is_ours(place)):
        raise UsageError(f"the docker context {name} is yours and stays as it is", "choose another NAME")


def _is_ours(place: Path) -> bool:
    try:
        return bool(json.loads(place.read_text(encoding="utf-8"))["Metadata"]["Description"] == MADE_BY)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def add(name: str, host: str, environ: Mapping[str, str]) -> None:
    """Make a context, or give one of ours another address; UsageError for one that is not ours."""
    refuse_others(name, environ)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    text = json.dumps({"Name": name, "Metadata": {"Description": MADE_BY}, "Endpoints": endpoints})
    write_atomic(_place(name, environ), text)


def remove(name: str, environ: Mapping[str, str]) -> bool:
    """Remove a context of ours; return whether there was one."""
    place = _place(name, environ)
    if not _is_ours(place):
        return False
    shutil.rmtree(place.parent)
    return True
