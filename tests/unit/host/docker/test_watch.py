"""Watching an engine: one that keeps silent is told from one that is busy, in time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checks.errors import NoEngineError
from checks.host import proc
from checks.host.docker import watch
from checks.host.docker.compose import Compose

_VERSION = b'{"Version": "28.0"}'


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("HUNG_SECONDS", 0.6), ("ASK_SECONDS", 0.2), ("PAUSE_SECONDS", 0.05)):
        monkeypatch.setattr(watch, name, seconds)


@contextlib.contextmanager
def speaking(path: Path, silent: threading.Event) -> Iterator[str]:
    """Answer every question for a version until `silent` is set."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listening:
        listening.bind(str(path))
        listening.listen(64)
        listening.settimeout(0.05)
        over = threading.Event()
        held: list[socket.socket] = []

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listening.accept()
                    held.append(connection)
                    connection.recv(4096)
                    if not silent.is_set():
                        connection.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(_VERSION), _VERSION)
                        )

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            over.set()
            thread.join()
            for connection in held:
                connection.close()


def test_an_engine_that_answers_lets_a_command_take_its_time(tmp_path: Path) -> None:
    with speaking(tmp_path / "s", threading.Event()) as host, watch.watched(host) as watched:
        assert proc.run(["sleep", "1.5"], timeout=10, doomed=watched.hung).ok
        watched.refuse("meanwhile")


def test_an_engine_that_falls_silent_ends_the_command_and_is_said(tmp_path: Path) -> None:
    silent = threading.Event()
    with speaking(tmp_path / "s", silent) as host, watch.watched(host) as watched:
        threading.Timer(0.3, silent.set).start()
        started = time.monotonic()
        done = proc.run(["sleep", "60"], timeout=60, doomed=watched.hung)
        assert done.timed_out
        assert 0.6 < time.monotonic() - started < 5
        with pytest.raises(NoEngineError, match=r"has not answered for 1 s, meanwhile"):
            watched.refuse("meanwhile")


def test_a_short_silence_is_none(tmp_path: Path) -> None:
    silent = threading.Event()
    with speaking(tmp_path / "s", silent) as host, watch.watched(host) as watched:
        silent.set()
        time.sleep(0.25)
        silent.clear()
        time.sleep(0.8)
        assert not watched.hung.is_set()


def test_an_engine_that_is_gone_has_hung_too(tmp_path: Path) -> None:
    with watch.watched(f"unix://{tmp_path}/nothing") as watched:
        assert watched.hung.wait(5)


def test_nobody_is_asked_any_more_afterwards(tmp_path: Path) -> None:
    with watch.watched(f"unix://{tmp_path}/nothing") as watched:
        pass
    assert not watched.hung.wait(1)


def test_a_command_that_fails_because_the_engine_has_gone_is_told_from_one_that_fails(tmp_path: Path) -> None:
    with speaking(tmp_path / "engine", threading.Event()) as host:
        failing = Compose(("false",), tmp_path / "compose.yaml", {**os.environ, "DOCKER_HOST": host})
        assert failing.run_watched("build", timeout=10, what="while it was built").code == 1
    (tmp_path / "engine").unlink()
    with pytest.raises(NoEngineError, match="does not answer"):
        failing.run_watched("build", timeout=10, what="while it was built")
    assert replace(failing, argv=("true",)).run_watched("build", timeout=10, what="while it was built").ok
