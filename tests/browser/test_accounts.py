"""Accounts at the monolith: signing up, in and out, and what is said where that does not work."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PASSWORD, sign_up
from tests.browser.visitor import Visitor


def _log_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="Log out").click()
    visitor.page.get_by_role("link", name="Log in", exact=True).wait_for()


def test_who_signs_up_is_named_and_can_leave_and_come_back(stranger: Visitor) -> None:
    name = sign_up(stranger)
    assert stranger.page.get_by_role("navigation").get_by_text(name).is_visible()
    _log_out(stranger)
    assert stranger.page.get_by_text(name).count() == 0
    stranger.page.get_by_role("link", name="Log in", exact=True).click()
    stranger.fill(Name=name, Password=PASSWORD)
    assert stranger.press("Log in") == 200
    assert stranger.page.get_by_role("navigation").get_by_text(name).is_visible()


@pytest.mark.refused(401)
def test_a_wrong_password_is_told_and_the_name_kept(stranger: Visitor) -> None:
    name = sign_up(stranger)
    _log_out(stranger)
    stranger.visit("/login")
    stranger.fill(Name=name, Password="an analytical engine")
    assert stranger.press("Log in") == 401
    assert stranger.alerts() == ["Name or password is wrong"]
    assert stranger.field("Name").input_value() == name
    assert stranger.field("Password").input_value() == ""
    stranger.is_fit()
    stranger.fill(Password=PASSWORD)
    assert stranger.press("Log in") == 200


@pytest.mark.refused(400)
def test_a_name_that_is_taken_or_is_none_is_told_and_kept(stranger: Visitor) -> None:
    name = sign_up(stranger)
    _log_out(stranger)
    for tried, said in ((name.upper(), "taken"), ("no name", "letters, digits")):
        stranger.visit("/signup")
        stranger.fill(Name=tried, Password=PASSWORD)
        assert stranger.press("Sign up") == 400
        assert len(stranger.alerts()) == 1
        assert said in stranger.alerts()[0]
        assert stranger.field("Name").input_value() == tried
    stranger.is_fit()


def test_a_short_password_does_not_leave_the_browser(stranger: Visitor) -> None:
    stranger.visit("/signup")
    stranger.fill(Name="ada")
    stranger.field("Password").press_sequentially("short")
    asked = len(stranger.seen.pages)
    stranger.page.get_by_role("button", name="Sign up").click()
    assert "8 characters" in stranger.complaint("Password")
    assert len(stranger.seen.pages) == asked


def test_a_stranger_is_led_to_the_login_before_a_vote_and_a_comment(stranger: Visitor) -> None:
    title = f"Guarded, by {sign_up(stranger)}"
    stranger.add_post(title)
    _log_out(stranger)
    stranger.vote(title)
    assert stranger.page.url.endswith("/login")
    assert stranger.alerts() == ["Log in to vote and to comment."]
    stranger.visit("/")
    assert stranger.votes(title) == 0
    stranger.page.get_by_role("link", name=title).click()
    assert stranger.field("Comment").count() == 0
    stranger.page.locator("#comments").get_by_role("link", name="Log in").click()
    assert stranger.page.get_by_role("heading", level=1).inner_text() == "Log in"
