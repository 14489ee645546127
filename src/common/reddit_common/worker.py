"""Gunicorn's threaded worker, in which a connection that has sent nothing yet waits in the poller."""

from concurrent.futures import Future
from typing import Any

from gunicorn.workers import gthread


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
