"""What the browser's tests share: one Chromium, a private window for each test, and pictures of what failed.

After each test the window is asked what it saw: an error on the console, an uncaught exception, a request to any other
host or a refusal that nobody asked for fails the test, whatever it was about.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from checks.host.testing.livestack import Stack
from checks.host.tools import packages
from tests.browser.run import HOME, ROOT
from tests.browser.visitor import WIDE, Visitor, photograph

EVIDENCE = ROOT / "reports/evidence/browser"
PICTURES = ROOT / "reports/pictures"
ENDED = pytest.StashKey[bool]()
# Whatever the browser wants for itself, it finds nobody: only this machine has a name.
_QUIET = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",)


class Open(Protocol):
    """Opens a private window at a site, if wanted one that runs no scripts."""

    def __call__(self, base: str, *, scripts: bool = True) -> Visitor:
        """Return its visitor."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember of each test whether it held, for the window that is closed after it."""
    report = yield
    if report.when == "call":
        item.stash[ENDED] = report.passed
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pictures be taken before anybody else has written anything."""
    items.sort(key=lambda item: item.path.name != "test_pictures.py")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that allows answers of 400 and more."""
    config.addinivalue_line("markers", "refused(*statuses): the answers of 400 and more that this test asks for")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = packages.which("chromium")
    if program is None:
        pytest.fail("chromium is not installed: nox -s browser does that", pytrace=False)
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to start as root otherwise
    with _home() as home, pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, home)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=[*_QUIET, *root])
            patch.undo()  # the tests are at home where they were
            try:
                yield browser
            finally:
                browser.close()


@contextmanager
def _home() -> Iterator[str]:
    """Lend a folder for what the browser keeps of its own; run.py's is removed also where this process is killed."""
    if given := os.environ.get(HOME):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as home:
        yield home


@pytest.fixture
def window(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open private windows: `window(base)`; when the test is over each is judged by what it saw."""
    opened: list[Visitor] = []
    with ExitStack() as windows:

        def open_window(base: str, *, scripts: bool = True) -> Visitor:
            context = chromium.new_context(viewport=WIDE, locale="en-GB", java_script_enabled=scripts)
            windows.callback(context.close)
            context.set_default_timeout(15_000)
            opened.append(Visitor(context, base))
            return opened[-1]

        yield open_window
        mark = request.node.get_closest_marker("refused")
        wrong = [line for visitor in opened for line in visitor.wrong(mark.args if mark else ())]
        if wrong or not request.node.stash.get(ENDED, False):
            name = re.sub(r"[^\w.-]+", "-", request.node.nodeid.rpartition("/")[2])
            for number, visitor in enumerate(opened):
                photograph(visitor.page, EVIDENCE / f"{name}-{number}.png")
        assert wrong == []


@pytest.fixture(params=["ui", "monolith"])
def site(request: pytest.FixtureRequest) -> str:
    """Both sites that have the pages, one after the other."""
    return str(request.param)


@pytest.fixture
def person(stack: Stack, site: str, window: Open) -> Visitor:
    """Somebody at a site who may do everything there: at the monolith that takes an account."""
    visitor = window(stack[site].url(""))
    if site == "monolith":
        sign_up(visitor)
    return visitor


@pytest.fixture
def stranger(stack: Stack, window: Open) -> Visitor:
    """Somebody at the monolith who is not logged in."""
    return window(stack["monolith"].url(""))


PASSWORD = "a difference engine"


def sign_up(visitor: Visitor) -> str:
    """Make an account and return its name."""
    name = f"ada{os.urandom(4).hex()}"
    visitor.visit("/")
    visitor.page.get_by_role("link", name="Sign up").click()
    visitor.fill(Name=name, Password=PASSWORD)
    assert visitor.press("Sign up") == 200
    return name
