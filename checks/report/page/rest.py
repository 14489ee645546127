"""What is left: evidence of failures, figures over the last runs, and the other files in the folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from checks.cis.loose import table, text
from checks.report.history import REPORTS, figure, is_whole
from checks.report.page import markup, plots
from checks.report.page.facts import Evidence, Facts, Report

RUNS = 50
"""Runs of a verb that a plot shows, the newest."""


def evidence(facts: Facts) -> Markup:
    """Return the texts that were kept of failures, "" where there are none."""
    if not facts.evidence:
        return Markup("")
    said = "Kept when a run failed, without secrets. Inspections and events are beside them in evidence/."
    return markup.section("evidence", "Evidence", markup.paragraph(said, "note"), *map(_text, facts.evidence))


def _text(one: Evidence) -> Markup:
    cut = f"the last part; {one.left_out:,} characters before it are left out" if one.left_out else ""
    head = markup.html('<code>{path}</code> <span class="note">{cut}</span>', path=one.path, cut=cut)
    body = markup.html('<pre tabindex="0">{said}</pre>', said=markup.lines(one.text))
    return markup.details(head, body, opened=one.path.endswith("failure.txt"), kind="failure")


def trends(facts: Facts) -> Markup:
    """Return how figures went over the last runs, "" where there are not two runs of anything."""
    rows = [row for name, runs, unit in _series(facts.history) if (row := _row(name, runs, unit))]
    if not rows:
        return Markup("")
    heads = ("Figure", "Runs", "Least", "Most", "Last", "The oldest left; runs that did not pass are squares")
    return markup.section("trends", "Over the last runs", markup.table("Figures by run", heads, rows, (1, 2, 3, 4)))


def _series(history: Sequence[Report]) -> Iterator[tuple[str, list[tuple[float, bool]], str]]:
    """Yield each figure: its name, its value in each whole run and whether that passed, and what it is counted in."""
    for verb in REPORTS:
        mine = [one for one in history if one.get("verb") == verb and is_whole(one)][-RUNS:]
        yield f"checks {verb}", _values(mine, [one.get("seconds") for one in mine]), "s"
        if verb == "lint":
            yield "findings", _values(mine, [one.get("findings") for one in mine]), ""
        if verb == "bench":
            yield "score", _values(mine, [one.get("score") for one in mine]), ""
        if verb == "build":
            names = sorted({str(name) for one in mine for name in table(one.get("images"))})
            for name in names:
                yield name, _values(mine, [table(one.get("images")).get(name) for one in mine]), "bytes"


def _values(runs: Sequence[Report], values: Sequence[object]) -> list[tuple[float, bool]]:
    pairs = zip(runs, values, strict=True)
    return [
        (figure(value), text(one.get("verdict")) == "passed") for one, value in pairs if isinstance(value, int | float)
    ]


def _row(name: str, runs: Sequence[tuple[float, bool]], unit: str) -> Sequence[Any]:
    if len(runs) < 2:
        return ()
    values = [value for value, _ in runs]
    least, most, last = (_said(value, unit) for value in (min(values), max(values), values[-1]))
    title = f"{name} in {len(values)} runs: from {least} to {most}, last {last}"
    return name, len(values), least, most, last, plots.trend(title, values, [passed for _, passed in runs])


def _said(value: float, unit: str) -> str:
    return markup.seconds(value) if unit == "s" else markup.size(value) if unit == "bytes" else f"{value:g}"


def files(facts: Facts) -> Markup:
    """Return links to the files beside the page, "" where there are none."""
    if not facts.files:
        return Markup("")
    template = '<li><a href="{url}">{path}</a></li>'
    links = (markup.html(template, url=quote(path, errors="replace"), path=path) for path in facts.files)
    body = markup.html('<ul class="files">{links}</ul>', links=markup.join(links))
    return markup.section("files", "Files", body)
