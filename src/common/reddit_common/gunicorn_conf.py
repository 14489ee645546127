"""Gunicorn's settings, for `gunicorn --config=python:reddit_common.gunicorn_conf --bind=… "module:factory()"`."""

import socket
import struct
from pathlib import Path
from typing import Final

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

from reddit_common import logs
from reddit_common.settings import LARGEST_BODY

# One worker: counters live in its memory, and a second interpreter would not fit the memory limit. Sockets wait in
# gunicorn's poller, not in a thread, so 200 connections share these threads.
worker_class = "reddit_common.worker.Worker"
workers = 1
threads = 32
worker_connections = 1000
backlog = 1024
keepalive = 30
timeout = 30
# Under the engine's grace time with room for mongod in the monolith.
graceful_timeout = 4
# How long a client may keep a thread waiting for its next bytes, or for room to answer it: 32 that stall must not be all.
CLIENT_SECONDS: Final = 3
# The heartbeat file must not wait for a disk.
_memory = Path("/dev/shm")  # noqa: S108 gunicorn makes a private file of its own in it
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
control_socket_disable = True
accesslog = None
logger_class = "reddit_common.logs.JsonLogger"


def on_starting(server: Arbiter) -> None:
    """Make the first line that gunicorn logs a JSON line already; gunicorn calls this before it logs."""
    logs.configure(server.proc_name)


def when_ready(server: Arbiter) -> None:
    """Let the kernel end the wait for a client that has begun a request and stalls; accepted sockets inherit it.

    Gunicorn waits for such a client without limit, in one of its few threads.
    """
    limit = struct.pack("@ll", CLIENT_SECONDS, 0)
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, limit)


def pre_request(worker: Worker, request: Request) -> None:  # noqa: ARG001 gunicorn's signature
    """Announce the end of a connection whose body may stay unread: gunicorn drains 64 KiB of it, then closes unannounced.

    A client that keeps its connection would send the next request into that.
    """
    headers = dict(request.headers)
    length = headers.get("CONTENT-LENGTH", "0")
    if "TRANSFER-ENCODING" in headers or int(length) > LARGEST_BODY:
        request.force_close()
