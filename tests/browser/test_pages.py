"""Each page of the application, as people find it: accessible in both colour schemes, narrow, by keyboard."""

from __future__ import annotations

import pytest

from tests.browser.visitor import Visitor

UNKNOWN = f"/post/{'0' * 24}"
LONG = "An uncommonlylongwordthatnobodywouldwriteButSomebodyPastes" + "x" * 120


def test_the_front_page_is_fit(person: Visitor) -> None:
    person.add_post(LONG)
    assert person.page.title() == "All posts · Reddit"
    person.is_fit()


def test_a_post_with_comments_is_fit(person: Visitor) -> None:
    person.add_post("A post to be looked at")
    person.page.get_by_role("link", name="A post to be looked at").first.click()
    person.fill(Comment="The first thing to say.\nAnd a second line " + "y" * 150)
    assert person.press("Comment") == 200
    assert person.page.title() == "A post to be looked at · Reddit"
    person.is_fit()


def test_the_form_for_a_post_is_fit_also_with_an_error(person: Visitor) -> None:
    assert person.visit("/new") == 200
    person.is_fit()
    person.fill(Title="Kept", Link="ftp://example.org/")
    person.press("Post")
    assert person.alerts()
    person.is_fit()


@pytest.mark.refused(404)
@pytest.mark.parametrize("path", [UNKNOWN, "/nowhere"])
def test_a_page_that_is_not_there_is_fit_and_leads_back(person: Visitor, path: str) -> None:
    assert person.visit(path) == 404
    person.is_fit()
    person.page.get_by_role("main").get_by_role("link", name="All posts").click()
    assert person.page.get_by_role("heading", level=1).inner_text() == "All posts"


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_the_forms_of_accounts_are_fit(stranger: Visitor, path: str) -> None:
    assert stranger.visit(path) == 200
    stranger.is_fit()


def test_the_first_key_leads_past_the_navigation(person: Visitor) -> None:
    person.visit("/")
    person.page.keyboard.press("Tab")
    skip = person.page.get_by_role("link", name="Skip to content")
    assert skip.evaluate("link => link === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    person.page.keyboard.press("Enter")
    assert person.page.url.endswith("#main")


def test_a_post_can_be_written_with_the_keyboard_alone(person: Visitor) -> None:
    person.visit("/new")
    person.field("Title").focus()
    keyboard = person.page.keyboard
    keyboard.type("Typed, not clicked")
    keyboard.press("Tab")
    keyboard.type("https://example.org/keys")
    with person.page.expect_navigation():
        keyboard.press("Enter")
    assert person.page.get_by_role("link", name="Typed, not clicked").count() >= 1
