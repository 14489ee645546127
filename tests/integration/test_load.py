"""Two hundred people at once: all are answered, and the service stays inside its memory limit."""

from __future__ import annotations

import concurrent.futures
import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from checks.host.testing import notes
from checks.testing import Service, Stack

PEOPLE = 200
PORTS = {"post": 5000, "comment": 9292, "ui": 9292, "monolith": 9292}
BODY = b"title=" + b"x" * 60_000
"""Nearly as large as a body may be."""
REQUESTS = {
    "post": (b"GET /posts", b"POST /add_post"),
    "comment": (b"GET /" + b"a" * 24 + b"/comments", b"POST /add_comment"),
    "ui": (b"GET /", b"POST /new"),
    "monolith": (b"GET /", b"POST /login"),
}
PEAKS = ("/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes")
"""Where the kernel says how much memory a container has used at most: cgroups of the second version, and of the first."""
each = pytest.mark.parametrize("name", REQUESTS)


def _requests(name: str) -> list[bytes]:
    """Return half requests for a page, half large forms."""
    page, form = REQUESTS[name]
    head = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    typed = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    return [page + head + b"\r\n", form + head + typed + BODY] * (PEOPLE // 2)


def _ask(where: tuple[str, int], data: bytes, together: threading.Barrier) -> int:
    """Connect, wait until everybody has, send, and return the status of the answer."""
    with socket.create_connection(where, 60) as connection:
        together.wait(60)
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    return int(found[1]) if found else 0


def _peak(service: Service) -> int:
    """Return how much memory a container has used at most, in bytes."""
    for name in PEAKS:
        with contextlib.suppress(OSError, ValueError):
            return int(service.read(name))
    used = service.client.api.stats(service.id, stream=False)["memory_stats"]
    return int(used.get("max_usage") or used["usage"])


@contextlib.contextmanager
def _alive(service: Service) -> Iterator[None]:
    """Fail where the container was ended meanwhile, for its memory or for anything else."""
    before = service.inspect()["State"]["StartedAt"]
    yield
    state = service.inspect()["State"]
    assert (state["StartedAt"], state["OOMKilled"], state["Running"]) == (before, False, True)


@each
def test_200_connections_at_once_are_answered_inside_the_memory_limit(stack: Stack, name: str) -> None:
    service = stack[name]
    service.wait_healthy()
    where = service.at(PORTS[name])
    together = threading.Barrier(PEOPLE)
    with _alive(service), concurrent.futures.ThreadPoolExecutor(PEOPLE) as pool:
        statuses = list(pool.map(lambda data: _ask(where, data, together), _requests(name)))
    assert set(statuses) <= {200, 303, 400, 401}, sorted(set(statuses))
    limit, peak = int(service.inspect()["HostConfig"]["Memory"]), _peak(service)
    assert 0 < peak < limit
    notes.note("memory_peak_mib", {name: round(peak / 2**20)})


@each
def test_200_connections_that_say_nothing_keep_nobody_out(stack: Stack, name: str) -> None:
    service = stack[name]
    where = service.at(PORTS[name])
    with _alive(service), contextlib.ExitStack() as held:
        for _ in range(PEOPLE):
            held.enter_context(socket.create_connection(where, 10))
        started = time.monotonic()
        assert requests.get(f"http://{where[0]}:{where[1]}/healthcheck", timeout=10).status_code == 200
        assert time.monotonic() - started < 5


@each
def test_a_body_that_is_too_large_is_refused(stack: Stack, name: str) -> None:
    service = stack[name]
    host, port = service.at(PORTS[name])
    path = REQUESTS[name][1].decode().split()[1]
    with _alive(service):
        for size in (70_000, 20_000_000):
            answer = _refused(f"http://{host}:{port}{path}", size)
            assert answer in (413, 0), answer


def _refused(url: str, size: int) -> int:
    """Return the status of the answer to a large form, 0 where the connection was closed before all was sent."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        return requests.post(url, data=b"x=" + b"y" * size, headers=headers, timeout=30).status_code
    except requests.ConnectionError:
        return 0


def test_there_is_a_limit_for_each(stack: Stack) -> None:
    limits = {name: service.inspect()["HostConfig"]["Memory"] for name, service in stack.services.items()}
    assert [name for name, limit in limits.items() if not 0 < limit <= 640 * 2**20] == []
