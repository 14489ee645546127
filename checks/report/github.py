"""Annotations that GitHub's runner shows beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.lint.outcome import Lint
from checks.model import Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def lint(result: Lint) -> str:
    """Return one command per finding that counts and per tool that failed."""
    return "\n".join(_commands(result)) + "\n"


def _commands(result: Lint) -> Iterator[str]:
    for finding in result.new:
        title = f"{finding.tool} {finding.rule}"
        place = {
            "file": finding.path,
            "line": str(finding.line or ""),
            "col": str(finding.column or ""),
            "title": title,
        }
        yield command(_LEVELS[finding.severity], place, finding.message)
    for error in result.errors:
        yield command("error", {"title": f"{error.tool} {error.state}"}, error.message)


def command(level: str, fields: Mapping[str, str], message: str) -> str:
    """Return one command of the runner: `::error file=a,line=1::text`."""
    said = ",".join(f"{name}={_field(value)}" for name, value in fields.items() if value)
    return f"::{level} {said}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _field(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
