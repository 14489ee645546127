"""The line `# syntax=docker/dockerfile:1` of a Dockerfile: an image that is to read it, in place of the builder itself."""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(r"#\s*(?P<key>[A-Za-z]+)\s*=\s*(?P<value>.+?)\s*$")


def image(text: str) -> str:
    """Return the image that a Dockerfile wants to be read by, "" for none."""
    return next((value for _, key, value in _directives(text) if key == "syntax"), "")


def without(text: str) -> str:
    """Return the same Dockerfile to be read by the builder itself; all instructions stay in their lines."""
    lines = text.split("\n")
    block = _directives(text)
    kept = [lines[number] for number, key, _ in block if key != "syntax"]
    # Directives end at the first other comment: what takes the place of the line that goes stands behind them.
    instead = ["# read by the builder itself"] * (len(block) - len(kept))
    first = block[0][0] if block else 0
    return "\n".join([*lines[:first], *kept, *instead, *lines[first + len(block) :]])


def _directives(text: str) -> list[tuple[int, str, str]]:
    """Return line (from 0), key and value of each parser directive: they stand before anything else."""
    found = []
    for number, line in enumerate(text.split("\n")):
        match = _DIRECTIVE.match(line.removeprefix("\ufeff").strip())
        if match:
            found.append((number, match["key"].lower(), match["value"]))
        elif number or not line.startswith("#!"):
            break
    return found
