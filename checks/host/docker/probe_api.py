"""The engine's API over one kept connection: requests are sent ahead, answers are read in their order.

A part of the script that is sent to other machines (see `checks.host.bench.probe`): Python 3.7, the standard library only. It
reads HTTP by itself: importing http.client takes longer than asking an engine for thirty containers.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from typing import IO

API_SECONDS = 30.0
WINDOW = 64
"""Requests under way at once: more could fill both ends' buffers, and nobody would read."""


class Api:
    """An engine; `connect` makes a connection to it."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._sock: socket.socket | None = None
        self._file: IO[bytes] | None = None

    def get(self, paths: Sequence[str]) -> list[tuple[int, str]]:
        """Return status and body of each path; one that ends the connection after an answer is connected to again."""
        answers: list[tuple[int, str]] = []
        failed = False
        while len(answers) < len(paths):
            before = len(answers)
            try:
                self._exchange(paths[before : before + WINDOW], answers)
            except (ConnectionError, ValueError):
                self.close()
                if failed and len(answers) == before:
                    raise
                failed = len(answers) == before
            except BaseException:
                self.close()
                raise
        return answers

    def _exchange(self, paths: Sequence[str], answers: list[tuple[int, str]]) -> None:
        if self._sock is None or self._file is None:
            self._sock = self._connect()
            self._file = self._sock.makefile("rb")
        head = "GET {} HTTP/1.1\r\nHost: docker\r\nUser-Agent: checks\r\n\r\n"
        self._sock.sendall("".join(head.format(path) for path in paths).encode())
        for _ in paths:
            status, body, last = _response(self._file)
            answers.append((status, body))
            if last:
                self.close()
                return

    def peer(self) -> int:
        """Return the pid of who made the unix socket that we are connected to, as we count; 0 where it is not seen from here."""
        if not hasattr(socket, "SO_PEERCRED"):  # only Linux tells
            return 0
        own = None if self._sock else self._connect()
        try:
            data = (own or self._sock).getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)  # type: ignore[union-attr]
            return int(struct.unpack("3i", data)[0])
        finally:
            if own:
                own.close()

    def close(self) -> None:
        """End the connection; the next request makes a new one."""
        for one in (self._file, self._sock):
            if one is not None:
                one.close()
        self._sock = self._file = None


def _response(file: IO[bytes]) -> tuple[int, str, bool]:
    """Read one answer: status, body, and whether the connection ends with it."""
    first = file.readline(65536).split(None, 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/1."):
        raise ConnectionError("the engine ended the connection" if not first else "what answers there is no engine")
    headers = _headers(file)
    last = headers.get(b"connection", b"").lower() == b"close"
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = b"".join(iter(lambda: _chunk(file), b""))
    elif b"content-length" in headers:
        body = _exactly(file, int(headers[b"content-length"]))
    else:
        body, last = file.read(), True
    return int(first[1]), body.decode("utf-8", "replace"), last


def _headers(file: IO[bytes]) -> dict[bytes, bytes]:
    found = {}
    for line in iter(lambda: file.readline(65536).strip(), b""):
        name, _, value = line.partition(b":")
        found[name.strip().lower()] = value.strip()
    return found


def _chunk(file: IO[bytes]) -> bytes:
    body = _exactly(file, int(file.readline(4096).split(b";")[0], 16))
    file.readline(4096)
    return body


def _exactly(file: IO[bytes], size: int) -> bytes:
    body = file.read(size)
    if len(body) < size:
        raise ConnectionError("the engine ended the connection")
    return body


def unix(path: str, seconds: float = API_SECONDS) -> Callable[[], socket.socket]:
    """Return what connects to a unix socket; `seconds` for each answer."""

    def connect() -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(seconds)
        try:
            made.connect(path)
        except BaseException:
            made.close()
            raise
        return made

    return connect
