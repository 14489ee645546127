"""Watching the engine while something waits for it: one that is stopped in its tracks ends nothing and refuses nothing.

A build may take half an hour and a test run as long, so their own limits say little of an engine that hangs. It is asked
for its version meanwhile, over a connection of its own each time.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from checks.errors import NoEngineError
from checks.host.docker import engine

HUNG_SECONDS = 30.0
"""How long an engine may keep silent."""
ASK_SECONDS = 5.0
PAUSE_SECONDS = 2.0
FAR_PAUSE_SECONDS = 15.0
"""Between two questions to an engine elsewhere: over ssh each of them is a log-in."""


class Watch:
    """Whether an engine has come to hang; `hung` is set when it has."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._over = threading.Event()
        self.hung = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._over.set()

    def refuse(self, what: str) -> None:
        """Raise NoEngineError where the engine has come to hang during `what`."""
        if self.hung.is_set():
            raise NoEngineError(
                f"the engine at {self._host} has not answered for {HUNG_SECONDS:.0f} s, {what}",
                "look at its process and its log, or start it again; the next command removes what is left of this run",
            )

    def _ask(self) -> None:
        pause = PAUSE_SECONDS if self._host.startswith("unix:") else FAR_PAUSE_SECONDS
        answered = time.monotonic()
        while not self._over.wait(pause):
            try:
                engine.version(self._host, ASK_SECONDS)
            except NoEngineError:
                # One that refuses connections may be on its way back, as after a restart.
                if time.monotonic() - answered >= HUNG_SECONDS:
                    self.hung.set()
            else:
                answered = time.monotonic()


@contextlib.contextmanager
def watched(host: str) -> Iterator[Watch]:
    """Watch the engine at `host` while the block runs."""
    watch = Watch(host)
    try:
        yield watch
    finally:
        watch.end()
