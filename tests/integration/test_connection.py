"""The ways into a container: whichever is taken, the answer is the same, and it is the container's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from testinfra.host import Host

from checks.host.testing import inside, netns, notes
from checks.host.testing import testinfra as connection
from checks.testing import Stack

LISTING = "ps -A -o pid,ppid,uid,comm"


@pytest.fixture
def route(request: pytest.FixtureRequest) -> str:
    """A way into containers; the one that is only there for root on the engine's machine is left out elsewhere."""
    if request.param == "nsenter" != connection.chosen_route():
        pytest.skip("expected: nsenter is for root on the engine's machine")
    return str(request.param)


every = pytest.mark.parametrize("route", connection.ROUTES, indirect=True)


def _processes(host: Host) -> set[tuple[str, ...]]:
    """Return pid, parent, uid and name of what the first process of a container and its children started.

    What came only to ask, and health checks, come from outside and have no parent in there.
    """
    rows = [tuple(line.split(None, 3)) for line in host.check_output(LISTING).splitlines()[1:]]
    family = {"1"}
    for pid, parent, *_ in sorted(rows, key=lambda row: int(row[0])):
        if parent in family:
            family.add(pid)
    return {row for row in rows if row[0] in family}


@pytest.mark.parametrize("name", ["mongo", "post"])
@every
def test_another_route_sees_the_same_processes(stack: Stack, name: str, route: str) -> None:
    direct, other = stack[name].host, stack[name].through(route)
    assert _processes(direct) == _processes(other)
    first = [host.process.get(pid=1, ppid=0) for host in (direct, other)]
    assert (first[0].comm, first[0].args) == (first[1].comm, first[1].args)


@every
def test_another_route_sees_the_same_sockets(stack: Stack, route: str) -> None:
    direct, other = stack["monolith"].host, stack["monolith"].through(route)
    listening = set(direct.socket.get_listening_sockets())
    assert {"tcp://127.0.0.1:27017", "tcp://0.0.0.0:9292"} <= listening
    assert set(other.socket.get_listening_sockets()) == listening
    assert not other.socket("tcp://0.0.0.0:27017").is_listening


@every
def test_files_are_the_images_own(stack: Stack, route: str) -> None:
    service = stack["mongo"]
    host = service.through(route)
    assert host.file("/etc/passwd").content_string == service.read("/etc/passwd").decode()
    here = Path(__file__)
    assert here.exists()
    assert not host.file(str(here)).exists
    assert host.file("/etc/hostname").content_string.strip() == service.inspect()["Config"]["Hostname"]


@every
def test_an_exit_code_and_both_streams_come_back(stack: Stack, route: str) -> None:
    done = stack["post"].through(route).run("echo out; echo %s >&2; exit 3", "it's err")
    assert (done.rc, done.stdout, done.stderr) == (3, "out\n", "it's err\n")


def test_a_helper_leaves_nothing_behind(stack: Stack) -> None:
    before = _containers(stack)
    stack["ui"].through("helper").check_output("ps -A -o pid,comm,lstart,args")
    assert _containers(stack) == before


def _containers(stack: Stack) -> set[str]:
    found = stack.client.api.containers(all=True, filters={"label": [f"com.docker.compose.project={stack.project}"]})
    return {item["Id"] for item in found}


def test_the_route_that_was_taken_is_noted(stack: Stack) -> None:
    assert stack["ui"].host.check_output("ps -p %s -o pid,comm", "1").split()[-2] == "1"
    noted = notes.read(Path(os.environ[notes.VARIABLE]))["connection"]
    assert noted["route"] == connection.chosen_route()
    assert noted["why"]


def test_the_first_process_is_found_from_outside(stack: Stack) -> None:
    if not inside.directly():
        pytest.skip("expected: only root on the engine's machine sees a container's processes from outside")
    for service in stack.services.values():
        assert netns.nspids(netns.host_pid(service.inspect()))[-1] == 1


@pytest.mark.parametrize("name", ["mongo", "post", "monolith"])
def test_the_kernels_word_is_the_same_from_outside_and_from_inside(
    stack: Stack, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen() -> tuple[object, ...]:
        service = stack[name]
        family = [(item.pid, item.parent, item.name, item.uid, item.facts["CapEff"]) for item in service.family()]
        spaces = {kind: space for kind, space in service.namespaces().items() if kind != "cgroup"}
        limits = [service.limit("memory", "limit_in_bytes"), service.limit("pids", "max")]
        # Their files are compared in tests/e2e/test_inside.py: what is moved for that is as large as the image.
        return family, spaces, limits, service.mounts()["/"], service.read("/etc/os-release")

    mine = seen()
    monkeypatch.setattr(inside, "directly", lambda: False)
    assert seen() == mine
