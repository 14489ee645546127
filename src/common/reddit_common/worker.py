"""Gunicorn's threaded worker, in which a connection that has sent nothing yet waits in the poller."""

import time
from concurrent.futures import Future
from typing import Any, Final

from gunicorn.workers import gthread

LINGER_SECONDS: Final = 0.5


class Worker(gthread.ThreadWorker):
    """By itself it lets a new connection wait in a thread for 5 s: 200 of them keep everybody else out for half a minute."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection that has something to say to a thread; called in the main thread only, as accept() is."""
        if conn.initialized or conn.data_ready or not self.alive:
            super().enqueue_req(conn)
        else:
            silent: Future[Any] = Future()
            silent.set_result(gthread._DEFER)  # type: ignore[attr-defined]  # what handle() returns after those 5 s
            self.finish_request(conn, silent)

    def _cap_keepalive(self, deadline: float) -> None:
        """Close kept connections soon when the server stops: whoever is sending on one right now needs no 2 s for it."""
        super()._cap_keepalive(min(deadline, time.monotonic() + LINGER_SECONDS))  # type: ignore[misc]
