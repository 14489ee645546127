"""The judge itself: what a window sees and a test must fail for is seen, and what keeps people out is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.visitor import Seen, Visitor, barriers

GOOD = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>{}</main></html>"


def _seen(window: Open, place: Path, body: str) -> tuple[Visitor, list[str]]:
    """Open a page with this on it, and return what was wrong; the window then counts as one that saw nothing."""
    place.write_text(GOOD.format(body))
    visitor = window("file://")
    visitor.page.goto(place.as_uri(), wait_until="networkidle")
    wrong = visitor.wrong()
    visitor.seen = Seen()
    return visitor, wrong


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.error('it hurts')</script>", "console: it hurts"),
        ("<script>throw new Error('a bug')</script>", "uncaught: "),
        ("<img alt=there src=http://elsewhere.example/one.png>", "asked for http://elsewhere.example/one.png"),
        ("<link rel=stylesheet href=gone.css>", "ERR_FILE_NOT_FOUND"),
    ],
)
def test_what_must_not_happen_is_seen(window: Open, tmp_path: Path, body: str, said: str) -> None:
    _, wrong = _seen(window, tmp_path / "page.html", body)
    assert [line for line in wrong if said in line], wrong


def test_a_good_page_is_left_in_peace(window: Open, tmp_path: Path) -> None:
    visitor, wrong = _seen(window, tmp_path / "page.html", "<p>All is well.</p>")
    assert wrong == []
    visitor.is_fit()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<p style='color: #aaa; background: #fff'>faint</p>", "color-contrast"),
        ("<button></button>", "button-name"),
        ("<input type=text>", "label"),
        ("<img src=data:,>", "image-alt"),
    ],
)
def test_what_keeps_people_out_is_found(window: Open, tmp_path: Path, body: str, rule: str) -> None:
    visitor, _ = _seen(window, tmp_path / "page.html", body)
    assert [line for line in barriers(visitor.page) if line.startswith(f"{rule}:")]


def test_what_is_too_wide_for_a_narrow_window_is_found(window: Open, tmp_path: Path) -> None:
    visitor, _ = _seen(window, tmp_path / "page.html", "<p style='width: 600px'>wide</p>")
    with pytest.raises(AssertionError):
        visitor.is_fit()
