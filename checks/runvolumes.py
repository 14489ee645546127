"""Volumes of a run beside whatever runs: what a volume keeps at a place of its own stays with whom it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WHERE = ("type", "o", "device")


def detached(volume: dict[str, Any]) -> None:
    """Make a volume that is a folder, a disk or a share (`device:`) an empty one, in place.

    Two stacks on one folder of a database destroy it, and what a test writes is nothing that anybody wants to keep.
    """
    options: Mapping[str, Any] = volume.get("driver_opts") or {}
    is_local = volume.get("driver") in (None, "", "local")
    if is_local and options.get("device") and options.get("type") != "tmpfs":
        volume["driver_opts"] = {key: value for key, value in options.items() if key not in _WHERE}
