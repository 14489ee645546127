from __future__ import annotations

import pytest

from checks.cis import judging
from checks.cis.check import Outcome
from checks.cis.daemon import Swarm
from checks.cis.facts import Container
from checks.cis.host import File, Role, Stat
from checks.cis.unknown import NOT_COLLECTED, Unknown
from checks.model import Offender, Verdict
from tests.unit.cis.builders import DENIED, container, daemon, file, image, network, snapshot, swarm, unread_file


def judge(*containers: Container, bad: Verdict = Verdict.FAIL) -> Outcome:
    """Judge containers by their user: `?` cannot be judged, what is empty is fine, all else is a fault."""
    return judging.running(
        snapshot(containers=containers), lambda one: DENIED if one.user == "?" else one.user, "all fine", bad=bad
    )


GOOD, BAD, UNREAD = container("good"), container("bad", user="root"), container("unread", user="?")


@pytest.mark.parametrize(
    ("containers", "verdict", "evidence", "offenders"),
    [
        ([GOOD], Verdict.PASS, "1 container: all fine", []),
        ([GOOD, GOOD], Verdict.PASS, "2 containers: all fine", []),
        ([GOOD, BAD], Verdict.FAIL, "1 of 2 containers", ["bad: root"]),
        ([BAD, UNREAD], Verdict.FAIL, "1 of 2 containers; 1 could not be judged: permission denied", ["bad: root"]),
        ([GOOD, UNREAD], Verdict.UNKNOWN, "1 of 2 containers could not be judged: permission denied", ["unread"]),
        ([], Verdict.NOT_APPLICABLE, "no container is running", []),
    ],
)
def test_one_fault_fails_and_what_is_unread_never_passes(
    containers: list[Container], verdict: Verdict, evidence: str, offenders: list[str]
) -> None:
    outcome = judge(*containers)
    assert (outcome.verdict, outcome.evidence) == (verdict, evidence)
    assert [f"{one.name}: {one.value}".removesuffix(": permission denied") for one in outcome.offenders] == offenders


def test_a_manual_check_names_what_to_look_at() -> None:
    assert judge(GOOD, BAD, bad=Verdict.MANUAL) == Outcome(
        Verdict.MANUAL, (Offender("bad", "container", "root"),), "1 of 2 containers"
    )


def test_facts_that_are_unknown_are_no_verdict() -> None:
    outcome = judging.images(snapshot(images=DENIED), lambda one: one.user, "fine")
    assert outcome == Outcome(Verdict.UNKNOWN, (), "permission denied")


def test_an_offender_can_be_waived_by_image_and_label() -> None:
    labels = {"team": "shop"}
    offender = judging.about(container(image="web:1", labels=labels), "container", "x")
    assert (offender.image, offender.labels) == ("web:1", labels)
    assert judging.about(image(labels=labels), "image", "x").labels == labels
    assert judging.about(network(labels=labels), "network", "x").labels == labels


def test_images_go_by_their_first_tag_or_their_id() -> None:
    assert [one.name for one in (image("a:1"), image("b", tags=("c:2", "d:3")), image("e", tags=()))] == [
        "a:1",
        "c:2",
        "e",
    ]


def mode(stat: Stat) -> str | None:
    return f"{stat.mode:o}" if stat.mode & 0o002 else None


@pytest.mark.parametrize(
    ("found", "verdict", "offenders"),
    [
        ([], Verdict.NOT_APPLICABLE, []),
        ([file("/a")], Verdict.PASS, []),
        ([file("/a"), file("/b", 0o666)], Verdict.FAIL, ["/b: 666"]),
        ([file("/a"), unread_file("/b")], Verdict.UNKNOWN, ["/b: permission denied"]),
    ],
)
def test_files_are_judged_by_their_role(found: list[File], verdict: Verdict, offenders: list[str]) -> None:
    outcome = judging.files(snapshot(files={Role.SOCKET: found}), Role.SOCKET, mode, "not for everybody")
    assert (outcome.verdict, [f"{one.name}: {one.value}" for one in outcome.offenders]) == (verdict, offenders)
    assert {one.kind for one in outcome.offenders} <= {"file"}


def test_files_that_nobody_could_look_for_are_unknown() -> None:
    outcome = judging.files(snapshot(files={Role.SOCKET: DENIED}), Role.SOCKET, mode, "fine")
    assert outcome == Outcome(Verdict.UNKNOWN, (), "permission denied")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        ("", "not set"),
        ("warn", "warn"),
        (5, "5"),
        ((), "not set"),
        (("a", "b", "a"), "a, b"),
        ({}, "not set"),
        ({"nofile": "1:2"}, "nofile=1:2"),
    ],
)
def test_a_setting_is_shown_with_where_it_comes_from(value: object, text: str) -> None:
    facts = snapshot(daemon=daemon(hosts=value))
    told = f"{text} (/etc/docker/daemon.json)"
    assert judging.setting(facts, "hosts", lambda _: True) == judging.passed(f"hosts: {told}")
    offender = Offender("hosts", "option", told)
    assert judging.setting(facts, "hosts", lambda _: False) == judging.failed(f"hosts: {told}", offender)
    asked = judging.setting(facts, "hosts", lambda _: False, bad=Verdict.MANUAL)
    assert asked == judging.manual(f"hosts: {told}", [offender])


@pytest.mark.parametrize(
    ("state", "verdict", "evidence"),
    [
        (Swarm(), Verdict.NOT_APPLICABLE, "this engine is in no swarm"),
        (Swarm(state=""), Verdict.NOT_APPLICABLE, "this engine is in no swarm"),
        (swarm(), Verdict.PASS, "1 manager"),
        (swarm(manager=False), Verdict.UNKNOWN, "this node is a worker: only managers know"),
        (NOT_COLLECTED, Verdict.UNKNOWN, NOT_COLLECTED.reason),
    ],
)
def test_the_swarm_is_judged_where_there_is_one(state: Swarm | Unknown, verdict: Verdict, evidence: str) -> None:
    outcome = judging.in_swarm(snapshot(swarm=state), lambda one: judging.passed(f"{one.managers} manager"))
    assert (outcome.verdict, outcome.evidence) == (verdict, evidence)


def test_a_worker_can_answer_for_itself() -> None:
    facts = snapshot(swarm=swarm(manager=False))
    assert judging.in_swarm(facts, lambda _: judging.passed("yes"), manager=False) == judging.passed("yes")
