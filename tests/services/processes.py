"""The real processes that these tests talk to: mongod and gunicorn, on ports of 127.0.0.1 that the kernel chose."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlencode

import pymongo
import urllib3

ROOT: Final = Path(__file__).parents[2]
IDLE_SECONDS: Final = 20.0
"""Services close a connection that has been idle for 30 s: one that nearly has been may close under the next request."""
FOLDERS: Final = {
    "post": ROOT / "src/post-py",
    "comment": ROOT / "src/comment",
    "ui": ROOT / "src/ui",
    "monolith": ROOT / "docker-monolith",
}
PYTHONPATH: Final = os.pathsep.join(map(str, [ROOT / "src/common", ROOT / "src/mongo", *FOLDERS.values()]))
KEY: Final = "k" * 40
DEADLINE_SECONDS: Final = 15.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(true: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until `true()` is; fail after `seconds` and say what did not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def environment(**more: str) -> dict[str, str]:
    """Return a small environment for a child process: nothing of the caller's settings reaches it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "PYTHONPATH": PYTHONPATH, "PYTHONUNBUFFERED": "1", **more}


@dataclass
class Process:
    """A child process with its output in a file."""

    argv: list[str]
    env: Mapping[str, str]
    output: Path
    popen: "subprocess.Popen[bytes] | None" = None

    def start(self) -> Self:
        """Start it, in a process group of its own, so that its children can be ended with it."""
        with self.output.open("ab") as output:
            self.popen = subprocess.Popen(
                self.argv, env=dict(self.env), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        return self

    @property
    def child(self) -> "subprocess.Popen[bytes]":
        """Return the running process."""
        assert self.popen is not None, "not started"
        return self.popen

    def terminate(self, seconds: float = DEADLINE_SECONDS) -> tuple[int, float]:
        """Ask it to end; return its exit code and how long that took."""
        begin = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(seconds), time.monotonic() - begin

    def kill(self) -> None:
        """End it and its children at once."""
        if self.popen is not None and self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def signal_group(self, number: int) -> None:
        """Send a signal to it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, number)

    def kill_group(self) -> None:
        """End what it started and left behind."""
        if self.popen is not None:
            self.signal_group(signal.SIGKILL)

    def text(self) -> str:
        """Return all that it has written."""
        return self.output.read_text(encoding="utf-8")

    def lines(self) -> list[dict[str, Any]]:
        """Return its log; a line that is no JSON object fails the test."""
        return [dict(json.loads(line)) for line in self.text().splitlines()]


class Mongod(Process):
    """The database stand-in of src/mongo, started as its image starts it: from a mongod.conf."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        data = folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        config = folder / "mongod.conf"
        config.write_text(f"storage:\n  dbPath: {data}\nnet:\n  port: {self.port}\n  bindIp: 127.0.0.1\n")
        argv = [sys.executable, "-m", "mongod_standin", "--config", str(config)]
        super().__init__(argv, environment(), folder / "mongod.log")

    def ready(self) -> Self:
        """Wait until it answers a hello."""
        until(lambda: self._hello(), f"hello from mongod: {self.text()[-500:]}")
        return self

    def client(self) -> "pymongo.MongoClient[dict[str, Any]]":
        """Return a client of its own for the test to look behind the services' backs."""
        return pymongo.MongoClient("127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=2000)

    def _hello(self) -> bool:
        assert self.child.poll() is None, self.text()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Return what the body means."""
        return json.loads(self.text)


class Service(Process):
    """A service under gunicorn, started as its image starts it."""

    def __init__(self, name: str, folder: Path, **env: str) -> None:
        self.name = name
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "gunicorn", "--config=python:reddit_common.gunicorn_conf"]
        argv += [f"--name={name}", f"--bind=127.0.0.1:{self.port}", f"{name}.app:main()"]
        home = str(FOLDERS[name])
        super().__init__(argv, environment(APP_HOME=home, **env), folder / f"{name}.log")
        self._pool = self._connections()
        self._asked = time.monotonic()

    def ready(self) -> Self:
        """Wait until it answers."""
        until(self.answers, f"an answer from {self.name}: {self.text()[-2000:]}")
        return self

    def answers(self) -> bool:
        """Tell whether it answers at all."""
        assert self.child.poll() is None, self.text()
        try:
            return self.get("/nowhere").status == 404  # a health check would wait for a database that is away
        except urllib3.exceptions.HTTPError:
            return False

    def healthy(self) -> bool:
        """Tell whether it says that it is well."""
        return bool(self.get("/healthcheck").json()["status"])

    def get(self, path: str, **headers: str) -> Answer:
        """GET a path; a header Request-Id is written Request_Id here."""
        return self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, **form: object) -> Answer:
        """POST a form."""
        body = urlencode({name: str(value) for name, value in form.items()})
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def _connections(self) -> urllib3.HTTPConnectionPool:
        # One is kept, the one that was used last: below it older ones would wait, to be closed under a later request.
        return urllib3.HTTPConnectionPool("127.0.0.1", self.port, maxsize=1, retries=False, timeout=10)

    def send(self, method: str, path: str, body: str | bytes = "", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and return the answer; redirects are not followed."""
        if time.monotonic() - self._asked > IDLE_SECONDS:
            self._pool = self._connections()
        self._asked = time.monotonic()
        got = self._pool.request(method, path, body=body or None, headers=dict(headers or {}), redirect=False)
        return Answer(got.status, got.headers, got.data.decode())

    def raw(self, data: bytes, seconds: float = 8.0, *, end: bool = False) -> bytes:
        """Send bytes that need be no request and return all that comes back until the other end closes.

        With `end` it is told that nothing more will come.
        """
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            with contextlib.suppress(ConnectionError):  # it may have refused them by then
                connection.sendall(data)
            with contextlib.suppress(OSError):
                if end:
                    connection.shutdown(socket.SHUT_WR)
            got = b""
            with contextlib.suppress(ConnectionError, TimeoutError):
                while piece := connection.recv(65536):
                    got += piece
            return got


class Together(Service):
    """The whole monolith without its container."""

    def __init__(self, folder: Path, key: Path) -> None:
        super().__init__("monolith", folder)
        self.database = database = Mongod(folder)
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

    def signal_part(self, name: str, number: int) -> None:
        """Send a signal to one of its two processes; StopIteration where it has not started that."""
        os.kill(self.process(name), number)


def post_settings(port: int) -> dict[str, str]:
    """Return the post service's environment for a database on this port."""
    return {"POST_DATABASE_HOST": "127.0.0.1", "POST_DATABASE_PORT": str(port)}


def comment_settings(port: int) -> dict[str, str]:
    """Return the comment service's environment for a database on this port."""
    return {"COMMENT_DATABASE_HOST": "127.0.0.1", "COMMENT_DATABASE_PORT": str(port)}


def ui_settings(folder: Path, post_port: int, comment_port: int) -> dict[str, str]:
    """Return the ui's environment for services on these ports."""
    post = {"POST_SERVICE_HOST": "127.0.0.1", "POST_SERVICE_PORT": str(post_port)}
    comment = {"COMMENT_SERVICE_HOST": "127.0.0.1", "COMMENT_SERVICE_PORT": str(comment_port)}
    return {**post, **comment, "SESSION_KEY_FILE": str(folder / "key")}
