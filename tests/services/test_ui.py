"""The pages, over real services."""

from collections.abc import Callable
from pathlib import Path

import pytest
from people import Person, post_id, votes
from processes import Process, Service, free_port, ui_settings

UNKNOWN = "0" * 24
ATTACK = "<script>alert(1)</script>\"'>"

Ended = Callable[[Process], Process]


@pytest.fixture
def person(ui: Service) -> Person:
    return Person(ui)


def test_a_post_with_its_comment(person: Person) -> None:
    post = person.add_post("a story", "https://example.org/story")
    page = person.visit(f"/post/{post}")
    assert 'href="https://example.org/story" rel="noopener nofollow"' in page.text
    page = person.follow(person.send(f"/post/{post}/comment", name="Ann", email="a@example.org", body="Well said"))
    assert "Well said" in page.text
    assert "Ann" in page.text
    assert "a@example.org" not in page.text


def test_what_people_typed_is_shown_as_text(person: Person) -> None:
    post = person.add_post(ATTACK)
    person.visit(f"/post/{post}")
    page = person.follow(person.send(f"/post/{post}/comment", name=ATTACK, body=ATTACK))
    assert "<script" not in page.text
    assert page.text.count("&lt;script&gt;") >= 3


def test_a_vote_goes_back_to_where_it_was_given(person: Person) -> None:
    post = person.add_post("vote for me")
    person.visit("/")
    up = person.send(f"/post/{post}/vote/1", next="https://evil.example/")
    assert up.headers["Location"] == f"/#post-{post}"
    assert votes(person.follow(up), post) == 1
    down = person.send(f"/post/{post}/vote/-1", **{"from": "post"})
    assert down.headers["Location"] == f"/post/{post}"
    assert votes(person.follow(down), post) == 0


def test_an_invalid_url_goes_back_to_the_form_with_what_was_typed(person: Person) -> None:
    person.visit("/new")
    page = person.follow(person.send("/new", title="kept title", link="javascript:alert(1)"))
    assert "Invalid URL" in page.text
    assert 'value="kept title"' in page.text
    assert "Invalid URL" not in person.visit("/new").text


def test_an_empty_comment_is_refused_with_the_reason(person: Person) -> None:
    post = person.add_post("silent")
    person.visit(f"/post/{post}")
    assert "Comment must not be empty" in person.follow(person.send(f"/post/{post}/comment", body=" ")).text


@pytest.mark.parametrize("path", [f"/post/{UNKNOWN}", "/post/nonsense", "/nowhere", "/post/"])
def test_a_page_that_is_not_there(person: Person, path: str) -> None:
    page = person.visit(path)
    assert page.status == 404
    assert "Not Found" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/post/{UNKNOWN}/vote/1", 404),
        (f"/post/{UNKNOWN}/vote/2", 400),
        (f"/post/{UNKNOWN}/comment", 404),
        ("/post/nonsense/vote/1", 404),
    ],
)
def test_forms_for_what_is_not_there(person: Person, path: str, status: int) -> None:
    person.visit("/new")
    assert person.send(path, body="x").status == status


@pytest.mark.parametrize("path", ["/new", f"/post/{UNKNOWN}/vote/1", f"/post/{UNKNOWN}/comment"])
def test_a_form_without_its_token_is_refused(person: Person, path: str) -> None:
    person.visit("/new")
    assert person.send(path, csrf_token="", title="x", link="https://example.org/").status == 400
    person.cookie = ""
    assert person.send(path, title="x", link="https://example.org/").status == 400


def test_headers_and_cookie_protect_the_page(person: Person) -> None:
    page = person.visit("/new")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "HttpOnly" in page.headers["Set-Cookie"]
    assert "SameSite=Lax" in page.headers["Set-Cookie"]


def test_the_style_sheet_is_served(person: Person) -> None:
    style = person.visit("/static/style.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text


def test_health_and_metrics(ui: Service) -> None:
    expected = {"status": 1, "dependent_services": {"comment": 1, "post": 1}, "version": "1.0"}
    assert ui.get("/healthcheck").json() == expected
    lines = ui.get("/metrics").text.splitlines()
    for name in ("ui_health", "ui_health_post_availability", "ui_health_comment_availability"):
        assert f"{name} 1.0" in lines


@pytest.fixture(scope="module")
def half(post: Service, folder: Path) -> Service:
    """Return another ui, with nobody where the comment service should be."""
    return Service("ui", folder / "half", **ui_settings(folder, post.port, free_port()))


def test_without_comments_the_rest_is_shown(half: Service, ended: Ended) -> None:
    ended(half.start())
    person = Person(half.ready())
    post = person.add_post("lonely")
    page = person.visit(f"/post/{post}")
    assert page.status == 200
    assert "The comment service is not available" in page.text
    assert "lonely" in page.text
    page = person.follow(person.send(f"/post/{post}/comment", name="Ann", body="kept words"))
    assert "not stored: comment is not available" in page.text
    assert "kept words" in page.text
    assert half.get("/healthcheck").json()["dependent_services"] == {"comment": 0, "post": 1}
    assert "ui_health_comment_availability 0.0" in half.get("/metrics").text


def test_without_posts_every_page_still_answers(comment: Service, folder: Path, ended: Ended) -> None:
    site = Service("ui", folder / "blind", **ui_settings(folder, free_port(), comment.port))
    ended(site.start())
    person = Person(site.ready())
    for path in ("/", f"/post/{UNKNOWN}"):
        page = person.visit(path)
        assert page.status == 200
        assert "The post service is not available" in page.text
    person.visit("/new")
    page = person.follow(person.send("/new", title="kept title", link="https://example.org/"))
    assert "not stored: post is not available" in page.text
    assert "kept title" in page.text
    assert "not counted" in person.follow(person.send(f"/post/{UNKNOWN}/vote/1")).text


def test_a_service_that_talks_nonsense_counts_as_away(ui: Service, folder: Path, ended: Ended) -> None:
    site = Service("ui", folder / "misled", **ui_settings(folder, ui.port, ui.port))
    ended(site.start())
    site.ready()
    for path in ("/", f"/post/{UNKNOWN}"):
        page = Person(site).visit(path)
        assert page.status == 200
        assert "The post service is not available" in page.text


def test_the_newest_post_is_first(person: Person) -> None:
    person.add_post("first of two")
    second = person.add_post("second of two")
    page = person.visit("/")
    assert post_id(page, "second of two") == second
    assert page.text.index("second of two") < page.text.index("first of two")
