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
_ADDED = "# checks"
"""How lines end that were added."""
_PROVISIONER = re.compile(r'^([ \t]*provisioner[ \t]+"ansible"[^{\n]*\{)[ \t]*(?:([^\n{}]*)\}[ \t]*)?$', re.MULTILINE)
_TOLD = re.compile(r"(\bskip_version_check\s*=\s*)false\b")


def rewritten(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the files that would start something with provisioners that do not, by path."""
    found = {}
    for path, text in texts.items():
        if path.endswith(".json"):
            value = packertemplates.parsed(text)
            if _tell(value):
                found[path] = json.dumps(value)
        elif _PROVISIONER.search(text):
            found[path] = _PROVISIONER.sub(_skipping, _TOLD.sub(r"\1true", text))
    return found


def original_line(text: str, line: int) -> int:
    """Return which line of the file as it was a line of a rewritten one is."""
    return line - sum(one.endswith(_ADDED) for one in text.split("\n")[:line])


def _tell(value: Any, kind: str = "") -> bool:
    """Tell provisioners in JSON, of either form, to start nothing; return whether there are any."""
    if isinstance(value, list):
        return max((_tell(one, kind) for one in value), default=False)  # each of them is told
    if not isinstance(value, dict):
        return False
    runs = kind == _RUNNING or (kind == "provisioners" and value.get("type") == _RUNNING)
    if runs:
        value["skip_version_check"] = True
    return max([runs, *(_tell(one, key) for key, one in list(value.items()))])


def _skipping(match: re.Match[str]) -> str:
    body = match.string[match.end() : packertemplates.end_of(match.string, match.end())]
    if "skip_version_check" in (match[2] or body):
        return match[0]
    whole = f"\n{match[2]} {_ADDED}\n}} {_ADDED}" if match[2] is not None else ""
    return f"{match[1]}\nskip_version_check = true {_ADDED}{whole}"
