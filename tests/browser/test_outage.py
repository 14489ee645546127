"""What people see while a part is stopped: the page names it and shows the rest, and all is well when it is back."""

from __future__ import annotations

import os

import pytest

from checks.host.testing.livestack import Stack, wait_until
from tests.browser.conftest import Open, sign_up
from tests.browser.visitor import Visitor
from tests.integration.conftest import restore

AWAY = "The {} service is not available just now. What does not need it is shown."


@pytest.fixture
def whole(stack: Stack) -> Stack:
    """The stack, whole before and after."""
    restore(stack)
    return stack


@pytest.fixture
def reader(stack: Stack, window: Open) -> Visitor:
    """Somebody at the ui."""
    return window(stack["ui"].url(""))


def _story(reader: Visitor) -> tuple[str, str]:
    """Write a post with a comment, and return its title and its page."""
    title = f"Before the outage {os.urandom(3).hex()}"
    reader.add_post(title)
    reader.page.get_by_role("link", name=title).click()
    reader.fill(Comment="Said before")
    reader.press("Comment")
    return title, reader.page.url.removeprefix(reader.base).partition("#")[0]


def _tells(reader: Visitor, path: str, *away: str) -> None:
    assert reader.visit(path) == 200
    assert reader.alerts() == [AWAY.format(part) for part in away]


def _is_back(reader: Visitor, path: str, *said: str) -> None:
    def well() -> bool:
        return reader.visit(path) == 200 and not reader.alerts()

    wait_until(f"{path} is whole again", well, 30, 0.3)
    for words in said:
        assert reader.page.get_by_text(words).first.is_visible()


def test_without_comments_the_post_is_shown_and_what_was_typed_is_kept(whole: Stack, reader: Visitor) -> None:
    title, path = _story(reader)
    whole["comment"].stop()
    try:
        _tells(reader, "/")
        _tells(reader, path, "comment")
        assert reader.page.get_by_role("heading", level=1).inner_text() == title
        reader.is_fit()
        reader.fill(Comment="Kept words", Name="Grace")
        assert reader.press("Comment") == 200
        assert "Your comment is not stored: comment is not available." in reader.alerts()
        assert reader.field("Comment").input_value() == "Kept words"
    finally:
        restore(whole)
    _is_back(reader, path, title, "Said before")


def test_without_posts_the_comments_are_shown_and_what_was_typed_is_kept(whole: Stack, reader: Visitor) -> None:
    title, path = _story(reader)
    whole["post"].stop()
    try:
        _tells(reader, "/", "post")
        reader.is_fit()
        _tells(reader, path, "post")
        assert reader.page.get_by_text("Said before").is_visible()
        reader.visit("/new")
        reader.fill(Title="Kept title", Link="https://example.org/kept")
        assert reader.press("Post") == 200
        assert reader.alerts() == ["Your post is not stored: post is not available."]
        assert reader.field("Title").input_value() == "Kept title"
    finally:
        restore(whole)
    _is_back(reader, "/", title)


def test_without_the_database_both_are_named_and_all_comes_back(whole: Stack, reader: Visitor) -> None:
    title, path = _story(reader)
    whole["mongo"].stop()
    try:
        _tells(reader, "/", "post")
        _tells(reader, path, "post", "comment")
        reader.is_fit()
    finally:
        restore(whole)
    _is_back(reader, "/", title)
    _is_back(reader, path, title, "Said before")


def test_the_monolith_keeps_people_and_posts_over_a_restart(whole: Stack, stranger: Visitor) -> None:
    name = sign_up(stranger)
    stranger.add_post(f"Written by {name}")
    whole["monolith"].stop()
    restore(whole)
    stranger.move(whole["monolith"].url(""))  # its port is another one now
    _is_back(stranger, "/", f"Written by {name}")
