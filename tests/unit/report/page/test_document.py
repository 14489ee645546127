"""The whole page: what a browser may do with it, who can use it, and what it says of reports that are half or hostile."""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.host import page as host
from checks.report.page import document
from checks.report.page.facts import Evidence, Facts, Mark
from tests.unit.report.page import samples
from tests.unit.report.page.reading import SCRIPT, STYLE, Page

HOSTILE = (
    "</script></title></style><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\"' onload='x \x00\x1b[31m\u202e\ud800\x85"
)
KEPT = frozenset({"verb", "status", "state", "verdict", "severity", "section", "host", "way"})
"""Keys whose values choose how things are shown: with them as they are, every part of the page is there."""
ODD: list[Any] = [
    None,
    True,
    0,
    -1.5,
    1e308,
    float("nan"),
    "x",
    HOSTILE,
    [],
    [1, None, "x"],
    [{}],
    {},
    {"x": {}},
    10**400,
]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return host.facts(samples.everything(tmp_path_factory.mktemp("all") / "reports"))


def spoilt(data: Any, kept: frozenset[str] = frozenset()) -> Any:
    """Return JSON data in which every text is hostile."""
    if isinstance(data, dict):
        return {key: value if key in kept else spoilt(value, kept) for key, value in data.items()}
    if isinstance(data, list):
        return [spoilt(one, kept) for one in data]
    return HOSTILE if isinstance(data, str) else data


def hostile(facts: Facts, kept: frozenset[str]) -> Facts:
    return Facts(
        HOSTILE,
        HOSTILE,
        {name: spoilt(report, kept) for name, report in facts.reports.items()},
        (),
        [spoilt(one, kept) for one in facts.history],
        [Mark("publish", HOSTILE, HOSTILE)],
        {"tests": {HOSTILE: 1}, "failures": [{"test": HOSTILE, "message": HOSTILE, "text": HOSTILE}]},
        [Evidence(HOSTILE, HOSTILE, 3)],
        [HOSTILE, "javascript:alert(1)"],
    )


@pytest.mark.parametrize("kept", [frozenset(), KEPT], ids=["all", "but-kinds"])
def test_hostile_strings_are_only_text(everything: Facts, kept: frozenset[str]) -> None:
    page = Page.of(hostile(everything, kept))
    assert [one.text for one in page.all("script")] == [SCRIPT]
    assert [one.text for one in page.all("style")] == [STYLE]
    assert page.all("img", "iframe", "object", "embed", "base", "link")[1:] == []
    names = {name for one in page.elements for name in one.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "srcdoc", "formaction", "action")]
    hrefs = {one.attributes["href"] for one in page.elements if "href" in one.attributes}
    assert all(href.startswith(("#", "https://example.org/", "data:,")) or "%" in href for href in hrefs)
    assert not [char for char in page.source if not char.isprintable() and char != "\n"]
    assert page.source.encode()
    assert "alert(1)" in page.part("evidence")


def test_nothing_is_loaded_and_only_ours_is_run(everything: Facts) -> None:
    page = Page.of(everything)
    (policy,) = [one.attributes["content"] for one in page.all("meta") if "http-equiv" in one.attributes]
    hashes = {
        name: base64.b64encode(hashlib.sha256(page.all(name)[0].text.encode()).digest()).decode()
        for name in ("style", "script")
    }
    assert policy.split("; ")[:3] == [
        "default-src 'none'",
        f"style-src 'sha256-{hashes['style']}'",
        f"script-src 'sha256-{hashes['script']}'",
    ]
    assert "unsafe" not in policy
    assert not [one for one in page.elements if "src" in one.attributes]
    assert not re.search(r"url\(|@import", STYLE)
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|import|eval|innerHTML|insertAdjacentHTML)\b", SCRIPT)
    before = page.source.index("<style>")
    assert page.source.index("Content-Security-Policy") < before  # it holds for what comes after it


