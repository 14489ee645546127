"""Threads for work that runs commands: when we are interrupted, what they run ends at once."""

from __future__ import annotations

import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from checks.host import proc

END_SECONDS = 10.0
"""How long a thread that runs no command, but speaks to an engine, is waited for."""


class _Pool(concurrent.futures.ThreadPoolExecutor):
    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.given: list[concurrent.futures.Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        future = super().submit(fn, *args, **kwargs)
        self.given.append(future)
        return future


@contextlib.contextmanager
def pool(workers: int) -> Iterator[concurrent.futures.ThreadPoolExecutor]:
    """Yield an executor; where the block is left by an exception, nothing more begins and what runs is killed.

    An executor's own end would wait for all that it was given.
    """
    executor = _Pool(workers)
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        _end(executor.given)
        raise
    executor.shutdown(wait=True)


def _end(given: list[concurrent.futures.Future[Any]]) -> None:
    deadline = time.monotonic() + END_SECONDS
    running = [future for future in given if not future.done()]
    while running and time.monotonic() < deadline:
        proc.end_all()  # again and again: a thread may be just about to start its command
        running = list(concurrent.futures.wait(running, timeout=0.1).not_done)
