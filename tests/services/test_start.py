"""start.sh: two processes that live and die together."""

import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from people import Person
from processes import Process, Together, until

Ended = Callable[[Process], Process]


@pytest.fixture
def together(tmp_path: Path, folder: Path, ended: Ended) -> Together:
    made = Together(tmp_path / "together", folder / "key")
    ended(made.start())
    made.ready()
    until(made.healthy, "a healthy monolith")
    return made


@pytest.mark.parametrize("name", ["web", "mongod"])
def test_where_one_dies_the_other_ends_and_it_says_which(together: Together, name: str) -> None:
    os.kill(together.process(name), signal.SIGKILL)
    assert together.child.wait(10) == 1
    assert f"{name} died, so the container ends" in together.text()
    assert '"event":"process died","level":"critical"' in together.text()


def test_sigterm_ends_web_first_and_keeps_what_was_acknowledged(together: Together) -> None:
    Person(together).add_post("kept")
    with ThreadPoolExecutor(8) as people, socket.create_connection(("127.0.0.1", together.port)):
        page = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        asked = [people.submit(together.raw, page) for _ in range(8)]
        time.sleep(0.02)
        code, seconds = together.terminate()
        answers = [answer.result() for answer in asked]
    assert code == 0
    assert seconds < 5
    assert [answer for answer in answers if answer and b" 200 " not in answer] == []
    stopped = [line["process"] for line in together.lines() if line.get("event") == "stopped"]
    assert stopped == ["web", "mongod"]
    together.start().ready()
    until(together.healthy, "the second start")
    assert "kept" in Person(together).visit("/").text
