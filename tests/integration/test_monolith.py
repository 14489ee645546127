"""The monolith: two processes in one container, accounts, and an end that is told."""

from __future__ import annotations

import os
import signal
import uuid
from pathlib import Path

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


def test_voting_needs_a_login(member: Person) -> None:
    _sign_up(member)
    post = member.add_post("Only for members")
    member.visit("/logout")
    member.visit("/")
    assert "/login" in member.send(f"/post/{post}/vote/1").url


def test_members_vote_and_comment(member: Person) -> None:
    name = _sign_up(member)
    post = member.add_post("Said by members")
    member.visit("/")
    assert member.send(f"/post/{post}/vote/1").status_code == 200
    member.visit(f"/post/{post}")
    page = member.send(f"/post/{post}/comment", body="My two pence")
    assert "My two pence" in page.text
    assert name in page.text


def test_a_login_works_again_after_a_logout(member: Person) -> None:
    name = _sign_up(member)
    member.visit("/logout")
    member.visit("/login")
    assert name in member.send("/login", name=name, password="a difference engine").text


def test_a_process_that_dies_takes_the_container_with_it_and_is_named(restored: Stack) -> None:
    monolith = restored["monolith"]
    before = monolith.inspect()["RestartCount"]
    os.kill(_pid(monolith, "mongod"), signal.SIGKILL)
    wait_until("the engine has started it again", lambda: monolith.inspect()["RestartCount"] > before, 30)
    assert '"process died","level":"critical"' in monolith.logs()
    assert "mongod died, so the container ends" in monolith.logs()
    monolith.wait_healthy()
