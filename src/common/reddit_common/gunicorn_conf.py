"""Gunicorn's settings, for `gunicorn --config=python:reddit_common.gunicorn_conf --bind=… "module:factory()"`."""

from pathlib import Path

from gunicorn.arbiter import Arbiter

from reddit_common import logs

# One worker: counters live in its memory, and a second interpreter would not fit the memory limit. Sockets wait in
# gunicorn's poller, not in a thread, so 200 connections share these threads.
worker_class = "gthread"
workers = 1
threads = 32
worker_connections = 1000
backlog = 1024
keepalive = 30
timeout = 30
# Under the engine's grace time with room for mongod in the monolith.
graceful_timeout = 4
# The heartbeat file must not wait for a disk.
_memory = Path("/dev/shm")  # noqa: S108 gunicorn makes a private file of its own in it
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
control_socket_disable = True
accesslog = None
logger_class = "reddit_common.logs.JsonLogger"


def on_starting(server: Arbiter) -> None:
    """Make the first line that gunicorn logs a JSON line already; gunicorn calls this before it logs."""
    logs.configure(server.proc_name)
