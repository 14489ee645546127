"""An engine that refuses, keeps silent or goes away: one line and 1 or 3, never a bug. Its socket is real, the engine not."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from checks.errors import ChecksError, FailedError, NoEngineError
from checks.host.docker import engine

_VERSION = b'{"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}'


def _answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        len(body),
        body,
    )


class Speaker:
    """A socket that says its version and answers all other requests as it is told; None keeps silent."""

    def __init__(self, path: Path, reply: bytes | None) -> None:
        self.host = f"unix://{path}"
        self._reply = reply
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._open: list[socket.socket] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while request := connection.recv(65536):
                if b"/version " in request.partition(b"\r\n")[0]:
                    connection.sendall(_answer("200 OK", _VERSION))
                elif self._reply is not None:
                    connection.sendall(self._reply)
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        for item in (self._socket, *self._open):
            item.close()


@pytest.fixture
def leaks() -> Iterator[None]:
    """Collect the sockets that docker's client leaves open where nobody listens, before they are another test's."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def speak(tmp_path: Path) -> Iterator[Callable[[bytes | None], Speaker]]:
    made: list[Speaker] = []

    def make(reply: bytes | None) -> Speaker:
        made.append(Speaker(tmp_path / "engine.sock", reply))
        return made[-1]

    yield make
    for item in made:
        item.close()


def _explained(host: str, timeout: int = 1) -> ChecksError:
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(contextlib.closing(engine.Engine("system", host, "").client(timeout)))
        raised = stack.enter_context(pytest.raises(Exception))  # noqa: PT011  which one it is, is docker's affair
        client.api.containers()
    known = engine.explain(raised.value)
    assert known is not None, repr(raised.value)
    return known


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (_answer("500 Oops", b'{"message": "no space left on device"}'), FailedError, "refuses: no space left"),
        (_answer("404 No", b'{"message": "no such thing"}'), FailedError, "refuses: no such thing"),
        (_answer("409 No", b'{"message": "in progress\\nand more"}'), FailedError, "refuses: in progress"),
        (b"not even HTTP\r\n\r\n", NoEngineError, "does not answer any more"),
        (b"", NoEngineError, "does not answer any more"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", NoEngineError, "does not answer any more"),
        (None, NoEngineError, "does not answer any more"),
    ],
    ids=["500", "404", "409", "garbage", "closed", "cut off", "silent"],
)
def test_what_the_client_raises_is_said(
    speak: Callable[[bytes | None], Speaker], reply: bytes | None, kind: type, words: str
) -> None:
    known = _explained(speak(reply).host)
    assert isinstance(known, kind)
    assert words in str(known)
    assert known.advice
    assert "\n" not in str(known)


@pytest.mark.usefixtures("leaks")
def test_one_that_went_away_between_two_questions_is_no_engine(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path / "engine.sock", b"")
    with contextlib.closing(engine.Engine("system", speaker.host, "").client(2)) as client:
        speaker.close()
        (tmp_path / "engine.sock").unlink()
        with pytest.raises(requests.exceptions.RequestException) as raised:
            client.api.containers()
    known = engine.explain(raised.value)
    assert isinstance(known, NoEngineError)


@pytest.mark.usefixtures("leaks")
def test_a_client_of_nothing_is_no_engine(tmp_path: Path) -> None:
    import docker.errors

    with pytest.raises(docker.errors.DockerException) as raised:
        engine.Engine("system", f"unix://{tmp_path}/nothing", "").client(1)
    assert isinstance(engine.explain(raised.value), NoEngineError)


def test_a_bug_stays_a_bug() -> None:
    assert engine.explain(KeyError("x")) is None
    assert engine.explain(OSError("x")) is None


def test_a_silent_socket_is_given_up_in_time(tmp_path: Path) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(NoEngineError, match="no answer in time"):
            engine.version(f"unix://{tmp_path}/s", timeout=0.5)
        assert 0.4 < time.monotonic() - started < 1.5


@pytest.mark.parametrize("verb", ["down", "clean"])
@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [(_answer("500 Oops", b'{"message": "disk on fire"}'), 1, "disk on fire"), (b"", 3, "does not answer any more")],
    ids=["500", "closed"],
)
def test_a_command_says_it_in_its_exit_code(
    speak: Callable[[bytes | None], Speaker], tmp_path: Path, verb: str, reply: bytes, code: int, words: str
) -> None:
    env = {**os.environ, "DOCKER_HOST": speak(reply).host}
    argv = [sys.executable, "-P", "-m", "checks", verb, "--root", str(tmp_path)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "bug" not in done.stderr


def test_one_elsewhere_that_never_lets_us_in_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(_self: engine.Engine, _timeout: float = 0) -> None:
        over.wait(30)  # as a log-in does that the other end does not answer

    monkeypatch.setattr(engine.Engine, "client", never)
    monkeypatch.setattr(engine, "_LOGIN_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(NoEngineError, match="no answer in time"):
        engine.version("ssh://nobody@nowhere.invalid", timeout=0.2)
    over.set()
    assert time.monotonic() - started < 2
