"""What people see while the database is gone, frozen, slow or killed: never a 500, and what they were told stays true."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from people import Person
from processes import Mongod, Process, Service, comment_settings, post_settings, ui_settings, until

Ended = Callable[[Process], Process]
UNKNOWN = "0" * 24
ASKED = ("/", "/new", f"/post/{UNKNOWN}", "/healthcheck", "/metrics", "/login")


class Site:
    """The monolith's web server, or ui with the services behind it, over a database that only this test has."""

    def __init__(self, name: str, folder: Path, ended: Ended) -> None:
        (folder / "key").write_text("k" * 40)
        self.mongod = Mongod(folder / "own")
        ended(self.mongod.start())
        self.mongod.ready()
        port = self.mongod.port
        if name == "monolith":
            env = {"SESSION_KEY_FILE": str(folder / "key"), "DATABASE_URL": f"127.0.0.1:{port}"}
            self.services = [Service("monolith", folder, **env)]
        else:
            post = Service("post", folder, **post_settings(port))
            comment = Service("comment", folder, **comment_settings(port))
            self.services = [Service("ui", folder, **ui_settings(folder, post.port, comment.port)), post, comment]
        for service in self.services:
            ended(service.start())
        for service in self.services:
            service.ready()
        self.page = self.services[0]


@pytest.fixture(params=["ui", "monolith"])
def site(request: pytest.FixtureRequest, tmp_path: Path, ended: Ended) -> Site:
    return Site(request.param, tmp_path, ended)


@contextmanager
def visitors(site: Site) -> Iterator[list[tuple[str, int, float]]]:
    """Let four people look at all pages and send all forms meanwhile; what they get is in the list."""
    got: list[tuple[str, int, float]] = []
    over = threading.Event()

    def visit() -> None:
        person = Person(site.page)
        while not over.is_set():
            for path in ASKED:
                begin = time.monotonic()
                got.append((f"GET {path}", person.visit(path).status, time.monotonic() - begin))
            person.visit("/new")
            for path in ("/new", f"/post/{UNKNOWN}/vote/1", f"/post/{UNKNOWN}/comment", "/signup", "/login"):
                begin = time.monotonic()
                status = person.send(path, title="x", link="https://example.org/", name="abc", password="y" * 9).status
                got.append((f"POST {path}", status, time.monotonic() - begin))

    with ThreadPoolExecutor(4) as people:
        work = [people.submit(visit) for _ in range(4)]
        try:
            yield got
        finally:
            over.set()
        for each in work:
            each.result()


def served(got: list[tuple[str, int, float]]) -> None:
    """Fail for an answer that is a bug, and for one that took longer than a page may."""
    assert len(got) > 20
    assert [entry for entry in got if entry[1] == 500 or entry[1] not in (200, 303, 400, 401, 404, 503)] == []
    assert [entry for entry in got if entry[2] > 6] == []


def test_a_database_that_is_killed_and_comes_back_gives_no_500_page(site: Site) -> None:
    with visitors(site) as got:
        for _ in range(3):
            time.sleep(0.4)
            site.mongod.kill()
            time.sleep(0.6)
            site.mongod.start().ready()
    served(got)
    until(lambda: site.page.get("/").status == 200 and "not available" not in site.page.get("/").text, "recovery")


def test_a_database_that_is_frozen_gives_no_500_page(site: Site) -> None:
    with visitors(site) as got:
        time.sleep(0.3)
        site.mongod.child.send_signal(signal.SIGSTOP)
        time.sleep(4)
        site.mongod.child.send_signal(signal.SIGCONT)
        time.sleep(0.5)
    served(got)


def test_a_database_that_is_slow_gives_no_500_page(site: Site) -> None:
    over = threading.Event()

    def starve() -> None:
        while not over.is_set():  # it runs for a tenth of the time
            site.mongod.child.send_signal(signal.SIGSTOP)
            time.sleep(0.18)
            site.mongod.child.send_signal(signal.SIGCONT)
            time.sleep(0.02)

    with ThreadPoolExecutor(1) as hand, visitors(site) as got:
        starving = hand.submit(starve)
        time.sleep(4)
        over.set()
        starving.result()
    served(got)


def test_a_database_that_is_gone_is_told_on_the_page(site: Site) -> None:
    site.mongod.kill()
    for path in ("/", f"/post/{UNKNOWN}"):
        page = site.page.get(path)
        assert page.status == 200
        assert "not available just now" in page.text
