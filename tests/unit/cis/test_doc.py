"""docs/cis.md: it is what the checks say, and it has them all."""

from __future__ import annotations

import json
import re
from pathlib import Path

from checks.cis import catalogue, doc, registry

DOCS = Path(__file__).parents[3] / "docs"


def _figures() -> dict[str, str]:
    place = DOCS / "cis-figures.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


def test_the_committed_page_is_current() -> None:
    assert (DOCS / "cis.md").read_text() == doc.page(registry.CHECKS.values(), _figures()), "run `nox -s docs`"


def test_every_check_is_in_it_with_all_that_it_says() -> None:
    page = doc.page(registry.CHECKS.values())
    assert re.findall(r"^### (\S+)", page, re.MULTILINE) == list(catalogue.IDS)
    for one in registry.CHECKS.values():
        for text in (one.title, one.reads, one.decides, " ".join(one.remedy.split())):
            assert text in page
    assert f"{len(catalogue.IDS)} checks" in page


def test_each_deviation_is_a_line_of_its_own_by_its_old_id() -> None:
    page = doc.page(registry.CHECKS.values())
    for one in registry.CHECKS.values():
        line = f"deviation: {one.id_in('1.6')}: {one.deviation}"
        assert page.splitlines().count(line) == bool(one.deviation)


def test_figures_that_were_measured_are_named() -> None:
    assert "\nmutation score: 96 %\n" in doc.page(registry.CHECKS.values(), {"mutation score": "96 %"})
