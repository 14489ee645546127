"""What /proc says is what ps and ss say: asked of this very machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from checks.host import proc
from checks.host.testing import procfs


def ask(command: str) -> list[list[str]]:
    """Answer a command the way a container without tools does."""
    question = procfs.question(command)
    assert question is not None
    done = proc.run(["sh", "-c", question.script], timeout=20)
    assert done.ok, done.err
    return [line.split() for line in question.answer(done.out).splitlines()]


def real(command: str) -> list[list[str]]:
    """Answer a command by the tool itself."""
    done = proc.run(["sh", "-c", command], env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, timeout=20)
    return [line.split() for line in done.out.splitlines()]


def test_a_process_is_described_as_ps_does() -> None:
    command = f"ps -ww -p {os.getpid()} -o pid,ppid,uid,gid,comm,args"
    assert ask(command)[1:] == real(command)[1:]


def test_all_processes_are_listed_with_their_starts() -> None:
    command = "ps -Aww -o comm:50,pcpu:50,pid:50,pmem:50,lstart:50,args"  # as testinfra asks
    rows = {row[2]: row for row in ask(command)[1:]}
    mine = rows[str(os.getpid())]
    (known,) = [row for row in real(command)[1:] if row[2] == str(os.getpid())]
    assert mine[0] == known[0]
    assert mine[4:7] == known[4:7]
    assert mine[9:] == known[9:]


def test_a_process_whose_arguments_hold_line_ends_stays_one_row() -> None:
    argv = [sys.executable, "-c", "import sys\nprint('up', flush=True)\nsys.stdin.read()", "a\tb\n\nc"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        command = f"ps -ww -p {process.pid} -o pid,args"
        mine, known = ask(command)[1:], real(command)[1:]
        process.communicate("")
    assert len(mine) == 1
    assert mine == known


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_listening_socket_is_listed_as_ss_does(family: socket.AddressFamily) -> None:
    with socket.socket(family) as listener:
        listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        listener.listen()
        port = f":{listener.getsockname()[1]}"
        command = "ss --numeric --listening --tcp"
        (mine,) = [(row[0], row[3]) for row in ask(command) if row[3].endswith(port)]
        (known,) = [(row[0], row[3]) for row in real(command) if row[3].endswith(port)]
    assert mine == known


def test_a_connection_is_listed_only_where_it_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        port = f":{client.getsockname()[1]}"
        assert [row for row in ask("ss -Hltn") if row[3].endswith(port)] == []
        assert [row[0] for row in ask("ss -Htn --all") if row[3].endswith(port)] == ["ESTAB"]


def test_where_all_kinds_are_asked_for_their_names_stand_first() -> None:
    assert {row[0] for row in ask("ss -H --numeric --listening")} <= {"tcp", "udp", "u_str", "u_dgr", "u_seq"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0100007F:2382", "127.0.0.1:9090"),
        ("00000000:0000", "0.0.0.0:*"),
        ("00000000000000000000000000000000:1F90", "*:8080"),
        ("0000000000000000FFFF00000100007F:0050", "[::ffff:127.0.0.1]:80"),
        ("00000000000000000000000001000000:0016", "[::1]:22"),
    ],
)
def test_addresses_are_written_as_ss_does(text: str, shown: str) -> None:
    assert procfs.address(text) == shown


@pytest.mark.parametrize(
    "command", ["ls", "ps", "ps aux", "ps -A -o environ", "ss --processes", "ss -i", "command -v gcc", ""]
)
def test_what_proc_cannot_answer_is_left_to_the_image(command: str) -> None:
    assert procfs.question(command) is None


def test_a_process_that_ended_while_it_was_read_is_left_out() -> None:
    machine = procfs.FIELD.join(["btime 1000", "MemTotal: 1000 kB", "50.0 10.0"])
    gone = procfs.FIELD.join(["Name:\tgone\nPid:\t7\n", "", "", ""])
    assert procfs.processes(procfs.RECORD.join([machine, gone])) == []
