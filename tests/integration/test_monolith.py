"""The monolith: accounts, and what only members may do."""

from __future__ import annotations

import uuid

from tests.integration.conftest import Person


def _sign_up(person: Person) -> str:
    name = f"ada{uuid.uuid4().hex[:8]}"
    person.visit("/signup")
    page = person.send("/signup", name=name, password="a difference engine")
    assert name in page.text
    return name


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
