"""Packer templates that start nothing while they are validated.

An ansible provisioner starts its program, a script of the repository perhaps, to ask for its version, but where
`skip_version_check` says not to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from checks.lint import packertemplates

_RUNNING = "ansible"
_SKIP = "skip_version_check"
_ADDED = "# checks"
"""How lines end that were added."""
_PROVISIONER = re.compile(r'^([ \t]*provisioner[ \t]+"ansible"[^{\n]*\{)[ \t]*(?:([^\n{}]*)\}[ \t]*)?$', re.MULTILINE)
_TOLD = re.compile(r"(\bskip_version_check\s*=\s*)false\b")


def rewritten(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the files that would start something with provisioners that do not, by path."""
    found = {}
    for path, text in texts.items():
        if path.endswith(".json"):
            told = _told(text)
            if told is not None:
                found[path] = told
        elif _PROVISIONER.search(text):
            found[path] = _PROVISIONER.sub(_skipping, _TOLD.sub(r"\1true", text))
    return found


def original_line(text: str, line: int) -> int:
    """Return which line of the file as it was a line of a rewritten one is."""
    return line - sum(one.endswith(_ADDED) for one in text.split("\n")[:line])


class _Object(list[tuple[str, Any]]):
    """An object of JSON as it is written: packer refuses one that has a field twice, and a dict would have it once."""


def _told(text: str) -> str | None:
    """Return a template whose provisioners start nothing; None where there are none."""
    try:
        value = json.loads(text, object_pairs_hook=_Object)
        return _written(value) if _tell(value) else None
    except ValueError:
        return None
    except RecursionError:
        return ""  # whoever nests so deep is not to run anything by that


def _written(value: Any) -> str:
    if isinstance(value, _Object):
        return "{" + ", ".join(f"{json.dumps(name)}: {_written(one)}" for name, one in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value)


def _tell(value: Any, kind: str = "") -> bool:
    """Tell provisioners in JSON, of either form, to start nothing; return whether there are any."""
    if isinstance(value, _Object):
        runs = kind == _RUNNING or (kind == "provisioners" and ("type", _RUNNING) in value)
        found = max([runs, *(_tell(one, name) for name, one in value)])
        if runs:
            value[:] = [*((name, one) for name, one in value if name != _SKIP), (_SKIP, True)]
        return found
    return max((_tell(one, kind) for one in value), default=False) if isinstance(value, list) else False


def _skipping(match: re.Match[str]) -> str:
    body = match.string[match.end() : packertemplates.end_of(match.string, match.end())]
    if "skip_version_check" in (match[2] or body):
        return match[0]
    whole = f"\n{match[2]} {_ADDED}\n}} {_ADDED}" if match[2] is not None else ""
    return f"{match[1]}\nskip_version_check = true {_ADDED}{whole}"
