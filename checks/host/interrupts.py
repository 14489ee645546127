"""Ctrl-C and SIGTERM: both raise KeyboardInterrupt in the main thread, at once, whatever it is waiting for.

Python runs a signal's handler in the main thread, when that comes back from the system. The kernel may give the signal to
another thread, or just before the main one begins to wait, and then it does not come back: seen in one of five runs with
busy worker threads. So whoever got it, a thread of ours wakes the main one.

People press Ctrl-C twice, and nox and CI systems send SIGTERM after SIGINT: a signal soon after another is the same
interruption, and none breaks off the removal of what a run had started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)
_WAKING = signal.SIGURG  # ignored by default, and used by nothing here
_AGAIN_SECONDS = (0.02, 0.2, 1.0)
_SAME_SECONDS = 3.0


@contextlib.contextmanager
def interrupts() -> Iterator[None]:
    """Let both signals raise KeyboardInterrupt in the block; afterwards everything is as it was."""
    theirs, ours = os.pipe()
    os.set_blocking(ours, False)
    before = {number: signal.getsignal(number) for number in (*_ENDING, _WAKING)}
    over = threading.Event()
    waker = threading.Thread(target=_wake, args=(theirs, threading.main_thread().ident, over), daemon=True)
    waker.start()
    fd = signal.set_wakeup_fd(ours, warn_on_full_buffer=False)
    try:
        interrupt = _interrupting()
        for number in _ENDING:
            signal.signal(number, interrupt)
        signal.signal(_WAKING, _nothing)
        yield
    finally:
        signal.set_wakeup_fd(fd)
        over.set()
        os.close(ours)  # the waker reads the end of it and ends too
        waker.join(2 * sum(_AGAIN_SECONDS))
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Let neither signal break off the block; one that came meanwhile raises KeyboardInterrupt when it went well."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda got, _frame: came.append(got)) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


def caused(error: BaseException | None) -> bool:
    """Whether an error is an interruption, or came up while one was dealt with, as where a stack could not be removed."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _interrupting() -> Callable[[int, FrameType | None], None]:
    last = float("-inf")

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _SAME_SECONDS:
            last = time.monotonic()
            raise KeyboardInterrupt

    return interrupt


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Only that a call of the system was interrupted matters."""


def _wake(numbers: int, main: int | None, over: threading.Event) -> None:
    with open(numbers, "rb", buffering=0) as pipe:
        while got := pipe.read(1):
            if got[0] in _ENDING and main is not None:
                for pause in _AGAIN_SECONDS:
                    if over.wait(pause):
                        return
                    signal.pthread_kill(main, _WAKING)
