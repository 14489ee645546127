"""Ctrl-C and SIGTERM: both raise KeyboardInterrupt in the main thread, at once, whatever it is waiting for.

Python runs a signal's handler in the main thread, when that comes back from the system. The kernel may give the signal to
another thread, or just before the main one begins to wait, and then it does not come back: seen in one of five runs with
busy worker threads. So whoever got it, a thread of ours wakes the main one.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)
_WAKING = signal.SIGURG  # ignored by default, and used by nothing here
_AGAIN_SECONDS = (0.02, 0.2, 1.0)


@contextlib.contextmanager
def interrupts() -> Iterator[None]:
    """Let both signals raise KeyboardInterrupt in the block; afterwards everything is as it was."""
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    before = {number: signal.getsignal(number) for number in (*_ENDING, _WAKING)}
    waker = threading.Thread(target=_wake, args=(theirs, threading.main_thread().ident), daemon=True)
    waker.start()
    fd = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
    try:
        for number in _ENDING:
            signal.signal(number, _interrupt)
        signal.signal(_WAKING, _nothing)
        yield
    finally:
        signal.set_wakeup_fd(fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()  # the waker reads the end of it and ends too
        waker.join(2 * sum(_AGAIN_SECONDS))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Only that a call of the system was interrupted matters."""


def _wake(numbers: socket.socket, main: int | None) -> None:
    with numbers:
        while got := numbers.recv(1):
            if got[0] in _ENDING and main is not None:
                for pause in _AGAIN_SECONDS:
                    time.sleep(pause)
                    signal.pthread_kill(main, _WAKING)
