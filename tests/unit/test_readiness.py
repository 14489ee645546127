"""Every state that a container can be in, alone and with others."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.readiness import Container, Judged, State, judge, overall, since

READY, WAITING, DEAD = State.READY, State.WAITING, State.DEAD


def container(status: str = "running", service: str = "web", **facts: object) -> Container:
    return Container(service, f"p-{service}-1", status, **facts)  # type: ignore[arg-type]  # each test says which


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (container(), READY, "running (it has no health check)"),
        (container(health="none"), READY, "running"),
        (container(health="healthy"), READY, "healthy"),
        (container(health="starting"), WAITING, "health starting"),
        (container(health="unhealthy", detail="no pulse"), DEAD, "is unhealthy: no pulse"),
        (container(health="unhealthy"), DEAD, "its health check says nothing"),
        (container("created"), WAITING, "created"),
        (container("paused"), WAITING, "paused"),
        (container("removing"), WAITING, "removing"),
        (
            container("exited", exit_code=0),
            DEAD,
            "ended with exit code 0; where it is meant to end, label it checks.oneshot",
        ),
        (container("exited", exit_code=137, oom_killed=True), DEAD, "exit code 137 (out of memory)"),
        (container("dead", exit_code=1), DEAD, "exit code 1"),
        (container("restarting", exit_code=3), DEAD, "exit code 3 and was started again"),
        (container(health="healthy", restarts=1, exit_code=0), DEAD, "ended and was started again"),
    ],
)
def test_one_that_should_stay(found: Container, state: State, words: str) -> None:
    judged = judge(found)
    assert judged.state is state
    assert words in judged.reason


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (container(), WAITING),
        (container(health="healthy"), WAITING),
        (container("created"), WAITING),
        (container("exited", exit_code=0), READY),
        (container("exited", exit_code=2), DEAD),
        (container("dead", exit_code=0), DEAD),
        (container("restarting", exit_code=1), DEAD),
    ],
)
def test_one_that_should_end(found: Container, state: State) -> None:
    assert judge(found, {"web"}).state is state


def _judged(**states: State) -> list[Judged]:
    return [Judged(container(service=name), state, "") for name, state in states.items()]


@pytest.mark.parametrize(
    ("judged", "state"),
    [
        ([], WAITING),
        (_judged(a=READY), WAITING),
        (_judged(a=READY, b=READY), READY),
        (_judged(a=READY, b=READY, orphan=READY), READY),
        (_judged(a=READY, b=WAITING), WAITING),
        (_judged(a=DEAD, b=WAITING), DEAD),
        (_judged(a=READY, b=READY, orphan=DEAD), DEAD),
    ],
)
def test_a_stack_stands_where_its_worst_stands(judged: list[Judged], state: State) -> None:
    assert overall(judged, {"a", "b"}) is state


def test_a_stack_of_nothing_is_ready() -> None:
    assert overall([], ()) is READY


def test_of_two_containers_of_a_service_both_count() -> None:
    pair = [Judged(container(), READY, ""), Judged(container(), WAITING, "")]
    assert overall(pair, {"web"}) is WAITING


_STATUS = st.sampled_from(["created", "running", "restarting", "exited", "dead", "paused", "removing", "new-word"])
_HEALTH = st.sampled_from(["", "none", "starting", "healthy", "unhealthy", "new-word"])


@given(_STATUS, _HEALTH, st.integers(0, 255), st.integers(0, 3), st.booleans())
def test_what_does_not_run_is_never_ready(status: str, health: str, code: int, restarts: int, once: bool) -> None:
    found = container(status, health=health, exit_code=code, restarts=restarts)
    judged = judge(found, {"web"} if once else ())
    assert judged.reason
    if judged.state is READY:
        assert (status, code) == ("exited", 0) if once else (status, restarts) == ("running", 0)


def test_a_stack_that_restarted_long_ago_can_be_asked_up_again() -> None:
    before = [container(id="1", started="t0", restarts=2)]
    assert [item.restarts for item in since(before, before, begun=False)] == [0]
    again = [container(id="1", started="t1", restarts=3)]
    assert [judge(item).state for item in since(again, before, begun=True)] == [DEAD]


def test_one_that_had_ended_is_given_the_time_to_be_started() -> None:
    before = [container("exited", id="1", started="t0", exit_code=1, restarts=5)]
    assert since(before, before, begun=False) == []
    assert since(before, before, begun=True) == before
    up = [container(id="1", started="t1")]
    assert since(up, before, begun=False) == up
    dead = [container("exited", id="1", started="t1", exit_code=1)]
    assert since(dead, before, begun=False) == dead


def test_what_was_not_there_before_is_taken_as_it_is() -> None:
    new = [container(status, id=status) for status in ("running", "exited", "created")]
    for begun, before in itertools.product((True, False), ([], [container(id="other", restarts=1)])):
        assert since(new, before, begun=begun) == new
