"""HostConfig.SecurityOpt, as the engine reads it: `name=value`, in old style `name:value`, or a name alone; the last counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SEPARATOR = re.compile("[=:]")


def last(options: Iterable[str], name: str) -> str | None:
    """Return the value of the last option of that name, empty where the name stands alone, None where there is none."""
    found = None
    for option in options:
        own, *value = _SEPARATOR.split(option, maxsplit=1)
        if own == name:
            found = "".join(value)
    return found
