"""A health check as an image's history has it, in the words of a Dockerfile.

Engines write it as Go prints its structure: `HEALTHCHECK &{["CMD" "test" "-e" "/ready"] "2s" "3s" "0s" '\\x03'}`. Behind the
command come interval, timeout, start period and, from newer engines, start interval; then the retries, as a character.
"""

from __future__ import annotations

import json
import re

_STRING = r'"(?:[^"\\]|\\.)*"'
_FORM = re.compile(
    rf"(?:/bin/sh -c #\(nop\)\s+)?HEALTHCHECK &\{{\[((?:{_STRING} ?)*)\]((?: {_STRING}){{3,4}}) ('(?:[^'\\]|\\.[^']*)')\}}"
)
_WORD = re.compile(_STRING)
_OPTIONS = ("interval", "timeout", "start-period", "start-interval")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([abfnrtv\\\"']))")
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_TOO_MANY = 0xFFFD
"""What Go prints for a number that is no character."""


def readable(created_by: str) -> str:
    """Return what made a layer, a health check in a Dockerfile's words; all else, and what cannot be read, as it is."""
    found = _FORM.fullmatch(created_by.strip().removesuffix("# buildkit").rstrip())
    if found is None:
        return created_by
    try:
        test = [_plain(word) for word in _WORD.findall(found[1])]
        times = [_plain(word) for word in _WORD.findall(found[2])]
        retries = ord(_plain(found[3]))
    except (ValueError, OverflowError, TypeError):  # no such character; several of them
        return created_by
    options = [f"--{name}={time}" for name, time in zip(_OPTIONS, times, strict=False) if time != "0s"]
    options += [f"--retries={retries}"] if retries not in (0, _TOO_MANY) else []
    return " ".join(["HEALTHCHECK", *(options if test[:1] != ["NONE"] else ()), *_command(test)])


def _command(test: list[str]) -> list[str]:
    kind, words = test[:1], test[1:]
    if kind == ["CMD-SHELL"]:
        return ["CMD", *words]
    return ["CMD", json.dumps(words, ensure_ascii=False)] if kind == ["CMD"] else kind


def _plain(quoted: str) -> str:
    """Return what Go has put into quotation marks."""
    return _ESCAPE.sub(
        lambda one: _LETTERS.get(one[4], one[4]) or chr(int(one[1] or one[2] or one[3], 16)), quoted[1:-1]
    )
