"""An engine's API over a real socket, from answers that a real engine gave: what is replaced is what they are asked for."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = Any | tuple[int, Any]


@dataclass
class Engine:
    """Answers by path (without its query): JSON, or status and JSON; a function is called each time.

    chunked: how bodies are sent; one_each: the connection ends after each answer. asked: the paths, in their order.
    """

    path: Path
    answers: Mapping[str, Answer | Callable[[], Answer]]
    chunked: bool = False
    one_each: bool = False
    asked: list[str] = field(default_factory=list)
    connections: int = 0

    def answer(self, path: str) -> bytes:
        """Return the HTTP answer to a path."""
        self.asked.append(path)
        found = self.answers.get(path.partition("?")[0], (404, {"message": "no such thing"}))
        found = found() if callable(found) else found
        status, data = found if isinstance(found, tuple) else (200, found)
        body = json.dumps(data).encode()
        end = b"Connection: close\r\n" if self.one_each else b""
        head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%s" % (status, end)
        if not self.chunked:
            return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        parts = [body[at : at + 7] for at in range(0, len(body), 7)]
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


@contextlib.contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """Serve an engine at its path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(engine.path))
        listener.listen()
        thread = threading.Thread(target=_accept, args=(listener, engine), daemon=True)
        thread.start()
        yield engine
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _accept(listener: socket.socket, engine: Engine) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            engine.connections += 1
            with connection, contextlib.suppress(OSError):
                _serve(connection, engine)


def _serve(connection: socket.socket, engine: Engine) -> None:
    with connection.makefile("rb") as file:
        while line := file.readline():
            while file.readline().strip():
                pass
            connection.sendall(engine.answer(line.split()[1].decode()))
            if engine.one_each:
                return
