"""Posting, voting and commenting, at the ui and at the monolith, and what is said of input that cannot be taken."""

from __future__ import annotations

import os

import pytest

from tests.browser.visitor import Visitor

MARKUP = '<b onclick=alert(1)>bold</b> & "quotes"'


def _title(words: str) -> str:
    return f"{words} {os.urandom(3).hex()}"


def test_a_post_is_written_voted_for_and_commented_on(person: Visitor, site: str) -> None:
    title = _title("A story")
    person.add_post(title)
    assert person.page.get_by_role("heading", level=2).first.inner_text() == title
    person.vote(title)
    person.vote(title)
    assert person.votes(title) == 2
    assert "#post-" in person.page.url
    person.page.get_by_role("link", name=title).click()
    person.vote(title, "down")
    assert person.votes(title) == 1
    person.fill(Comment="Well said.\nIn two lines.")
    if site == "ui":
        person.fill(**{"Name": "Grace", "Email, not shown": "grace@example.org"})
    assert person.press("Comment") == 200
    said = person.page.locator(".comment")
    assert said.count() == 1
    assert said.locator(".body").inner_text() == "Well said.\nIn two lines."
    assert "grace@example.org" not in person.page.content()
    assert person.field("Comment").input_value() == ""


def test_markup_is_shown_as_it_was_typed(person: Visitor) -> None:
    title = _title(MARKUP)
    person.add_post(title)
    person.page.get_by_role("link", name=title).click()
    person.fill(Comment=MARKUP)
    person.press("Comment")
    assert person.page.get_by_role("heading", level=1).inner_text() == title
    assert person.page.locator(".comment .body").inner_text() == MARKUP
    assert person.page.locator("main b").count() == 0


def test_the_browser_itself_keeps_back_what_is_empty_or_no_address(person: Visitor) -> None:
    person.visit("/new")
    asked = len(person.seen.pages)
    for title, link in (("", "https://example.org/"), ("A title", ""), ("A title", "no address")):
        person.fill(Title=title, Link=link)
        person.page.get_by_role("button", name="Post", exact=True).click()
        assert person.complaint("Title" if not title else "Link")
    assert len(person.seen.pages) == asked


@pytest.mark.parametrize(
    ("title", "link", "said"),
    [
        ("   ", "https://example.org/kept", "Title must not be empty"),
        ("A kept title", "javascript:alert(1)", "Invalid URL"),
        ("A kept title", "ftp://example.org/", "Invalid URL"),
    ],
)
def test_what_cannot_be_posted_comes_back_with_the_reason(person: Visitor, title: str, link: str, said: str) -> None:
    person.visit("/new")
    person.fill(Title=title, Link=link)
    assert person.press("Post") == 200
    assert person.alerts() == [said]
    assert person.field("Title").input_value() == title
    assert person.field("Link").input_value() == link
    person.page.reload()
    assert person.alerts() == []


def test_a_comment_of_spaces_comes_back_with_the_reason(person: Visitor, site: str) -> None:
    title = _title("Silence")
    person.add_post(title)
    person.page.get_by_role("link", name=title).click()
    person.fill(Comment="   ")
    if site == "ui":
        person.fill(Name="Grace")
    assert person.press("Comment") == 200
    assert person.alerts() == ["Comment must not be empty"]
    if site == "ui":
        assert person.field("Name").input_value() == "Grace"
    assert person.page.locator(".comment").count() == 0


def test_a_way_back_sends_nothing_twice(person: Visitor) -> None:
    title = _title("Once")
    person.add_post(title)
    person.page.reload()
    person.page.go_back()
    person.page.go_forward()
    assert person.page.get_by_role("heading", level=2, name=title).count() == 1
