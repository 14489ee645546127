"""Version constraints as Terraform writes them: `~> 2.5`, `>= 1.0, < 2`."""

from __future__ import annotations

import re
from collections.abc import Iterator

Version = tuple[int, ...]

_PART = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+)*)(-[\w.-]+)?(?:\+[\w.-]+)?\s*")
_PLACES = 3


def parse(text: str) -> Version:
    """Return the numbers of a version, () where there is none."""
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part[:9]) for part in match[0].split(".")) if match else ()


def allows(constraint: str, version: Version) -> bool:
    """Return whether a version is one that the constraint asks for; one that cannot be read asks for nothing."""
    return all(_holds(sign, _padded(wanted), len(wanted), _padded(version)) for sign, wanted in parts(constraint))


def parts(constraint: str) -> Iterator[tuple[str, Version]]:
    """Yield sign and version of each part of a constraint."""
    for part in constraint.split(","):
        match = _PART.fullmatch(part)
        if match:
            yield match[1] or "=", parse(match[2])


def _padded(version: Version) -> Version:
    return version + (0,) * (_PLACES - len(version))


def _holds(sign: str, wanted: Version, named: int, version: Version) -> bool:
    if sign == "~>":
        kept = max(1, named - 1)
        return version >= wanted and version[:kept] == wanted[:kept]
    return {
        "=": version == wanted,
        "!=": version != wanted,
        ">=": version >= wanted,
        "<=": version <= wanted,
        ">": version > wanted,
        "<": version < wanted,
    }[sign]