def test_who_uses_no_mouse_or_sees_nothing_can_use_it(everything: Facts) -> None:
    page = Page.of(everything)
    (root,) = page.all("html")
    assert root.attributes["lang"] == "en"
    assert (
        len([one for one in page.all("title") if "head" in one.inside])
        == len(page.all("h1"))
        == len(page.all("main"))
        == len(page.all("nav"))
        == 1
    )
    levels = [int(one.name[1]) for one in page.all("h1", "h2", "h3", "h4", "h5")]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    targets = {one.attributes["href"][1:] for one in page.all("a") if one.attributes["href"].startswith("#")}
    assert targets <= set(ids)
    assert {one.attributes["aria-labelledby"] for one in page.all("section")} <= set(ids)
    for control in page.all("input", "select"):
        assert "label" in control.inside
    for drawing in page.all("svg"):
        assert drawing.attributes["role"] == "img"
        assert drawing.attributes["aria-label"]
    for table in page.all("table"):
        assert "region" in {parent.attributes.get("role") for parent in table.parents}
    assert {one.attributes["scope"] for one in page.all("th")} == {"col", "row"}
    first = next(one for one in page.elements if one.name == "a")
    assert first.attributes["href"] == "#main"


def test_every_part_is_there_and_leads_somewhere(everything: Facts) -> None:
    page = Page.of(everything)
    names = [one.attributes["href"][1:] for one in page.all("a") if "nav" in one.inside]
    assert names == [name for name, *_ in document._PARTS]
    assert all(page.part(name) for name in names)


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_in_both_themes(theme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(blocks) == 2
    colours = _colours(blocks[theme])
    assert "prefers-color-scheme: dark" in STYLE
    for name in ("text", "soft", "link", "good", "bad", "warn", "info", "odd"):
        for behind in ("back", "panel"):
            assert _contrast(colours[name], colours[behind]) >= 4.5, (name, behind)
    for name in ("bar", "bar-good", "bar-bad"):
        assert _contrast(colours[name], colours["back"]) >= 3, name


def test_every_colour_is_one_of_the_themes() -> None:
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-f]{3,8}\b", rules)
    assert set(re.findall(r"var\(--([\w-]+)\)", rules)) <= set(_colours(STYLE))


def test_a_folder_that_holds_nothing_has_a_page_that_says_so(tmp_path: Path) -> None:
    page = Page(host.make(tmp_path / "reports"))
    assert "Not run: lint, build, verify, bench, publish." in page.part("summary")
    assert "There is no report here" in page.part("summary")
    assert "passed" not in page.source.partition("<body>")[2].partition("<script>")[0]


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"ok": true', "\xff", "{}", "[" * 100_000], ids=range(8))
@pytest.mark.parametrize("name", ["lint", "build", "integration", "bench", "publish"])
def test_a_report_that_is_not_whole_has_not_passed(tmp_path: Path, name: str, said: str) -> None:
    samples.write(tmp_path, **{name: said})
    page = Page(host.make(tmp_path))
    assert "unreadable" in page.part("summary")
    assert "passed" not in page.part("summary")


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    found = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in found:
        yield from _places(value, (*path, key))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_page_is_made_whatever_a_report_holds(everything: Facts, data: st.DataObject) -> None:
    """Anybody may have written a report: any part of it may be anything."""
    reports: dict[str, Any] = copy.deepcopy(dict(everything.reports)) | {
        "history": list(copy.deepcopy(everything.history))
    }
    places = [path for path in _places(reports) if len(path) > 1]
    for _ in range(data.draw(st.integers(1, 4))):
        *above, last = data.draw(st.sampled_from(places))
        place: Any = reports
        try:
            for key in above:
                place = place[key]
            place[last] = data.draw(st.sampled_from(ODD))
        except (KeyError, IndexError, TypeError):
            continue  # something above it was replaced already
    history = [one for one in reports.pop("history") if isinstance(one, dict)]
    made = document.page(Facts(reports=reports, history=history), STYLE, SCRIPT)
    assert made.encode().count(b"</main>") == 1


def test_the_largest_page_is_as_large_as_a_browser_reads_at_once(tmp_path: Path) -> None:
    place = samples.large(tmp_path / "reports", 5000)
    page = Page(place.read_text())
    assert len([one for one in page.all("li") if "data-tool" in one.attributes]) == 5000
    assert place.stat().st_size < 3_000_000
    assert not [one for one in page.all("details") if "file" in one.attributes["class"] and "open" in one.attributes]


def test_what_is_shown_has_its_end(tmp_path: Path) -> None:
    samples.write(tmp_path, lint=samples.lint(10_050))
    page = Page(host.make(tmp_path))
    assert len([one for one in page.all("li") if "data-tool" in one.attributes]) == 10_000
    assert "50 more are in lint.json" in page.part("lint")


def test_the_page_is_the_same_for_the_same_reports(everything: Facts) -> None:
    assert document.page(everything, STYLE, SCRIPT) == document.page(everything, STYLE, SCRIPT)
    assert json.dumps(samples.lint(2)) == json.dumps(samples.lint(2))
