"""Which processes run in the containers, as whom, with which rights, in which namespaces."""

from __future__ import annotations

import itertools

import pytest

from checks.host import netns
from checks.host.livestack import Stack

UIDS = {"mongo": 999, "post": 10001, "comment": 10001, "ui": 10001, "monolith": 10001}
NAMES = {"mongo": {"mongod"}, "post": {"gunicorn"}, "comment": {"gunicorn"}, "ui": {"gunicorn"}}
NAMES["monolith"] = {"start.sh", "mongod", "gunicorn"}
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
each = pytest.mark.parametrize("name", sorted(UIDS))


@each
def test_the_right_processes_run_and_no_other(stack: Stack, name: str) -> None:
    family = netns.family(stack[name].pid)
    assert {facts["Name"] for facts in family.values()} == NAMES[name]
    for wanted in NAMES[name]:
        found = stack[name].host.process.filter(comm=wanted, uid=UIDS[name])
        assert found, f"testinfra sees no {wanted} of uid {UIDS[name]}"


@each
def test_every_process_has_its_own_user(stack: Stack, name: str) -> None:
    first = stack[name].pid
    uids = {pid: netns.uid_inside(first, facts) for pid, facts in netns.statuses(first).items()}
    assert set(uids.values()) == {UIDS[name]}, uids


def test_testinfra_sees_the_containers_uids(stack: Stack) -> None:
    assert stack["mongo"].host.process.get(pid=1).uid == UIDS["mongo"]


@each
def test_no_process_has_a_capability(stack: Stack, name: str) -> None:
    for pid, facts in netns.statuses(stack[name].pid).items():
        held = {kind: facts[kind] for kind in CAPABILITIES if int(facts[kind], 16)}
        assert held == {}, f"{facts['Name']} ({pid}) in {name}"


@each
def test_no_process_can_gain_privileges_and_all_are_filtered(stack: Stack, name: str) -> None:
    for pid, facts in netns.statuses(stack[name].pid).items():
        assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2"), f"{facts['Name']} ({pid}) in {name}"


@each
@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt"])
def test_namespaces_are_the_containers_own(stack: Stack, name: str, kind: str) -> None:
    assert netns.has_own(stack[name].pid, kind)


def _is_remapped(stack: Stack) -> bool:
    return any("userns" in option for option in stack.client.info()["SecurityOptions"])


@each
def test_the_user_namespace_is_its_own_where_the_engine_remaps(stack: Stack, name: str) -> None:
    assert netns.has_own(stack[name].pid, "user") is _is_remapped(stack)


@pytest.mark.parametrize("kind", ["pid", "net", "uts", "ipc", "mnt", "user"])
def test_no_two_containers_share_a_namespace(stack: Stack, kind: str) -> None:
    if kind == "user" and not _is_remapped(stack):
        pytest.skip("expected: this engine maps no users, so all containers are in the host's user namespace")
    spaces = {name: netns.namespace(stack[name].pid, kind) for name in UIDS}
    shared = [(a, b) for a, b in itertools.combinations(spaces, 2) if spaces[a] == spaces[b]]
    assert shared == []


@each
def test_limits_are_what_compose_says(stack: Stack, name: str) -> None:
    limits, wanted = stack[name].inspect()["HostConfig"], stack.resolved["services"][name]
    assert limits["Memory"] == int(wanted["mem_limit"])
    assert limits["PidsLimit"] == int(wanted["pids_limit"])
    assert limits["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}


@each
def test_the_kernel_holds_the_limits(stack: Stack, name: str) -> None:
    pid, wanted = stack[name].pid, stack.resolved["services"][name]
    assert netns.limit(pid, "memory", "limit_in_bytes") == int(wanted["mem_limit"])
    assert netns.limit(pid, "pids", "max") == int(wanted["pids_limit"])
