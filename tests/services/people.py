"""What a person does with the pages: follows forms, keeps cookies."""

import re
from html import unescape
from typing import Final
from urllib.parse import urlencode

from processes import Answer, Service

_TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """Somebody with a browser: one cookie, the csrf token of the last form seen."""

    def __init__(self, site: Service) -> None:
        self.site = site
        self.cookie = ""
        self.token = ""

    def visit(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self._keep(self.site.send("GET", path, headers={"Cookie": self.cookie, **headers}))

    def send(self, path: str, **form: str) -> Answer:
        """Send a form with the token that the last page had."""
        body = urlencode({"csrf_token": self.token, **form})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self._keep(self.site.send("POST", path, body, headers))

    def follow(self, answer: Answer) -> Answer:
        """Go where an answer sends us."""
        assert answer.status == 303, (answer.status, answer.text)
        return self.visit(answer.headers["Location"].partition("#")[0])

    def add_post(self, title: str, link: str = "https://example.org/") -> str:
        """Post something and return the id of the newest post with that title."""
        self.visit("/new")
        page = self.follow(self.send("/new", title=title, link=link))
        return post_id(page, title)

    def _keep(self, answer: Answer) -> Answer:
        if cookie := answer.headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        if found := _TOKEN.search(answer.text):
            self.token = found.group(1)
        return answer


def post_id(page: Answer, title: str) -> str:
    """Return the id of the post with this title on a page."""
    for found, shown in re.findall(r'<a href="/post/([0-9a-f]{24})">([^<]*)</a>', page.text):
        if unescape(shown) == title:
            return str(found)
    raise AssertionError(f"no post {title!r} on the page")


def votes(page: Answer, post: str) -> int:
    """Return how many votes a page shows for a post."""
    found = re.search(rf'id="post-{post}".*?class="count"[^>]*>(-?\d+)<', page.text, re.DOTALL)
    assert found, page.text
    return int(found.group(1))
