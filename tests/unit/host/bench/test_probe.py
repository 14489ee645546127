"""The collector's script: the API over one connection, the questions, and that its text runs by itself."""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from checks.host.bench import probe, there
from checks.host.docker.probe_api import Api, unix
from tests.unit.host.docker.fake_engine import Engine, running

OLDEST = (3, 7)


def _engine(tmp_path: Path, **more: Any) -> Engine:
    answers = {f"/{n}": {"n": n, "text": "ü" * n} for n in range(200)}
    return Engine(tmp_path / "d.sock", answers, **more)


@pytest.mark.parametrize("how", [{}, {"chunked": True}, {"one_each": True}, {"one_each": True, "chunked": True}])
def test_answers_come_in_the_order_of_the_questions(tmp_path: Path, how: dict[str, bool]) -> None:
    with running(_engine(tmp_path, **how)) as engine:
        api = Api(unix(str(engine.path)))
        answers = api.get([f"/{n}" for n in range(150)])
        api.close()
    assert [json.loads(body)["n"] for status, body in answers if status == 200] == list(range(150))
    assert engine.connections == (150 if engine.one_each else 1)


def test_one_connection_serves_all_questions(tmp_path: Path) -> None:
    with running(_engine(tmp_path)) as engine:
        api = Api(unix(str(engine.path)))
        assert api.get(["/1"])[0][0] == 200
        assert api.get(["/none"]) == [(404, '{"message": "no such thing"}')]
        assert api.get([]) == []
        api.close()
    assert engine.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_engine_is_an_error_and_not_asked_for_ever(tmp_path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "d.sock"))
        listener.listen()

        def serve() -> None:
            for _ in range(2):
                connection, _address = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        state, why = probe.answer(["get", ["/info"]], Api(unix(str(tmp_path / "d.sock"))))
        thread.join(5)
    assert state == "error"
    assert why


def test_nobody_there(tmp_path: Path) -> None:
    state, why = probe.answer(["get", ["/info"]], Api(unix(str(tmp_path / "none.sock"))))
    assert (state, why) == ("error", "no such file or directory")


def test_who_made_a_socket_is_known_by_its_pid(tmp_path: Path) -> None:
    with running(_engine(tmp_path)) as engine:
        api = Api(unix(str(engine.path)))
        assert api.peer() == os.getpid()  # before a connection was made
        api.get(["/1"])
        assert api.peer() == os.getpid()
        api.close()


def test_questions_about_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"caf\xff")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    kind, uid, _, mode, owner, _, real = probe.answer(["stat", str(tmp_path / "link")], None)[1]
    assert (kind, uid, mode, real) == ("file", os.getuid(), 0o640, str(tmp_path / "a"))
    assert owner
    assert probe.answer(["stat", str(tmp_path)], None)[1][0] == "directory"
    assert probe.answer(["text", str(tmp_path / "a")], None) == ["ok", "caf\N{REPLACEMENT CHARACTER}"]
    assert probe.answer(["names", str(tmp_path)], None) == ["ok", ["a", "link"]]
    for question in ("text", "stat", "names"):
        assert probe.answer([question, str(tmp_path / "none" / "x")], None) == ["absent", ""]
    state, why = probe.answer(["text", str(tmp_path)], None)
    assert (state, why) == ("error", f"is a directory: {tmp_path}")


def test_questions_about_processes() -> None:
    me = probe.answer(["process", os.getpid()], None)[1]
    assert me["uid"] == os.getuid()
    assert me["root"] is False
    assert Path(me["exe"]) == Path(sys.executable).resolve()
    assert set(me["environ"]) <= {"HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"}
    assert os.getpid() in [one["pid"] for one in probe.answer(["named", me["comm"]], None)[1]]
    assert probe.answer(["process", 2**22 + 1], None) == ["absent", ""]
    assert probe.answer(["contained"], None)[0] == "ok"


def test_questions_about_groups() -> None:
    name, number, members = probe.answer(["group", "root"], None)[1]
    assert (name, number) == ("root", 0)
    assert "root" in members  # it is its primary group
    assert probe.answer(["group", 0], None)[1][0] == "root"
    assert probe.answer(["group", "no-such-group"], None) == ["ok", None]


def test_uids_are_those_that_the_container_sees() -> None:
    uid_map = "         0     100000      65536\n     70000          5          1\n"
    assert probe._inner_uid(100033, uid_map) == 33
    assert probe._inner_uid(5, uid_map) == 70000
    assert probe._inner_uid(4, uid_map) is None


def test_the_script_needs_nothing_but_an_old_python() -> None:
    tree = ast.parse(there.script().rpartition("\n[")[0], feature_version=OLDEST)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in imported | froms if name.startswith("checks") or "subprocess" in name]
    opened = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open"]
    assert [ast.unparse(call.args[1]) for call in opened] == ["'rb'"], "it only reads"


def test_the_script_answers_line_by_line(tmp_path: Path) -> None:
    with running(_engine(tmp_path)) as engine:
        questions = [[["get", ["/1", "/none"]], ["stat", "/"]], [["group", "root"]]]
        said = there.script(str(engine.path)) + "".join(json.dumps(some) + "\n" for some in questions)
        start = there.command(sudo=False).removeprefix("exec python3 -I -c ").strip("'")
        done = subprocess.run(
            [sys.executable, "-I", "-c", start], input=said, capture_output=True, text=True, timeout=20, check=True
        )
    address, first, second = map(json.loads, done.stdout.splitlines())
    assert address == {"engine": str(engine.path)}
    assert [answer[0] for answer in first] == ["ok", "ok"]
    assert [status for status, _ in first[0][1]] == [200, 404]
    assert second[0][1][0] == "root"
