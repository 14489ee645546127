"""Somebody with a real browser: what they do on a page, and what the browser noticed meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, ViewportSize

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GRAVE = ("serious", "critical")
NARROW: ViewportSize = {"width": 320, "height": 640}
"""What WCAG 2.2 asks a page to fit without scrolling sideways (1.4.10)."""
WIDE: ViewportSize = {"width": 1024, "height": 720}
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")
_AXE = Axe()


@dataclass
class Seen:
    """What the browser noticed: addresses asked for, pages among them, answers of 400 and more, what is always wrong."""

    addresses: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Visitor:
    """One private window at a site; it sees all that the browser asks for and complains of."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.hosts = {urlsplit(base).netloc}
        self.seen = Seen()
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.seen.faults.append(f"uncaught: {error.error}"))
        context.on("requestfailed", self._failed)
        self.page: Page = context.new_page()

    def visit(self, path: str) -> int:
        """Open a page and return the status of the answer."""
        answer = self.page.goto(f"{self.base}{path}")
        assert answer is not None
        return int(answer.status)

    def move(self, base: str) -> None:
        """Go to another address of the same site from now on."""
        self.base = base
        self.hosts.add(urlsplit(base).netloc)

    def field(self, label: str) -> Locator:
        """Return the field with this label."""
        named = self.page.get_by_role("textbox", name=label, exact=True)
        return named.or_(self.page.get_by_label(label, exact=True))  # a password is no textbox

    def choice(self, label: str) -> Locator:
        """Return the list to choose from with this label."""
        return self.page.get_by_role("combobox", name=label, exact=True)

    def fill(self, **fields: str) -> None:
        """Type into the fields with these labels."""
        for label, text in fields.items():
            self.field(label).fill(text)

    def press(self, name: str) -> int:
        """Press the button with this name, and return the status of the page that this leads to."""
        with self.page.expect_navigation() as leads:
            self.page.get_by_role("button", name=name, exact=True).click()
        return int(leads.value.status)

    def add_post(self, title: str, link: str = "https://example.org/a/story") -> None:
        """Post something, the way from the front page."""
        self.visit("/")
        self.page.get_by_role("link", name="New post").click()
        self.fill(Title=title, Link=link)
        assert self.press("Post") == 200

    def vote(self, title: str, way: str = "up") -> None:
        """Vote for or against the post with this title on the page that is open."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=f"Vote {way}: {title}", exact=True).click()

    def votes(self, title: str) -> int:
        """Return the votes that the page shows for a post."""
        return int(self.page.get_by_role("article").filter(has_text=title).locator(".count").inner_text())

    def alerts(self) -> list[str]:
        """Return what the page says loudly."""
        return [str(text) for text in self.page.get_by_role("alert").all_inner_texts()]

    def complaint(self, label: str) -> str:
        """Return what the browser itself says of the field with this label, "" where it would send it."""
        return str(self.field(label).evaluate("field => field.validationMessage"))

    def is_fit(self) -> None:
        """Assert that the page is accessible as axe judges, in each colour scheme, and fits a narrow window."""
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            assert barriers(self.page) == [], scheme
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(NARROW)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        self.page.set_viewport_size(WIDE)

    def wrong(self, refusals: tuple[int, ...] = ()) -> list[str]:
        """Return what must not have happened; `refusals` are the statuses that the test asked for."""
        strange = [address for address in self.seen.addresses if urlsplit(address).netloc not in self.hosts]
        told = [str(status) for status in self.seen.refusals if status not in refusals]
        return [*self.seen.faults, *(f"asked for {address}" for address in strange), *(f"status {one}" for one in told)]

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):  # these are no traffic
            self.seen.addresses.append(request.url)
        if request.is_navigation_request():
            self.seen.pages.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.seen.refusals.append(response.status)

    def _said(self, message: ConsoleMessage) -> None:
        # The browser repeats a refused page's status here; that is judged once, as an answer.
        if message.type in ("error", "warning", "assert") and not _STATUS.match(message.text):
            self.seen.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # who leaves a page stops what it is still asking for
            self.seen.faults.append(f"{request.method} {request.url}: {request.failure}")


def barriers(page: Page) -> list[str]:
    """Return what keeps people out, as axe tells serious and critical ones: rule, what it is, where."""
    found: list[dict[str, Any]] = _AXE.run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def photograph(page: Page, place: Path) -> None:
    """Write a picture of the whole page."""
    place.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(place), full_page=True)
