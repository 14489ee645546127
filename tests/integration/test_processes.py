"""Which processes run in the containers, as whom, with which rights, in which namespaces."""

from __future__ import annotations

import itertools

import pytest

from checks.host import netns
from checks.host.livestack import Stack

UIDS = {"mongo": 999, "post": 10001, "comment": 10001, "ui": 10001, "monolith": 10001}
MAIN = {"mongo": ["mongod"], "post": ["gunicorn"], "comment": ["gunicorn"], "ui": ["gunicorn"]}
MAIN["monolith"] = ["mongod", "gunicorn"]
each = pytest.mark.parametrize("name", sorted(UIDS))


@each
def test_the_right_processes_run(stack: Stack, name: str) -> None:
    running = " ".join(f"{process.comm} {process.args}" for process in stack[name].host.process.filter())
    assert [wanted for wanted in MAIN[name] if wanted not in running] == []


@each
def test_every_process_has_its_own_user(stack: Stack, name: str) -> None:
    uids = {pid: netns.inner_uid(pid) for pid in netns.members(stack[name].pid)}
    assert set(uids.values()) == {UIDS[name]}


def test_testinfra_sees_the_containers_uids(stack: Stack) -> None:
    assert stack["mongo"].host.process.get(pid=1).uid == UIDS["mongo"]


@each
@pytest.mark.parametrize("capabilities", ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
def test_no_process_has_a_capability(stack: Stack, name: str, capabilities: str) -> None:
    held = {pid: netns.status(pid)[capabilities] for pid in netns.members(stack[name].pid)}
    assert {pid: value for pid, value in held.items() if int(value, 16)} == {}


@each
def test_no_process_can_gain_privileges_and_all_are_filtered(stack: Stack, name: str) -> None:
    status = netns.status(stack[name].pid)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@each
@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt"])
def test_namespaces_are_the_containers_own(stack: Stack, name: str, kind: str) -> None:
    assert netns.has_own(stack[name].pid, kind)


@each
def test_the_user_namespace_is_its_own_where_the_engine_remaps(stack: Stack, name: str) -> None:
    remapped = any("userns" in option for option in stack.client.info()["SecurityOptions"])
    assert netns.has_own(stack[name].pid, "user") is remapped


@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt"])
def test_no_two_containers_share_a_namespace(stack: Stack, kind: str) -> None:
    spaces = {name: netns.namespace(stack[name].pid, kind) for name in UIDS}
    shared = [(a, b) for a, b in itertools.combinations(spaces, 2) if spaces[a] == spaces[b]]
    assert shared == []


@each
def test_limits_are_what_compose_says(stack: Stack, name: str) -> None:
    limits, wanted = stack[name].inspect()["HostConfig"], stack.resolved["services"][name]
    assert limits["Memory"] == int(wanted["mem_limit"])
    assert limits["PidsLimit"] == int(wanted["pids_limit"])
    assert limits["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
