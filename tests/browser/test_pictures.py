"""The pictures in docs/pictures, taken of what is really there; `nox -s browser -- --pictures` copies them.

These tests come first (conftest.py): the stack has then only what they have put there.
"""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page

from checks.host import page
from checks.host.testing.livestack import Stack
from tests.browser import terminal
from tests.browser.conftest import PICTURES, Open
from tests.browser.run import ROOT
from tests.unit.report.page import samples

LARGEST = 150_000
REPORTS = ("lint", "build", "integration", "bench")
STORIES = (
    ("How the kernel counts the memory of a container", "https://docs.kernel.org/admin-guide/cgroup-v2.html"),
    ("Ask: what do you run on your build machines?", "https://example.org/ask"),
    ("A wire protocol, read with a hex editor", "https://example.org/articles/wire-protocol"),
    ("Namespaces in operation", "https://lwn.net/Articles/531114/"),
)
FILES = {
    "Dockerfile": """\
FROM debian:latest
ADD app.py /app/
RUN apt-get update && apt-get install -y python3
CMD python3 /app/app.py
""",
    "deploy/entrypoint.sh": """\
#!/bin/sh
cd $APP_HOME
for file in $(ls *.conf); do
  echo loading $file
done
""",
    "deploy/values.yaml": """\
---
service:
  name: app
  ports: [ 8080,9090 ]
""",
}


def _take(what: Page | Locator, name: str) -> None:
    """Take a picture that docs may show: a PNG that is no larger than it needs to be."""
    place = PICTURES / f"{name}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    what.screenshot(path=str(place))
    taken = place.read_bytes()
    width, height = struct.unpack(">II", taken[16:24])
    assert taken.startswith(b"\x89PNG")
    assert len(taken) < LARGEST
    assert len(taken) > width * height / 200, "there is next to nothing on it"


def test_the_front_page_and_a_post(stack: Stack, window: Open) -> None:
    reader = window(stack["ui"].url(""))
    for title, link in STORIES:
        reader.add_post(title, link)
    for number, (title, _) in enumerate(STORIES):
        for _ in range((3, 1, 4, 2)[number]):
            reader.vote(title)
    reader.visit("/")
    reader.page.set_viewport_size({"width": 900, "height": 620})
    _take(reader.page, "front")
    title = STORIES[2][0]
    reader.page.get_by_role("link", name=title).click()
    reader.fill(Name="Grace", Comment="The part on how lengths are counted is the best of it.")
    reader.press("Comment")
    reader.fill(Name="Ada", Comment="Agreed.\nI had always wondered about the first four bytes.")
    reader.press("Comment")
    reader.visit(urlsplit(reader.page.url).path)  # without the place that a comment leads back to
    reader.page.set_viewport_size({"width": 900, "height": 840})
    _take(reader.page, "post")


def test_lint_on_a_terminal(window: Open, tmp_path: Path) -> None:
    root = tmp_path / "app"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    checks = [sys.executable, "-P", "-m", "checks", "lint", "--only", "hadolint,shellcheck,yamllint"]
    printed = terminal.said(checks, root, 120)
    assert "\x1b[31merror" in printed
    place = tmp_path / "terminal.html"
    place.write_text(terminal.page(("checks lint --only hadolint,shellcheck,yamllint", printed)), encoding="utf-8")
    reader = window("file://")
    reader.page.set_viewport_size({"width": 1100, "height": 900})
    reader.page.goto(place.as_uri())
    _take(reader.page.locator("pre"), "lint")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """The reports of this checkout where a main job has left all of them, samples else; with their page."""
    folder = tmp_path / "stackchecks" / "reports"
    if all((ROOT / f"reports/{name}.json").is_file() for name in REPORTS):
        shutil.copytree(ROOT / "reports", folder, ignore=shutil.ignore_patterns("evidence", "running", "pictures"))
    else:
        samples.everything(folder)
    return page.write(folder)


def test_the_report(window: Open, reports: Path) -> None:
    reader = window("file://")
    reader.page.goto(reports.as_uri())
    reader.page.set_viewport_size({"width": 1100, "height": 820})
    _take(reader.page, "report")
    reader.page.set_viewport_size({"width": 1100, "height": 2400})
    _take(reader.page.locator("section#timeline"), "report-timeline")
