"""What a test run found out beside passing and failing: noted in the file that CHECKS_FACTS names, read by `checks verify`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.host.files import write_atomic

VARIABLE = "CHECKS_FACTS"


def note(section: str, facts: Mapping[str, Any]) -> None:
    """Add facts to a section; does nothing where nobody asked for them. One process writes at a time."""
    place = os.environ.get(VARIABLE)
    if place:
        known = read(Path(place))
        known[section] = {**known.get(section, {}), **facts}
        write_atomic(Path(place), json.dumps(known))


def read(path: Path) -> dict[str, Any]:
    """Return all that was noted, {} for nothing."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
