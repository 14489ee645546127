"""What the assertions share: a person with a browser, and a stack that is well again after each test.

The fixture `stack` is the harness's own: the containers that `checks verify` started.
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator

import pytest
import requests

from checks.testing import Service, Stack

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """Somebody with a browser at a published page: keeps cookies, and sends forms with the token of the last page."""

    def __init__(self, site: Service) -> None:
        self.site = site
        self.session = requests.Session()
        self.token = ""

    def visit(self, path: str) -> requests.Response:
        """Open a page; where redirects lead, it is opened too."""
        return self._keep(self.session.get(self.site.url(path), timeout=10))

    def send(self, path: str, **form: str) -> requests.Response:
        """Send a form."""
        return self._keep(self.session.post(self.site.url(path), {"csrf_token": self.token, **form}, timeout=10))

    def add_post(self, title: str) -> str:
        """Post something and return its id."""
        self.visit("/new")
        page = self.send("/new", title=title, link="https://example.org/")
        found = re.search(rf'<a href="/post/([0-9a-f]{{24}})">{re.escape(html.escape(title))}</a>', page.text)
        assert found, f"{title} is not on the page that answers: {page.status_code}"
        return found[1]

    def _keep(self, page: requests.Response) -> requests.Response:
        if found := _TOKEN.search(page.text):
            self.token = found[1]
        return page


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    """Somebody at the ui."""
    made = Person(stack["ui"])
    with made.session:
        yield made


@pytest.fixture
def member(stack: Stack) -> Iterator[Person]:
    """Somebody at the monolith, not logged in."""
    made = Person(stack["monolith"])
    with made.session:
        yield made


@contextlib.contextmanager
def restoring(stack: Stack) -> Iterator[Stack]:
    """Lend the whole stack to who stops or kills things; however that ends, afterwards it is whole again."""
    restore(stack)
    try:
        yield stack
    finally:
        restore(stack)


def restore(stack: Stack) -> None:
    """Start what does not run, and wait until everything is healthy."""
    stopped = [service for service in stack.services.values() if not service.inspect()["State"]["Running"]]
    for service in sorted(stopped, key=lambda service: service.name != "mongo"):
        service.start(wait=False)
    for service in stack.services.values():
        service.wait_healthy()


@pytest.fixture
def restored(stack: Stack) -> Iterator[Stack]:
    """The stack, for tests that stop or kill things: afterwards everything runs and is healthy again."""
    with restoring(stack) as lent:
        yield lent
