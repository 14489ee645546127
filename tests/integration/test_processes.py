"""Which processes run in the containers, as whom, with which rights, in which namespaces."""

from __future__ import annotations

import errno
import itertools
import json
from pathlib import Path

import pytest

from checks.testing import Stack

UIDS = {"mongo": 999, "post": 10001, "comment": 10001, "ui": 10001, "monolith": 10001}
NAMES = {"mongo": {"mongod"}, "post": {"gunicorn"}, "comment": {"gunicorn"}, "ui": {"gunicorn"}}
NAMES["monolith"] = {"start.sh", "mongod", "gunicorn"}
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
each = pytest.mark.parametrize("name", sorted(UIDS))


@each
def test_the_right_processes_run_and_no_other(stack: Stack, name: str) -> None:
    assert {process.name for process in stack[name].family()} == NAMES[name]
    for wanted in NAMES[name]:
        found = stack[name].host.process.filter(comm=wanted, uid=UIDS[name])
        assert found, f"testinfra sees no {wanted} of uid {UIDS[name]}"


@each
def test_every_process_has_its_own_user(stack: Stack, name: str) -> None:
    uids = {process.pid: process.uid for process in stack[name].processes()}
    assert set(uids.values()) == {UIDS[name]}, uids


def test_testinfra_sees_the_containers_uids(stack: Stack) -> None:
    assert stack["mongo"].host.process.get(pid=1).uid == UIDS["mongo"]


@each
def test_no_process_has_a_capability(stack: Stack, name: str) -> None:
    for process in stack[name].processes():
        held = {kind: process.facts[kind] for kind in CAPABILITIES if int(process.facts[kind], 16)}
        assert held == {}, f"{process.name} ({process.pid}) in {name}"


@each
def test_no_process_can_gain_privileges_and_all_are_filtered(stack: Stack, name: str) -> None:
    for process in stack[name].processes():
        held = (process.facts["NoNewPrivs"], process.facts["Seccomp"])
        assert held == ("1", "2"), f"{process.name} ({process.pid}) in {name}"


@each
def test_the_filter_of_system_calls_is_ours(stack: Stack, name: str) -> None:
    profile = json.loads((Path(__file__).parents[2] / "src/seccomp.json").read_text())
    used = [
        option.partition("=")[2] for option in stack[name].inspect()["HostConfig"]["SecurityOpt"] if "seccomp" in option
    ]
    assert [json.loads(one) for one in used] == [profile]


@pytest.mark.parametrize("name", ["comment", "monolith", "post", "ui"])
def test_what_no_service_asks_of_the_kernel_is_refused(stack: Stack, name: str) -> None:
    # A queue of messages, which Docker's own filter lets through, and a socket to a virtual machine's host.
    asks = (
        "import ctypes, socket; c = ctypes.CDLL(None, use_errno=True); print(c.msgget(0, 0o1600), ctypes.get_errno()); "
        "socket.socket(40, socket.SOCK_STREAM)"
    )
    said = stack[name].through("exec").run("/usr/bin/python3 -I -c %s", asks)
    assert said.stdout.split() == ["-1", str(errno.EPERM)]
    assert "PermissionError" in said.stderr


@pytest.fixture(scope="module")
def spaces(stack: Stack) -> dict[str, dict[str, str]]:
    """The namespaces of each container, by kind, and under "" those of the engine's machine."""
    return {"": stack.machine_namespaces(), **{name: stack[name].namespaces() for name in UIDS}}


@each
@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt"])
def test_namespaces_are_the_containers_own(spaces: dict[str, dict[str, str]], name: str, kind: str) -> None:
    assert spaces[name][kind] != spaces[""][kind]


def _is_remapped(stack: Stack) -> bool:
    return any("userns" in option for option in stack.client.info()["SecurityOptions"])


@each
def test_the_user_namespace_is_its_own_where_the_engine_remaps(
    stack: Stack, spaces: dict[str, dict[str, str]], name: str
) -> None:
    assert (spaces[name]["user"] != spaces[""]["user"]) is _is_remapped(stack)


@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt", "user"])
def test_no_two_containers_share_a_namespace(stack: Stack, spaces: dict[str, dict[str, str]], kind: str) -> None:
    if kind == "user" and not _is_remapped(stack):
        pytest.skip("expected: this engine maps no users, so all containers are in the host's user namespace")
    shared = [(a, b) for a, b in itertools.combinations(UIDS, 2) if spaces[a][kind] == spaces[b][kind]]
    assert shared == []


@each
def test_limits_are_what_compose_says(stack: Stack, name: str) -> None:
    limits, wanted = stack[name].inspect()["HostConfig"], stack.resolved["services"][name]
    assert limits["Memory"] == int(wanted["mem_limit"])
    assert limits["PidsLimit"] == int(wanted["pids_limit"])
    assert limits["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}


@each
def test_the_kernel_holds_the_limits(stack: Stack, name: str) -> None:
    wanted = stack.resolved["services"][name]
    assert stack[name].limit("memory", "limit_in_bytes") == int(wanted["mem_limit"])
    assert stack[name].limit("pids", "max") == int(wanted["pids_limit"])
