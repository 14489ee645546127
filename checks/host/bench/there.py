"""Our script on another machine: python3 there is sent it, and then asked line by line."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.errors import NoEngineError
from checks.host.bench import probe, talking
from checks.host.docker import probe_api

SOCKETS = ("/var/run/docker.sock", "$XDG_RUNTIME_DIR/docker.sock", "/run/checks/main/docker.sock")
"""Where an engine listens on another machine, if the address names no path."""
_START = "exec {sudo}python3 -I -c 'import sys; exec(sys.stdin.buffer.read({size}).decode())'"
Answer = tuple[str, Any]


@dataclass(frozen=True)
class There:
    """The script that runs on another machine; `say` sends it a line, `hear` returns one."""

    target: str
    socket: str
    say: Callable[[str], None]
    hear: Callable[[], Any]
    no_host: str = ""

    def ask(self, *questions: Sequence[Any]) -> list[Answer]:
        """Answer questions, in their order; NoEngineError where the connection ends."""
        self.say(json.dumps(questions) + "\n")
        return [(state, value) for state, value in self.hear()]


def started(talk: talking.Talk, address: str, path: str) -> There | None:
    """Return our script on another machine, None where it does not run there."""
    talk.say(script(path))
    path = _greeting(talk.hear)
    return There(address, path, talk.say, lambda: _heard(talk.hear(), address)) if path else None


def _greeting(hear: Callable[[], str]) -> str:
    """Return where the script found the engine's socket; what a login shell says before that is passed over."""
    for line in iter(hear, ""):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return str(json.loads(line)["engine"])
    return ""


def _heard(line: str, address: str) -> Any:
    if not line.strip():
        raise NoEngineError(f"the connection to {address} ended", "try it again")
    return json.loads(line)


def command(*, sudo: bool) -> str:
    """Return what a login shell over there is told, with sudo as root: it reads the script from its standard input."""
    return _START.format(sudo="sudo -n " if sudo else "", size=len(_text().encode()))


def _text() -> str:
    """Return the text of the collector's script: both its modules without what they import of ours."""
    parts = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in (probe_api, probe)]
    lines = [
        line for part in parts for line in part.splitlines() if not line.startswith(("from checks.", "from __future__"))
    ]
    return "\n".join(
        ["from __future__ import annotations", *lines, "serve(json.loads(sys.stdin.buffer.readline()))", ""]
    )


def script(path: str = "") -> str:
    """Return what python3 is sent: the script, then a line with where the engine's socket may be."""
    return _text() + json.dumps([path] if path else SOCKETS) + "\n"
