"""The post service, row by row of its contract."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from processes import Mongod, Service

UNKNOWN = "0" * 24


def stored(post: Service, title: str) -> dict[str, object]:
    """Return the post with this title as the service lists it."""
    return next(found for found in post.get("/posts").json() if found["title"] == title)


def added(post: Service, title: str, **form: object) -> str:
    """Add a post and return its id."""
    answer = post.post("/add_post", **{"title": title, "link": "https://example.org/", **form})
    assert (answer.status, answer.text) == (200, "OK")
    return str(stored(post, title)["_id"]["$oid"])  # type: ignore[index]


def test_a_post_is_listed_and_shown_in_extended_json(post: Service) -> None:
    identity = added(post, "shape", created_at=1700000000)
    expected = {
        "_id": {"$oid": identity},
        "title": "shape",
        "link": "https://example.org/",
        "created_at": 1700000000,
        "votes": 0,
    }
    assert stored(post, "shape") == expected
    assert post.get(f"/post/{identity}").json() == expected


def test_posts_are_listed_newest_first(post: Service) -> None:
    for title, time in (("old", 1000), ("newest", 3000), ("middle", 2000)):
        added(post, title, created_at=time)
    times = [found["created_at"] for found in post.get("/posts").json()]
    assert times == sorted(times, reverse=True)


def test_a_post_without_a_time_gets_the_clock_s(post: Service) -> None:
    added(post, "timeless")
    assert int(str(stored(post, "timeless")["created_at"])) > 1_700_000_000


@pytest.mark.parametrize(("identity", "status"), [(UNKNOWN, 404), ("nonsense", 400), ("0" * 23, 400), ("z" * 24, 400)])
def test_a_post_that_is_not_there(post: Service, identity: str, status: int) -> None:
    assert post.get(f"/post/{identity}").status == status


@pytest.mark.parametrize(
    "link",
    [
        "",
        "example.org",
        "//example.org",
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "http://",
        "http://:80/",
        "http://[::1",
        "http://a:port/",
        "http://a b/",
        "http:\\\\example.org",
        'https://example.org/"><b>',
        "https://" + "a" * 2048,
    ],
)
def test_a_link_must_be_an_absolute_http_url(post: Service, link: str) -> None:
    answer = post.post("/add_post", title="x", link=link)
    assert answer.status == 400
    assert "link" in answer.json()["error"]


@pytest.mark.parametrize(
    "link", ["http://example.org", "HTTPS://Example.org/a?b=c#d", "http://[::1]:8080/", "https://пример.рф/ö"]
)
def test_links_that_are_taken(post: Service, link: str) -> None:
    assert post.post("/add_post", title="link", link=link).status == 200


@pytest.mark.parametrize(
    "form", [{}, {"title": ""}, {"title": "  "}, {"title": "x" * 301}, {"title": "a\x00b"}, {"title": "a\nb"}]
)
def test_a_title_must_be_one_line_of_text(post: Service, form: dict[str, str]) -> None:
    answer = post.post("/add_post", link="https://example.org/", **form)
    assert answer.status == 400
    assert "title" in answer.json()["error"]


@pytest.mark.parametrize("time", ["soon", "-1", "1.5", "1e9", "253402300800", "9" * 40, "١٢٣"])
def test_a_time_must_be_whole_seconds(post: Service, time: str) -> None:
    answer = post.post("/add_post", title="x", link="https://example.org/", created_at=time)
    assert answer.status == 400
    assert "created_at" in answer.json()["error"]


def test_votes_up_and_down(post: Service) -> None:
    identity = added(post, "voted")
    for kind in ("1", "1", "-1"):
        assert post.post("/vote", id=identity, type=kind).text == "OK"
    assert post.get(f"/post/{identity}").json()["votes"] == 1


@pytest.mark.parametrize("kind", ["", "0", "2", "+1", "up", "1 ", "\u0661"])
def test_other_votes_are_refused(post: Service, kind: str) -> None:
    assert post.post("/vote", id=UNKNOWN, type=kind).status == 400


@pytest.mark.parametrize(("identity", "status"), [(UNKNOWN, 404), ("nonsense", 400), ("", 400)])
def test_a_vote_for_what_is_not_there(post: Service, identity: str, status: int) -> None:
    assert post.post("/vote", id=identity, type="1").status == status


def test_200_votes_at_once_all_count(post: Service) -> None:
    identity = added(post, "popular")
    with ThreadPoolExecutor(200) as people:
        answers = list(people.map(lambda _: post.post("/vote", id=identity, type="1").status, range(200)))
    assert answers == [200] * 200
    assert post.get(f"/post/{identity}").json()["votes"] == 200


@pytest.mark.parametrize(
    "form", [{"id[$ne]": "", "type": "1"}, {"id": '{"$ne": ""}', "type": "1"}, {"id": UNKNOWN, "type[$gt]": ""}]
)
def test_operators_are_refused(post: Service, form: dict[str, str]) -> None:
    assert post.post("/vote", **form).status == 400


def test_a_json_body_is_no_form(post: Service) -> None:
    answer = post.send("POST", "/vote", '{"id": {"$ne": ""}, "type": "1"}', {"Content-Type": "application/json"})
    assert answer.status == 400


def test_what_looks_like_an_operator_is_only_text(post: Service) -> None:
    added(post, '{"$gt": ""}')


def test_health_and_version(post: Service) -> None:
    answer = post.get("/healthcheck")
    assert answer.status == 200
    assert answer.json() == {"status": 1, "dependent_services": {"postdb": 1}, "version": "1.0"}


def test_metrics_count_posts_and_time_reads(post: Service) -> None:
    def count() -> float:
        lines = post.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("post_count_total "))

    before = count()
    added(post, "counted")
    assert count() == before + 1
    text = post.get("/metrics").text
    assert "# TYPE post_count_total counter" in text
    assert "# TYPE post_read_db_seconds histogram" in text
    assert 'post_read_db_seconds_bucket{le="+Inf"}' in text


def test_the_collection_has_its_index(post: Service, mongod: Mongod) -> None:
    assert post.get("/posts").status == 200
    with mongod.client() as client:
        keys = [index["key"] for index in client["users_post"]["posts"].list_indexes()]
    assert {"created_at": -1, "_id": -1} in keys
