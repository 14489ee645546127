"""Rules of our own looking at texts: `found("onbuild-tag", text)` is what that rule says of a Dockerfile of that text."""

from __future__ import annotations

from checks.lint import own
from checks.model import Finding
from checks.repository import File, kind_of


def found(rule: str, text: str, path: str = "Dockerfile") -> list[Finding]:
    """Return what a rule finds in a text, as if it were the file of that name."""
    file = File(path, len(text), kind_of(path, text.encode("utf-8", "replace")), text)
    return [finding for finding in own.check(file) if finding.rule == rule]


def lines(rule: str, text: str, path: str = "Dockerfile") -> list[int]:
    """Return the lines of what a rule finds."""
    return [finding.line for finding in found(rule, text, path)]
