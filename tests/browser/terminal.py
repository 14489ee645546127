"""What a command prints on a terminal, as a page to take a picture of: nothing of it is drawn by hand."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

COLUMNS, ROWS = 118, 60
# Rich's own frames name a font on the net; this page needs nothing but itself.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Terminal</title><style>
body {{ margin: 0; background: {background}; }}
pre {{ display: inline-block; margin: 0; padding: 20px 24px; color: {foreground}; background: {background};
  font: 12px/1.4 "DejaVu Sans Mono", monospace; }}
</style></head><body><pre>{code}</pre></body></html>
"""


def said(argv: Sequence[str], cwd: Path, seconds: float) -> str:
    """Run a command with a terminal for its standard output and return what it printed there, colours and all."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (ROWS, COLUMNS))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    for name in ("CI", "NO_COLOR"):
        env.pop(name, None)
    with subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=its, stderr=subprocess.DEVNULL
    ) as child:
        os.close(its)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            heard = _all_of(terminal)
        child.wait(seconds)
    return heard.decode("utf-8").replace("\r\n", "\n")


def _all_of(terminal: io.FileIO) -> bytes:
    heard = b""
    while True:
        try:
            piece = terminal.read(65536)
        except OSError:  # the other end is closed
            return heard
        if not piece:
            return heard
        heard += piece


def page(*blocks: tuple[str, str]) -> str:
    """Return a page of commands with what each has printed."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, legacy_windows=False)
    for command, printed in blocks:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(printed.rstrip("\n")))
    return console.export_html(theme=DIMMED_MONOKAI, code_format=_PAGE, inline_styles=True)
