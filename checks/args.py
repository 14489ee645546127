"""What was asked for on the command line, as one frozen value."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TAKEN = ("lint", "build", "bench", "publish", "audit", "up", "verify", "index", "running")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
LONGEST_SECONDS = 7 * 86400.0


def seconds(text: str) -> float:
    """Read a time limit from the command line."""
    value = float(text)
    if not 0 < value <= LONGEST_SECONDS:  # not a number is neither
        raise argparse.ArgumentTypeError(f"{text} is no time limit: seconds, more than 0, a week at most")
    return value


def output(text: str) -> Path | None:
    """Read where a result is to go: None is standard output."""
    return None if text == "-" else Path(text)


def report_name(text: str) -> str:
    """Read what reports are to be called; never what those of another verb are called."""
    if not _NAME.fullmatch(text) or text in _TAKEN:
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be the name of its reports: lower-case letters, digits and -"
        )
    return text


@dataclass(frozen=True)
class Args:
    """One command: the verb, the options that all verbs share, and `options`, the verb's own by name."""

    verb: str
    root: Path
    format: str
    output: Path | None
    options: Mapping[str, Any]

    @classmethod
    def of(cls, namespace: argparse.Namespace) -> Args:
        """Return what argparse understood."""
        values = dict(vars(namespace))
        root = Path(values.pop("root")).absolute()
        return cls(values.pop("verb"), root, values.pop("format"), values.pop("output"), values)

    def __getitem__(self, name: str) -> Any:
        """Return one of the verb's own options."""
        return self.options[name]
