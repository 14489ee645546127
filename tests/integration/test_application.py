"""The application through its pages: what people do is in the database, and what they type is only ever text."""

from __future__ import annotations

import concurrent.futures

import pytest
import requests

from checks.testing import Stack
from tests.integration import api
from tests.integration.conftest import Person

SCRIPT = "<script>alert(1)</script>"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;"
VOTES = 200


def test_post_vote_and_comment_reach_the_database(stack: Stack, person: Person) -> None:
    post = person.add_post("Found in the database")
    person.visit("/")
    assert person.send(f"/post/{post}/vote/1").status_code == 200
    person.visit(f"/post/{post}")
    page = person.send(f"/post/{post}/comment", name="Ada", email="ada@example.org", body="As it should be")
    assert "As it should be" in page.text
    assert api.post(stack, post)["votes"] == 1
    own, none = ("posts", "title", "Found in the database"), ("comments", "post_id", "0" * 24)
    assert api.stored(stack, own, ("comments", "post_id", post), none) == [1, 1, 0]


def test_what_people_type_is_shown_as_text(person: Person) -> None:
    post = person.add_post(f"Title {SCRIPT}")
    person.visit(f"/post/{post}")
    person.send(f"/post/{post}/comment", name=f"Name {SCRIPT}", email="", body=f"Body {SCRIPT}")
    page = person.visit(f"/post/{post}").text
    assert [field for field in ("Title", "Name", "Body") if f"{field} {SHOWN}" not in page] == []
    assert "<script" not in page + person.visit("/").text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org/", "no link", "https://"])
def test_a_link_is_one_to_a_page_or_refused(person: Person, link: str) -> None:
    person.visit("/new")
    page = person.send("/new", title="Linked nowhere", link=link)
    assert "Invalid URL" in page.text
    assert "Linked nowhere" not in person.visit("/").text


def test_a_form_without_its_token_is_refused(person: Person) -> None:
    person.visit("/new")
    person.token = ""
    assert person.send("/new", title="forged", link="https://example.org/").status_code == 400
    assert "forged" not in person.visit("/").text


def test_two_hundred_concurrent_votes_count_two_hundred(stack: Stack, person: Person) -> None:
    post = person.add_post("Favourite of all")
    where = api.url(stack, "post", "/vote")

    def vote(_number: int) -> int:
        return requests.post(where, {"id": post, "type": "1"}, timeout=30).status_code

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(vote, range(VOTES)))
    assert answers == [200] * VOTES
    assert api.post(stack, post)["votes"] == VOTES
