"""Reading what tools print: JSON of any shape, of which nothing can be taken for granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.model import Severity


class UnexpectedOutputError(ValueError):
    """A tool printed something that is not its format."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise UnexpectedOutputError(f"expected an object, got {type(value).__name__}")
    return value


def listed(value: object) -> list[Any]:
    """Return a JSON array."""
    if not isinstance(value, list):
        raise UnexpectedOutputError(f"expected an array, got {type(value).__name__}")
    return value


def text(value: object) -> str:
    """Return a JSON string."""
    if not isinstance(value, str):
        raise UnexpectedOutputError(f"expected a string, got {type(value).__name__}")
    return value


def number(value: object) -> int:
    """Return a JSON number that counts something."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnexpectedOutputError(f"expected a count, got {value!r:.40}")
    return value


def severity(value: object) -> Severity:
    """Return the severity of that name; what tools call style is information."""
    known = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO, "style": Severity.INFO}
    found = known.get(text(value))
    if found is None:
        raise UnexpectedOutputError(f"unknown level {value!r:.40}")
    return found
