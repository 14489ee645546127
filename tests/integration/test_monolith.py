"""The monolith: two processes in one container, accounts, and an end that is told."""

from __future__ import annotations

import math
import os
import signal
import time
import uuid
from pathlib import Path

import pytest

from checks.host import netns
from checks.host.livestack import Service, Stack, wait_until
from tests.integration.conftest import Person


def _sign_up(person: Person) -> str:
    name = f"ada{uuid.uuid4().hex[:8]}"
    person.visit("/signup")
    page = person.send("/signup", name=name, password="a difference engine")
    assert name in page.text
    return name


def _pid(service: Service, word: str) -> int:
    """Return the pid, as this machine counts, of a process of the container with this word in its command."""
    for pid in netns.members(service.pid):
        proc = Path("/proc") / str(pid)
        if word in (proc / "cmdline").read_text().split("\0")[0] or word in (proc / "comm").read_text():
            return pid
    raise AssertionError(f"no {word} in {service.name}")


def _deaths(service: Service, since: float) -> list[str]:
    """Return the exit codes, as the engine tells them, of every end of a container since a time."""
    wanted = {"container": service.id, "event": "die"}
    found = service.client.api.events(since=int(since), until=math.ceil(time.time()), filters=wanted, decode=True)
    return [event["Actor"]["Attributes"]["exitCode"] for event in found]


def test_voting_and_commenting_need_a_login(member: Person) -> None:
    _sign_up(member)
    post = member.add_post("Only for members")
    member.visit("/logout")
    for path, form in ((f"/post/{post}/vote/1", {}), (f"/post/{post}/comment", {"body": "An outsider's word"})):
        member.visit(f"/post/{post}")
        assert member.send(path, **form).url.endswith("/login")
    page = member.visit(f"/post/{post}").text
    assert '<span class="count" title="votes">0</span>' in page
    assert "outsider" not in page


def test_members_vote_and_comment(member: Person) -> None:
    name = _sign_up(member)
    post = member.add_post("Said by members")
    member.visit("/")
    assert member.send(f"/post/{post}/vote/1").status_code == 200
    member.visit(f"/post/{post}")
    page = member.send(f"/post/{post}/comment", body="My two pence")
    assert '<span class="count" title="votes">1</span>' in page.text
    assert "My two pence" in page.text
    assert f"<strong>{name}</strong>" in page.text


def test_a_login_works_again_after_a_logout_and_only_with_the_password(member: Person) -> None:
    name = _sign_up(member)
    member.visit("/logout")
    member.visit("/login")
    assert member.send("/login", name=name, password="an analytical engine").status_code == 401
    assert name in member.send("/login", name=name, password="a difference engine").text


@pytest.mark.parametrize(("word", "process"), [("mongod", "mongod"), ("gunicorn", "web")])
def test_a_process_that_dies_takes_the_container_with_it_and_is_named(restored: Stack, word: str, process: str) -> None:
    monolith = restored["monolith"]
    first, since = monolith.inspect()["State"]["StartedAt"], time.time()
    os.kill(_pid(monolith, word), signal.SIGKILL)
    wait_until("the engine starts it again", lambda: monolith.inspect()["State"]["StartedAt"] != first, 30)
    log = bytes(monolith.client.api.logs(monolith.id, since=int(since))).decode()
    assert _deaths(monolith, since) == ["1"]
    assert f"{process} died, so the container ends" in log
    assert [line for line in log.splitlines() if '"process died"' in line and f'"process":"{process}"' in line]
    monolith.wait_healthy()
