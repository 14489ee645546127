"""Images: how each was had, its size, its growth since last time, and the layers that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from checks.cis.loose import items, table, tables, text
from checks.report.history import figure
from checks.report.page import markup, plots, summary
from checks.report.page.facts import Facts, Report
from checks.report.plain import counted


def section(facts: Facts) -> Markup:
    """Return what the last build made, "" where there is no report of one."""
    report = facts.of("build")
    if not report:
        return Markup("")
    before = table((summary.of(facts, "build").before or {}).get("images"))
    built, bases = tables(report.get("images")), tables(report.get("bases"))
    heads = ("Image", "State", "Size", "Since last time", "Took", "Stands on", "Bill of materials")
    rows = [_row(one, before, report) for one in built]
    parts = [markup.table("Images that are built", heads, rows, (2, 3, 4))]
    failed = [one for one in built if one.get("message")]
    parts += [_failure(one, facts) for one in failed]
    if bases:
        columns = ("Image", "Way", "Size", "Took", "From")
        parts.append(markup.table("Images that they stand on", columns, map(_base, bases), (2, 3)))
    parts += [_layers(one) for one in (*built, *bases) if tables(one.get("layers"))]
    return markup.section("images", "Images", *parts)


def _row(one: Report, before: Report, report: Report) -> Sequence[Any]:
    standins = {text(name): image for image, name in table(report.get("standins")).items()}
    name = text(one.get("image"))
    state = markup.badge(text(one.get("state")))
    note = f"in place of {standins[name]}" if name in standins else ""
    return (
        name,
        markup.html("{state} {note}", state=state, note=note),
        markup.size(one.get("size")),
        growth(figure(one.get("size")), figure(before.get(name))),
        markup.seconds(one.get("seconds")),
        ", ".join(map(str, items(one.get("bases")))) or markup.NOTHING,
        _materials(text(one.get("service")), report),
    )


def growth(now: float, before: float) -> str:
    """Return by how much an image grew, in words, a dash where there is nothing to compare."""
    if now <= 0 or before <= 0:
        return markup.NOTHING
    if now == before:
        return "same"
    sign = "+" if now > before else "\N{MINUS SIGN}"
    return f"{sign}{markup.size(abs(now - before))} ({sign}{abs(now - before) / before:.1%})"


def _materials(service: str, report: Report) -> str | Markup:
    for entry in tables(report.get("sbom")):
        if text(entry.get("service")) == service.removeprefix("standin-"):
            if "error" in entry:
                return text(entry.get("error"))
            count = int(figure(entry.get("components")))
            return counted(count, "component") if count else "made"
    return markup.NOTHING


def _failure(one: Report, facts: Facts) -> Markup:
    summary = markup.html("{image}: {state}", image=text(one.get("image")), state=text(one.get("state")))
    body = markup.html("<pre>{said}</pre>", said=markup.lines(text(one.get("message"))))
    log = f"build/{text(one.get('service'))}.log"
    if log in facts.files:
        body += markup.html('<p>The whole output: <a href="{log}">{log}</a></p>', log=log)
    return markup.details(summary, body, opened=True, kind="failure")


def _base(one: Report) -> Sequence[Any]:
    return (
        text(one.get("image")),
        markup.html('<span class="badge none">{way}</span>', way=text(one.get("way"))),
        markup.size(one.get("size")),
        markup.seconds(one.get("seconds")),
        text(one.get("detail")),
    )


def _layers(one: Report) -> Markup:
    layers = tables(one.get("layers"))
    sizes = [max(figure(layer.get("size")), 0.0) for layer in layers]
    name, whole = text(one.get("image")), sum(sizes)
    said = f"{counted(sum(size > 0 for size in sizes), 'layer')} with files, {markup.size(whole)}"
    summary = markup.html('Layers of <code>{name}</code> <span class="note">{said}</span>', name=name, said=said)
    rows = [
        (
            at,
            markup.size(size),
            f"{size / whole:.0%}" if whole and size else markup.NOTHING,
            text(layer.get("created_by")),
        )
        for at, (layer, size) in enumerate(zip(layers, sizes, strict=True), 1)
    ]
    inside = markup.table(f"Layers of {name}, the oldest first", ("Layer", "Size", "Part", "Made by"), rows, (0, 1, 2))
    bar = plots.parts(f"Layers of {name} by size", [size for size in sizes if size])
    return markup.details(summary, markup.join([bar, inside]))


def published(facts: Facts) -> Markup:
    """Return what was published, "" where there is no report of that."""
    report = facts.of("publish")
    if not report:
        return Markup("")
    heads = ("Name", "Tag", "State", "Digest", "Took", "Why")
    return markup.section("published", "Published", markup.table("Images", heads, _published(report), (4,)))


def _published(report: Report) -> Iterator[Sequence[Any]]:
    done = tables(report.get("images"))
    for one in done:
        yield (
            text(one.get("name")),
            text(one.get("tag")),
            markup.badge(text(one.get("state"))),
            text(one.get("digest")) or markup.NOTHING,
            markup.seconds(one.get("seconds")),
            text(one.get("message")),
        )
    for image in items(report.get("wanted")):
        if image not in [one.get("image") for one in done]:
            yield (str(image), markup.NOTHING, markup.badge(summary.NOT_RUN), markup.NOTHING, markup.NOTHING, "")
