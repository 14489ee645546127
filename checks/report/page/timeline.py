"""What took how long, and what waited for what: the parts of a run, images on images, services on services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from markupsafe import Markup

from checks.cis.loose import items, table, tables, text
from checks.report.history import figure
from checks.report.page import markup, plots, summary
from checks.report.page.facts import Facts, Report
from checks.report.page.plots import Bar

_TITLES = {"lint": "checks lint", "build": "checks build", "verify": "checks verify", "bench": "checks bench"}


def section(facts: Facts) -> Markup:
    """Return a drawing and a table of each run that says when things began, "" where none does."""
    drawn = [(verb, bars) for verb in _TITLES if (bars := _bars(facts, verb))]
    if not drawn:
        return Markup("")
    return markup.section("timeline", "Timeline", *(_one(_TITLES[verb], bars) for verb, bars in drawn))


def _bars(facts: Facts, verb: str) -> list[Bar]:
    report = summary.of(facts, verb).report or {}
    if verb == "build":
        return [*_steps(report), *_images(report)]
    if verb == "verify":
        return [*_steps(report), *_services(report)]
    return _steps(report)


def _one(title: str, bars: Sequence[Bar]) -> Markup:
    heads = ("What", "Began after", "Took", "How")
    rows: list[Sequence[Any]] = [
        (bar.name, markup.seconds(bar.began), markup.seconds(bar.seconds), bar.said) for bar in bars
    ]
    template = '<h3>{title}</h3>\n<div class="drawing">{drawing}</div>'
    drawing = markup.html(template, title=title, drawing=plots.timeline(f"Timeline of {title}", bars))
    same = markup.details(Markup("The same as a table"), markup.table(f"Parts of {title}", heads, rows, (1, 2)))
    return markup.join([drawing, same])


def _steps(report: Report) -> list[Bar]:
    """Return the parts of a run; those of a report that does not say when they began came one after the other."""
    bars: list[Bar] = []
    for one in tables(report.get("steps")):
        before = bars[-1].began + bars[-1].seconds if bars else 0.0
        began = figure(one["began"]) if "began" in one else before
        state = text(one.get("state"))
        kind = "bad" if state in ("failed", "interrupted") else "step"
        bars.append(Bar(text(one.get("name")), max(began, 0.0), max(figure(one.get("seconds")), 0.0), kind, state))
    return bars


def _images(report: Report) -> list[Bar]:
    made = [one for one in (*tables(report.get("bases")), *tables(report.get("images"))) if "began" in one]
    ends = {text(one.get("image")): figure(one.get("began")) + figure(one.get("seconds")) for one in made}
    ends |= {
        text(image): ends[text(name)] for image, name in table(report.get("standins")).items() if text(name) in ends
    }
    first = min((figure(one.get("began")) for one in made), default=0.0)
    return [_bar(one, text(one.get("image")), _state(one), items(one.get("bases")), ends, first) for one in made]


def _state(one: Report) -> str:
    return text(one.get("state")) or text(one.get("way"))


def _services(report: Report) -> list[Bar]:
    """Return, for each container, the time from its start until it was healthy the first time."""
    found = []
    for one in tables(report.get("containers")):
        past = tables(one.get("history"))
        began = _first(past, ("started",), figure(one.get("started")))
        until = _first(past, ("healthy",), began)
        state = text(one.get("health")) or text(one.get("status"))
        found.append({**one, "began": began, "seconds": until - began, "state": state})
    ends = {text(one.get("service")): figure(one["began"]) + figure(one["seconds"]) for one in found}
    step = next((one for one in tables(report.get("steps")) if one.get("name") == "start"), {})
    since = figure(step.get("began"))
    return [
        _bar(one, f"start {text(one.get('service'))}", text(one.get("state")), items(one.get("needs")), ends, since)
        for one in sorted(found, key=lambda one: figure(one["began"]))
    ]


def _first(past: Sequence[Report], words: Collection[object], otherwise: float) -> float:
    return next((figure(one.get("at")) for one in past if one.get("what") in words), otherwise)


def _bar(one: Report, name: str, state: str, needs: Sequence[Any], ends: Report, since: float) -> Bar:
    began, took = max(figure(one.get("began")), 0.0), max(figure(one.get("seconds")), 0.0)
    waited = [str(need) for need in needs if str(need) in ends]
    kind = "bad" if state in ("failed", "not-run", "unhealthy", "exited", "dead") else "good"
    said = f"{state}, waited for {', '.join(waited)}" if waited else state
    return Bar(name, began, took, kind, said, since if waited else None)
