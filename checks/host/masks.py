"""Which values no log and no report may show: those of variables and files that are named like secrets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks import masking, secretwords
from checks.masking import Masker

LARGEST_SECRET = 64 * 1024


def masker(resolved: Mapping[str, Any]) -> Masker:
    """Return what hides the secrets of this machine's environment and of a resolved compose file."""
    return Masker.of(_secrets(resolved), masking.words(resolved))


def _secrets(resolved: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values that no evidence may show: of variables and files that are named like secrets."""
    given = [*os.environ.items(), *masking.variables(resolved)]
    yield from (value for name, value in given if secretwords.asks(name) and not secretwords.is_place(value))
    yield from (value for name, value in masking.variables(resolved) if masking.is_secret(name, value))
    for place in _files(resolved):
        with contextlib.suppress(OSError):
            if place.is_file() and place.stat().st_size <= LARGEST_SECRET:
                yield from masking.values_of(place.read_text(encoding="utf-8", errors="replace"))


def _files(resolved: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files of compose secrets, and those configs and mounts that are named like secrets."""
    yield from (Path(item["file"]) for item in (resolved.get("secrets") or {}).values() if item.get("file"))
    named = [str(item.get("file") or "") for item in (resolved.get("configs") or {}).values()]
    for service in (resolved.get("services") or {}).values():
        named += [str(item.get("source", "")) for item in service.get("volumes") or () if item.get("type") == "bind"]
    yield from (Path(name) for name in named if masking.NAMED.search(Path(name).name))
