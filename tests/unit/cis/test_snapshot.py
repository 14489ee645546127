from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import codec, registry
from checks.cis.codec import SnapshotError
from checks.cis.daemon import DEFAULTS, Daemon, Option
from checks.cis.facts import Device, Exec, Mount, Port, Process, Ulimit
from checks.cis.host import Audit, Group, Listener, MountPoint, Role
from checks.cis.snapshot import SCHEMA, Policy, Snapshot, dump, from_json, load, to_json
from checks.cis.unknown import NOT_COLLECTED, Unknown
from tests.unit.cis.builders import DENIED, container, file, image, network, snapshot, swarm, unread_file

FULL = snapshot(
    containers=[
        container(
            labels={"unknown": "as a label"},
            mounts=(Mount("/etc", "/host", writable=False),),
            ports=(Port(80, 8080, "::"),),
            pids_limit=-1,
            ulimits=(Ulimit("nofile", 1, 2),),
            devices=(Device("/dev/kvm", "/dev/kvm"),),
            processes=(Process("sshd", 0), Process("sh")),
            execs=(Exec(privileged=True),),
        ),
        container("db", processes=DENIED),
    ],
    images=[image(history=DENIED)],
    networks=[network(options={"encrypted": ""})],
    daemon=Daemon({"hosts": Option(("unix:///run/docker.sock",), "--host"), "log-opts": Option({"tag": "x"}, "f")}, ""),
    host={
        "docker_group": Group("docker", 999, ("ann",)),
        "audit": Audit(DENIED, ("-w /etc/docker -k docker",)),
        "mounts": (MountPoint("/"),),
        "listeners": (Listener("0.0.0.0", 2377),),
        "apparmor": True,
        "selinux": DENIED,
    },
    files={Role.SOCKET: [file("/run/docker.sock", 0o660, "root:docker"), unread_file("/x")], Role.TLS_KEY: DENIED},
    swarm=swarm(managers=3, ca_issued=DENIED),
)


@pytest.mark.parametrize("facts", [FULL, Snapshot(), snapshot(), snapshot(containers=DENIED, swarm=DENIED)])
def test_a_snapshot_is_the_same_after_it_was_written(facts: Snapshot) -> None:
    assert load(dump(facts)) == facts
    assert dump(load(dump(facts))) == dump(facts)


def test_what_has_its_default_is_not_written() -> None:
    assert to_json(Snapshot()) == {"schema": SCHEMA, "snapshot": {}}


def test_what_the_judge_wants_is_not_written() -> None:
    assert to_json(Snapshot(policy=Policy(("ann",)))) == to_json(Snapshot())
    with pytest.raises(SnapshotError, match="Snapshot has no 'policy'"):
        from_json({"schema": SCHEMA, "snapshot": {"policy": {}}})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"containers": [{"name": "web", "memory": "1"}]},
            "Snapshot.containers: Container.memory: expected int, got '1'",
        ),
        ({"containers": [{"name": "web", "memory": True}]}, "expected int, got True"),
        ({"containers": [{"name": "web", "memery": 1}]}, "Container has no 'memery'"),
        ({"containers": [{}]}, "Container: .*name"),
        ({"containers": {"$unknown": 1}}, "expected an unknown"),
        ({"containers": {"$unknown": "a", "b": "c"}}, "expected a list"),
        ({"containers": None}, "expected a list"),
        ({"host": []}, "expected Host, got"),
        ({"host": {"files": []}}, "expected an object"),
        ({"host": {"apparmor": None}}, "expected bool"),
    ],
)
def test_a_damaged_one_says_where(change: dict[str, Any], says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        from_json({"schema": SCHEMA, "snapshot": change})


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"snapshot": {}}', "[" * 100_000])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError, match="this is no"):
        load(text)


@pytest.mark.parametrize("schema", [SCHEMA + 1, 0, True, "1", None])
def test_another_form_is_refused(schema: object) -> None:
    with pytest.raises(SnapshotError, match="another version of checks wrote it"):
        from_json({"schema": schema, "snapshot": {}})


def _names() -> st.SearchStrategy[str]:
    kinds = (Snapshot, type(FULL.host), type(FULL.daemon), type(container()), type(image()), type(swarm()))
    return st.sampled_from([field.name for kind in kinds for field in dataclasses.fields(kind)] + ["$unknown"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | _names(), inner, max_size=4),
    max_leaves=12,
)


def refused(data: object) -> str:
    """Return why a value is no snapshot, empty where it is one."""
    try:
        return "" if isinstance(from_json(data), Snapshot) else "something else"
    except SnapshotError as error:
        return str(error)


@given(JSON)
def test_anything_else_is_refused_in_words(value: object) -> None:
    assert refused(value)
    said = refused({"schema": SCHEMA, "snapshot": value})
    assert bool(said) != isinstance(value, dict) or said.startswith("Snapshot")


@given(st.text())
def test_any_text_but_a_snapshot_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError, match="this is no"):
        load(text)


def test_a_kind_that_cannot_be_read_is_an_error_of_ours() -> None:
    wrong = dataclasses.make_dataclass("wrong", [("what", set)], frozen=True)
    with pytest.raises(TypeError, match="a Snapshot cannot hold"):
        codec.decode(wrong, {})


def test_running_are_those_that_docker_ps_lists() -> None:
    states = ("running", "paused", "restarting", "created", "exited", "dead", "removing")
    facts = snapshot(containers=[container(status, status=status) for status in states])
    assert not isinstance(facts.running, Unknown)
    assert [one.name for one in facts.running] == ["running", "paused", "restarting"]
    assert snapshot(containers=DENIED).running == DENIED


def test_an_option_is_what_was_told_else_its_default_else_unknown() -> None:
    told = Option(False, "--icc=false")
    assert Daemon({"icc": told}, unread="").option("icc") == told
    assert Daemon({"icc": told}, unread="no flags").option("icc") == told
    assert Daemon({}, unread="").option("icc") == Option(True, "default")
    assert Daemon({}, unread="no flags").option("icc") == Unknown("no flags")
    assert all(Daemon().option(name) == NOT_COLLECTED for name in DEFAULTS)
    with pytest.raises(KeyError):
        Daemon({"icd": told}, unread="").option("icd")


def test_a_role_that_nobody_looked_for_is_unknown() -> None:
    assert Snapshot().host.role(Role.SOCKET) == NOT_COLLECTED
    assert snapshot().host.role(Role.SOCKET) == ()


def test_ten_thousand_containers_are_read_and_judged() -> None:
    # How long that takes is a figure of `nox -s benchmarks -- bench`: how busy a machine is must not decide a test.
    one = to_json(FULL)["snapshot"]["containers"][0]
    data = to_json(snapshot())
    data["snapshot"]["containers"] = [{**one, "name": f"web-{number}", "id": str(number)} for number in range(10_000)]
    judged = registry.judge(load(json.dumps(data)), registry.choose("1.8"))
    assert max(len(judgement.offenders) for judgement in judged) == 10_000
