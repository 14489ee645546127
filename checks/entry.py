"""Where the command begins: until the command line is read nothing is done yet, and Ctrl-C ends it without a word."""

from __future__ import annotations

import signal


def main() -> int:
    """Run the command line, and return its exit code, which no late Ctrl-C changes any more."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from checks.__main__ import main as command

    code = command()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code
