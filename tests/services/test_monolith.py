"""The monolith's pages and accounts."""

import pytest
from people import Person, votes
from processes import Mongod, Service

GOOD = "long enough"


@pytest.fixture
def person(monolith: Service) -> Person:
    return Person(monolith)


@pytest.fixture(scope="module")
def eve(monolith: Service) -> Person:
    """Return somebody who has made an account called eve."""
    return sign_up(Person(monolith), "eve")


def sign_up(person: Person, name: str, password: str = GOOD) -> Person:
    """Make an account and return its owner."""
    person.visit("/signup")
    person.follow(person.send("/signup", name=name, password=password))
    return person


def test_the_same_pages_and_a_health_check(person: Person) -> None:
    assert "All posts" in person.visit("/").text
    answer = person.visit("/healthcheck").json()
    assert answer == {"status": 1, "dependent_services": {"db": 1}, "version": "1.0"}


def test_somebody_with_an_account_votes_and_comments_under_its_name(person: Person) -> None:
    sign_up(person, "Grace")
    post = person.add_post("by grace")
    page = person.follow(person.send(f"/post/{post}/vote/1", **{"from": "post"}))
    assert votes(page, post) == 1
    page = person.follow(person.send(f"/post/{post}/comment", name="Somebody Else", body="mine"))
    assert "<strong>Grace</strong>" in page.text
    assert "Somebody Else" not in page.text


def test_voting_and_commenting_need_a_login(person: Person) -> None:
    post = person.add_post("untouched")
    for path in (f"/post/{post}/vote/1", f"/post/{post}/comment"):
        answer = person.send(path, body="no")
        assert answer.headers["Location"] == "/login"
        assert "Log in to vote and to comment" in person.follow(answer).text
    page = person.visit(f"/post/{post}")
    assert votes(page, post) == 0
    assert "No comments yet" in page.text


def test_log_out_and_in_again(person: Person) -> None:
    sign_up(person, "ada.l", "difference engine")
    person.follow(person.visit("/logout"))
    assert "ada.l" not in person.visit("/").text
    person.visit("/login")
    assert "ada.l" in person.follow(person.send("/login", name="ADA.L", password="difference engine")).text


@pytest.mark.parametrize(
    ("name", "password"), [("eve", "wrong password"), ("nobody-here", "nobody"), ("", ""), ("eve", "x" * 200)]
)
def test_a_wrong_login_says_the_same_whatever_is_wrong(eve: Person, name: str, password: str) -> None:
    eve.visit("/login")
    answer = eve.send("/login", name=name, password=password)
    assert answer.status == 401
    assert "Name or password is wrong" in answer.text


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("ab", GOOD, "A name has"),
        ("a<b>", GOOD, "A name has"),
        ("x" * 33, GOOD, "A name has"),
        ("short", "seven77", "A password has"),
        ("long", "x" * 129, "A password has"),
    ],
)
def test_accounts_that_are_refused(person: Person, name: str, password: str, reason: str) -> None:
    person.visit("/signup")
    answer = person.send("/signup", name=name, password=password)
    assert answer.status == 400
    assert reason in answer.text


def test_a_name_is_taken_once_whatever_its_case(person: Person, monolith: Service) -> None:
    sign_up(person, "Unique")
    second = Person(monolith)
    second.visit("/signup")
    assert "This name is taken" in second.send("/signup", name="unique", password=GOOD).text


def test_only_a_salted_slow_hash_is_stored(person: Person, mongod: Mongod) -> None:
    sign_up(person, "hashed-1", "the same words")
    sign_up(Person(person.site), "hashed-2", "the same words")
    with mongod.client() as client:
        found = list(client["reddit"]["accounts"].find({"_id": {"$in": ["hashed-1", "hashed-2"]}}))
    hashes = {account["password"] for account in found}
    assert len(hashes) == 2
    assert all(hashed.startswith("scrypt:32768:8:1$") for hashed in hashes)
    assert "the same words" not in str(found)


def test_a_login_starts_a_new_session(person: Person) -> None:
    person.visit("/signup")
    before = person.token
    sign_up(person, "fixation")
    person.visit("/new")
    assert person.token != before


def test_account_forms_need_their_token(person: Person) -> None:
    for path in ("/signup", "/login"):
        person.visit(path)
        assert person.send(path, csrf_token="", name="abc", password=GOOD).status == 400
