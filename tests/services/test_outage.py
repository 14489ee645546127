"""The database away, slow, killed, and back."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import ROOT, Mongod, Process, Service, comment_settings, environment, free_port, post_settings, until

Ended = Callable[[Process], Process]


def test_a_service_starts_without_its_database_and_finds_it_later(tmp_path: Path, ended: Ended) -> None:
    mongod = Mongod(tmp_path / "late")
    post = Service("post", tmp_path, **post_settings(mongod.port))
    comment = Service("comment", tmp_path, **comment_settings(mongod.port))
    for service in (post, comment):
        ended(service.start())
    for service in (post.ready(), comment.ready()):
        begin = time.monotonic()
        assert service.get("/healthcheck").json()["status"] == 0
        assert time.monotonic() - begin < 2.5
    assert post.get("/posts").status == 503
    assert comment.post("/add_comment", post_id="a" * 24, body="x").status == 503
    assert "comment_health_mongo_availability 0.0" in comment.get("/metrics").text
    ended(mongod.start())
    for service in (post, comment):
        until(service.healthy, f"{service.name} to recover")
    assert post.get("/posts").json() == []


def test_a_host_that_does_not_exist_is_no_reason_not_to_start(tmp_path: Path, ended: Ended) -> None:
    service = Service("post", tmp_path, POST_DATABASE_HOST="nowhere.invalid")
    ended(service.start())
    assert not service.ready().healthy()


def test_a_database_that_hangs_is_told_in_time(tmp_path: Path, ended: Ended) -> None:
    mongod = Mongod(tmp_path / "hung")
    ended(mongod.start())
    service = Service("post", tmp_path, **post_settings(mongod.ready().port))
    ended(service.start())
    until(service.ready().healthy, "a healthy service")
    mongod.child.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    assert not service.healthy()
    assert time.monotonic() - begin < 2.5
    mongod.child.send_signal(signal.SIGCONT)
    until(service.healthy, "recovery")


def test_what_was_acknowledged_survives_a_killed_database(tmp_path: Path, ended: Ended) -> None:
    mongod = Mongod(tmp_path / "killed")
    ended(mongod.start())
    service = Service("post", tmp_path, **post_settings(mongod.ready().port))
    ended(service.start())
    service.ready()

    def add(number: int) -> str | None:
        answer = service.post("/add_post", title=f"post {number}", link="https://example.org/", created_at=number)
        return f"post {number}" if answer.status == 200 else None

    with ThreadPoolExecutor(8) as people:
        futures = [people.submit(add, number) for number in range(300)]
        until(lambda: sum(future.done() for future in futures) >= 100, "100 posts")
        mongod.kill()
        people.shutdown(cancel_futures=True)
        acknowledged = {future.result() for future in futures if not future.cancelled()} - {None}
    assert 100 <= len(acknowledged) < 300
    mongod.start().ready()
    until(service.healthy, "recovery")
    assert acknowledged <= {found["title"] for found in service.get("/posts").json()}


def test_mongod_ends_in_order_within_5_seconds(tmp_path: Path, ended: Ended) -> None:
    mongod = Mongod(tmp_path)
    ended(mongod.start())
    with mongod.ready().client() as client:
        client["x"]["y"].insert_one({"a": 1})
        comm = Path(f"/proc/{mongod.child.pid}/comm").read_text().strip()
        arguments = Path(f"/proc/{mongod.child.pid}/cmdline").read_text()
        code, seconds = mongod.terminate()
    assert (comm, arguments.startswith("mongod --config"), code) == ("mongod", True, 0)
    assert seconds < 5


def test_the_hello_script_tells_a_server_from_none(mongod: Mongod, tmp_path: Path) -> None:
    def hello(port: int) -> int:
        env = environment(PORT=str(port))
        return Process([str(ROOT / "src/mongo/hello")], env, tmp_path / "hello.log").start().child.wait(10)

    assert (hello(mongod.port), hello(free_port())) == (0, 1)
