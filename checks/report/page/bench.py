"""The CIS benchmark by host and section: verdicts, who offends with what value, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from checks.cis import catalogue
from checks.cis.loose import table, tables, text, texts
from checks.report.history import figure
from checks.report.page import markup
from checks.report.page.facts import Facts, Report
from checks.report.plain import counted

ORDER = ("FAIL", "UNKNOWN", "WAIVED", "MANUAL", "NOT_APPLICABLE", "PASS")
_WORDS = {"NOT_APPLICABLE": "not applicable"}
OFFENDERS = 200
"""Offenders of one check that the page shows; bench.json has all of them."""


def section(facts: Facts) -> Markup:
    """Return the judgements, "" where there is no report of them."""
    report = facts.of("bench")
    if not report:
        return Markup("")
    parts = [markup.paragraph(said, "note") for said in texts(report.get("notices"))]
    hosts = tables(report.get("hosts")) or [{"host": report.get("host")}]
    judged = tables(report.get("judgements"))
    for host in hosts:
        mine = [one for one in judged if one.get("host") == host.get("host") or len(hosts) == 1]
        parts += _host(host, mine)
    title = f"CIS Docker Benchmark {text(report.get('benchmark'))}".strip()
    return markup.section("bench", title, *parts)


def _host(host: Report, judged: Sequence[Report]) -> Iterator[Markup]:
    yield markup.html("<h3>{name}</h3>", name=text(host.get("host")) or "host")
    if error := text(host.get("error")):
        yield markup.html("<p>{badge} {error}</p>", badge=markup.badge("failed"), error=error)
        return
    said = f"score {figure(host.get('score')):g} over {figure(host.get('scored')):g} scored of {counted(len(judged), 'check')}"
    yield markup.paragraph(said, "verdict")
    sections = list(dict.fromkeys(text(one.get("section")) for one in judged))
    groups = {name: [one for one in judged if text(one.get("section")) == name] for name in sections}
    heads = ("Section", *(_word(name) for name in ORDER))
    rows = [(_title(name), *(_count(group, verdict) for verdict in ORDER)) for name, group in groups.items()]
    yield markup.table("Verdicts by section", heads, rows, range(1, len(heads)))
    for name, group in groups.items():
        yield markup.html("<h4>{title}</h4>", title=_title(name))
        yield from (_check(one) for one in sorted(group, key=_rank))


def _title(name: str) -> str:
    return f"{name} {catalogue.SECTIONS.get(name, '')}".strip()


def _word(verdict: str) -> str:
    return _WORDS.get(verdict, verdict.lower())


def _rank(one: Report) -> int:
    """Put what fails before what could not be judged, and that before all else; a section keeps its order otherwise."""
    return min(ORDER.index(text(one.get("verdict"))) if text(one.get("verdict")) in ORDER else 0, 2)


def _count(group: Sequence[Report], verdict: str) -> int:
    return Counter(text(one.get("verdict")) for one in group)[verdict]


def _check(one: Report) -> Markup:
    verdict = text(one.get("verdict"))
    known = verdict if verdict in ORDER else "UNKNOWN"
    note = " (in the baseline)" if one.get("baseline") is True else ""
    head = markup.html(
        '<span class="badge {verdict}">{word}</span> <span class="id">{id}</span> {title}{note}',
        verdict=known,
        word=_word(verdict) or "not known",
        id=text(one.get("id")),
        title=text(one.get("title")),
        note=note,
    )
    parts = [markup.paragraph(text(one.get("evidence")))] if text(one.get("evidence")) else []
    parts += [_waiver(table(one.get("waiver")))] if one.get("waiver") else []
    parts += [_offenders(tables(one.get("offenders")))] if tables(one.get("offenders")) else []
    if known in ("FAIL", "WAIVED", "MANUAL", "UNKNOWN") and text(one.get("remedy")):
        remedy = markup.lines(text(one.get("remedy")))
        parts.append(markup.html('<p class="remedy"><b>What to do</b> {remedy}</p>', remedy=remedy))
    if not parts:
        return markup.html('<p class="check">{head}</p>', head=head)
    return markup.details(head, markup.join(parts), opened=known == "FAIL" and not note)


def _waiver(one: Report) -> Markup:
    by = f" by {text(one.get('owner'))}" if one.get("owner") else ""
    until = f" until {text(one.get('until'))}" if one.get("until") else ""
    return markup.paragraph(f"waived{by}{until}: {text(one.get('reason'))}", "note")


def _offenders(found: Sequence[Report]) -> Markup:
    rows = [
        (
            text(one.get("name")),
            text(one.get("kind")),
            text(one.get("value")),
            text(table(one.get("waiver")).get("reason")),
        )
        for one in found[:OFFENDERS]
    ]
    more = f", the first {OFFENDERS} of {len(found)}" if len(found) > OFFENDERS else ""
    return markup.table(f"Offenders{more}", ("Name", "Kind", "Value", "Waived because"), rows)
