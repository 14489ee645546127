"""start.sh: two processes that live and die together."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from people import Person
from processes import ROOT, Mongod, Process, Service, environment, until

Ended = Callable[[Process], Process]


class Together(Service):
    """The whole monolith without its container."""

    def __init__(self, folder: Path, key: Path) -> None:
        super().__init__("monolith", folder)
        database = Mongod(folder)
        home = folder / "home"
        home.mkdir()
        (home / "VERSION").write_text("1.0")
        (home / "db_config").write_text(f"DATABASE_URL=127.0.0.1:{database.port}\n")
        command = folder / "bin" / "mongod"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mongod_standin "$@"\n')
        command.chmod(0o755)
        self.argv = [str(ROOT / "docker-monolith/start.sh")]
        self.env = environment(
            APP_HOME=str(home),
            MONGOD_CONF=str(folder / "mongod.conf"),
            BIND=f"127.0.0.1:{self.port}",
            SESSION_KEY_FILE=str(key),
        )
        self.env["PATH"] = f"{command.parent}{os.pathsep}{self.env['PATH']}"

    def process(self, name: str) -> int:
        """Return the pid of one of its two processes."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        wanted = b"mongod" if name == "mongod" else b"gunicorn"
        return next(int(pid) for pid in children if wanted in Path(f"/proc/{pid}/cmdline").read_bytes())


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
    code, seconds = together.terminate()
    assert code == 0
    assert seconds < 8
    stopped = [line["process"] for line in together.lines() if line.get("event") == "stopped"]
    assert stopped == ["web", "mongod"]
    together.start().ready()
    until(together.healthy, "the second start")
    assert "kept" in Person(together).visit("/").text
