"""Findings by file, with a form that narrows them, the tools that looked, and what was waived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markupsafe import Markup

from checks.cis.loose import items, number, table, tables, text
from checks.report.page import markup
from checks.report.page.facts import Facts, Report
from checks.report.plain import counted, plain

SHOWN = 10_000
"""Findings that the page holds; lint.json has all of them."""
OPENED = 200
"""Findings up to which all files are unfolded."""
FINE = ("ok", "absent")
"""The states of tools that did not fail."""
_SEVERITIES = ("error", "warning", "info")
_ITEM = (
    '<li data-tool="{tool}" data-severity="{severity}"><span class="at">{at}</span> <b class="{severity}">{severity}</b>'
    " <code>{rule}</code> {message} <i>{tool}</i>{also}{source}</li>"
)


def section(facts: Facts) -> Markup:
    """Return the findings, "" where there is no report of them."""
    report = facts.of("lint")
    if not report:
        return Markup("")
    found = tables(report.get("findings"))
    new = [one for one in found if one.get("status") == "new"]
    parts = [_tools(tables(report.get("tools"))), *_new(new[:SHOWN])]
    if len(new) > SHOWN:
        parts.append(markup.paragraph(f"{len(new) - SHOWN} more are in lint.json.", "note"))
    parts += [_set_aside([one for one in found if one.get("status") != "new"][:SHOWN])]
    return markup.section("lint", "Lint findings", *parts)


def _tools(tools: Sequence[Report]) -> Markup:
    rows = [
        (
            text(one.get("name")),
            text(one.get("version")) or markup.NOTHING,
            markup.badge(_state(one)),
            number(one.get("files")),
            number(one.get("cached")),
            markup.seconds(one.get("seconds")),
            text(one.get("message")),
        )
        for one in sorted(tools, key=lambda one: (one.get("state") in FINE, text(one.get("name"))))
    ]
    broken = [one for one in tools if one.get("state") not in FINE]
    heads = ("Tool", "Version", "State", "Files", "Known before", "Took", "What it said")
    said = f"{counted(len(tools), 'tool')}, {len(broken)} of them failed" if broken else counted(len(tools), "tool")
    inside = markup.table("Tools", heads, rows, (3, 4, 5))
    return markup.details(markup.html("{said}", said=said), inside, opened=bool(broken))


def _state(tool: Report) -> str:
    """Return how a tool fared: one that did not run has not passed anything."""
    state = text(tool.get("state"))
    if state == "absent":
        return "absent: nobody has to have it"
    return "not run: nothing to read" if state == "ok" and not number(tool.get("files")) else state


def _new(found: Sequence[Report]) -> Iterator[Markup]:
    if not found:
        yield markup.paragraph("No finding that counts.")
        return
    files: dict[str, list[Report]] = {}
    for one in found:
        files.setdefault(text(one.get("path")), []).append(one)
    yield _form(found)
    yield Markup('<div id="findings">')
    yield from (_file(path, group, opened=len(found) <= OPENED) for path, group in files.items())
    yield Markup("</div>")


def _form(found: Sequence[Report]) -> Markup:
    """Return the form; the script shows it, for without one it would do nothing."""
    tools = sorted({text(one.get("tool")) for one in found})
    template = (
        '<form id="filter" class="filter" hidden role="search" aria-label="Findings">\n'
        '<label>Text <input type="search" name="text" autocomplete="off"></label>\n'
        '<label>Tool <select name="tool"><option value="">all</option>{tools}</select></label>\n'
        '<label>Severity <select name="severity"><option value="">all</option>{severities}</select></label>\n'
        '<button type="button" data-unfold>Unfold all</button> <button type="button" data-fold>Fold all</button>\n'
        '<output name="count" aria-live="polite">{count}</output>\n</form>'
    )
    return markup.html(
        template, tools=_options(tools), severities=_options(_SEVERITIES), count=counted(len(found), "finding")
    )


def _options(names: Iterable[str]) -> Markup:
    return markup.join((markup.html('<option value="{name}">{name}</option>', name=name) for name in names), "")


def _file(path: str, found: Sequence[Report], *, opened: bool) -> Markup:
    counts = Counter(text(one.get("severity")) for one in found)
    said = ", ".join(counted(counts[name], name) for name in _SEVERITIES if counts[name])
    summary = markup.html('<code>{path}</code> <span class="note">{said}</span>', path=path or "(no file)", said=said)
    body = markup.html("<ol>{items}</ol>", items=markup.join(map(_item, found)))
    return markup.details(summary, body, opened=opened, kind="file")


def _item(one: Report) -> Markup:
    source = plain(text(one.get("source")), 400)
    also = [str(name) for name in items(one.get("also"))]
    severity = text(one.get("severity"))
    return markup.html(
        _ITEM,
        tool=text(one.get("tool")),
        severity=severity if severity in _SEVERITIES else "error",
        at=_place(one),
        rule=markup.link(text(one.get("url")), text(one.get("rule"))),
        message=text(one.get("message")),
        also=f", also {', '.join(also)}" if also else "",
        source=markup.html("<pre>{source}</pre>", source=source) if source.strip() else "",
    )


def _place(one: Report) -> str:
    line, column = number(one.get("line")), number(one.get("column"))
    return f"{line}:{column}" if line and column else str(line or markup.NOTHING)


def _set_aside(found: Sequence[Report]) -> Markup:
    """Return what is waived or in the baseline: it is there, and somebody answers for it."""
    if not found:
        return Markup("")
    heads = ("Place", "Rule", "Finding", "Why it does not count", "Owner", "Until")
    rows = [_waived(one) for one in found]
    waived = sum(one.get("status") == "waived" for one in found)
    numbers = {"waived": waived, "in the baseline": len(found) - waived}
    said = ", ".join(f"{count} {word}" for word, count in numbers.items() if count)
    return markup.details(markup.html("{said}", said=said), markup.table("Set aside", heads, rows))


def _waived(one: Report) -> Sequence[Any]:
    waiver = table(one.get("waiver"))
    why = "in the baseline" if one.get("status") == "baseline" else text(waiver.get("reason")) or "waived"
    return (
        f"{text(one.get('path'))}:{_place(one)}",
        f"{text(one.get('tool'))} {text(one.get('rule'))}",
        text(one.get("message")),
        why,
        text(waiver.get("owner")) or markup.NOTHING,
        text(waiver.get("until")) or markup.NOTHING,
    )
