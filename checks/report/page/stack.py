"""The stack that was verified: what held and what did not, and its containers with ports, limits and health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from checks.cis.loose import items, table, tables, text
from checks.report.history import figure
from checks.report.page import markup, summary
from checks.report.page.facts import Facts, Report


def assertions(facts: Facts) -> Markup:
    """Return what the assertions came to, "" where neither a report nor pytest's own file says anything."""
    report = summary.of(facts, "verify").report or {}
    known = report if report.get("tests") else facts.tests
    counts = table(known.get("tests"))
    if not report and not counts:
        return Markup("")
    said = ", ".join(f"{figure(count):g} {name}" for name, count in counts.items()) or "no assertion ran"
    parts = [markup.paragraph(said, "verdict"), *map(_failure, tables(known.get("failures")))]
    if message := text(report.get("message")):
        parts.insert(1, markup.paragraph(message, "note"))
    slow = [(text(one.get("test")), markup.seconds(one.get("seconds"))) for one in tables(known.get("slowest"))]
    if slow:
        inside = markup.table("The slowest assertions", ("Test", "Took"), slow, (1,))
        parts.append(markup.details(Markup("The slowest assertions"), inside))
    return markup.section("assertions", "Assertions", *parts, *_figures(report))


def _failure(one: Report) -> Markup:
    said = text(one.get("text")) or text(one.get("message"))
    head = markup.html(
        '{badge} <code>{test}</code> <span class="note">{message}</span>',
        badge=markup.badge("failed"),
        test=text(one.get("test")),
        message=text(one.get("message")).partition("\n")[0],
    )
    return markup.details(head, markup.html("<pre>{said}</pre>", said=markup.lines(said)), opened=True, kind="failure")


def _figures(report: Report) -> Iterator[Markup]:
    """Yield what assertions measured: figures by service, as they noted them."""
    names = [name for name, found in report.items() if name.startswith(("seconds_to_", "memory_")) and table(found)]
    services = sorted({str(key) for name in names for key in table(report[name])})
    if names and services:
        heads = ("Service", *(name.replace("_", " ") for name in names))
        rows = [(one, *(_figure(table(report[name]).get(one)) for name in names)) for one in services]
        inside = markup.table("Measured by the assertions", heads, rows, range(1, len(heads)))
        yield markup.details(Markup("Measured by the assertions"), inside)


def _figure(value: object) -> str:
    return f"{figure(value):g}" if value is not None else markup.NOTHING


def containers(facts: Facts) -> Markup:
    """Return the containers of the last run, "" where its report has none."""
    found = tables((summary.of(facts, "verify").report or {}).get("containers"))
    if not found:
        return Markup("")
    heads = ("Service", "Image", "State", "Health", "Ports", "Memory", "Cores", "Processes", "User", "Restarts")
    overview = markup.table("Containers when the assertions were over", heads, map(_row, found), (5, 6, 7, 9))
    return markup.section("containers", "Containers", overview, *map(_details, found))


def _row(one: Report) -> Sequence[Any]:
    limits = table(one.get("limits"))
    memory, cores, processes = (figure(limits.get(name)) for name in ("memory", "cpus", "pids"))
    return (
        text(one.get("service")),
        text(one.get("image")),
        _status(one),
        markup.badge(text(one.get("health")) or "no check"),
        "; ".join(_ports(one)) or "none",
        markup.size(memory) if memory else "no limit",
        f"{cores:g}" if cores else "no limit",
        f"{processes:g}" if processes > 0 else "no limit",
        text(one.get("user")) or "root",
        f"{figure(one.get('restarts')):g}",
    )


def _status(one: Report) -> str:
    status = text(one.get("status"))
    words = [f"{status} ({figure(one.get('exit_code')):g})" if status in ("exited", "dead") else status]
    return ", ".join([*words, *(["out of memory"] if one.get("oom_killed") is True else [])])


def _ports(one: Report) -> Iterator[str]:
    for port in tables(one.get("ports")):
        places = ", ".join(map(str, items(port.get("published"))))
        yield f"{text(port.get('port'))} at {places}" if places else f"{text(port.get('port'))} not published"


def _details(one: Report) -> Markup:
    limits, service = table(one.get("limits")), text(one.get("service"))
    words = {
        "Networks": ", ".join(map(str, items(one.get("networks")))),
        "Waits for": ", ".join(map(str, items(one.get("needs")))),
        "File system": "read-only" if limits.get("read_only") is True else "writable",
        "Capabilities": _capabilities(limits),
        "Privileged": "yes" if limits.get("privileged") is True else "no",
    }
    template = "<div><dt>{name}</dt><dd>{value}</dd></div>"
    terms = (markup.html(template, name=name, value=value or markup.NOTHING) for name, value in words.items())
    parts = [markup.html("<dl>{terms}</dl>", terms=markup.join(terms))]
    past = [(markup.seconds(event.get("at")), text(event.get("what"))) for event in tables(one.get("history"))]
    if past:
        parts.append(markup.table(f"History of {service}", ("In the run after", "What"), past, (0,)))
    checks = [_check(check) for check in tables(one.get("health_log"))]
    if checks:
        heads = ("In the run after", "Exit code", "Took", "What it printed")
        parts.append(markup.table(f"Last health checks of {service}", heads, checks, (0, 1, 2)))
    return markup.details(markup.html("<code>{name}</code>", name=service), markup.join(parts))


def _capabilities(limits: Mapping[str, Any]) -> str:
    given = [f"{sign}{name}" for sign, key in (("-", "cap_drop"), ("+", "cap_add")) for name in items(limits.get(key))]
    return " ".join(given) or "the engine's own"


def _check(one: Report) -> Sequence[Any]:
    code = one.get("exit")
    return (
        markup.seconds(one.get("at")),
        f"{figure(code):g}" if code is not None else markup.NOTHING,
        markup.seconds(one.get("seconds")),
        text(one.get("output")),
    )
