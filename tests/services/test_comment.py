"""The comment service, row by row of its contract."""

import pytest
from processes import Service

POST = "a" * 24


def test_a_comment_is_stored_returned_and_listed(comment: Service) -> None:
    form = {"post_id": POST, "name": "Ann", "email": "ann@example.org", "body": "two\nlines", "created_at": 1700000000}
    answer = comment.post("/add_comment", **form)
    assert answer.status == 200
    made = answer.json()
    assert made == {"_id": made["_id"], **form}
    assert len(made["_id"]["$oid"]) == 24
    assert comment.get(f"/{POST}/comments").json() == [made]


def test_comments_are_listed_oldest_first(comment: Service) -> None:
    post = "b" * 24
    for time in (3, 1, 2):
        assert comment.post("/add_comment", post_id=post, body=f"at {time}", created_at=time).status == 200
    assert [found["created_at"] for found in comment.get(f"/{post}/comments").json()] == [1, 2, 3]


def test_no_comments_is_an_empty_list(comment: Service) -> None:
    assert comment.get(f"/{'c' * 24}/comments").json() == []


def test_an_id_is_one_thing_in_either_case(comment: Service) -> None:
    post = "DEADBEEF" * 3
    assert comment.post("/add_comment", post_id=post, body="x").status == 200
    assert len(comment.get(f"/{post.lower()}/comments").json()) == 1


@pytest.mark.parametrize("body", ["", "   ", "\r\n", "x" * 10_001, "a\x00b"])
def test_a_body_must_be_text(comment: Service, body: str) -> None:
    answer = comment.post("/add_comment", post_id=POST, name="n", body=body)
    assert answer.status == 400
    assert "body" in answer.json()["error"]


@pytest.mark.parametrize("post", ["", "nonsense", "a" * 25, '{"$ne": ""}'])
def test_a_bad_post_id_is_refused(comment: Service, post: str) -> None:
    answer = comment.post("/add_comment", post_id=post, body="x")
    assert answer.status == 400
    assert "post_id" in answer.json()["error"]


@pytest.mark.parametrize("form", [{"post_id[$ne]": ""}, {}])
def test_operators_are_refused(comment: Service, form: dict[str, str]) -> None:
    assert comment.post("/add_comment", body="x", **form).status == 400


def test_a_malformed_id_has_no_comments(comment: Service) -> None:
    assert comment.get("/nonsense/comments").status == 400


def test_health_and_version(comment: Service) -> None:
    expected = {"status": 1, "dependent_services": {"commentdb": 1}, "version": "1.0"}
    assert comment.get("/healthcheck").json() == expected


def test_metrics(comment: Service) -> None:
    lines = comment.get("/metrics").text.splitlines()
    assert "comment_health 1.0" in lines
    assert "comment_health_mongo_availability 1.0" in lines
    assert any(line.startswith("comment_count_total ") for line in lines)
