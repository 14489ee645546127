"""HTML in small pieces. What comes from a report is a value of a template, and escaped by that: MarkupSafe does it.

Jinja2 would do it too, and take as long to import as the rest of `checks lint` does to begin.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from checks.report.history import figure
from checks.report.plain import plain, plain_lines

NOTHING = "\N{EN DASH}"
_GOOD = frozenset({"passed", "built", "unchanged", "ok", "pushed", "already-there", "healthy", "ended"})
_BAD = frozenset(
    {"failed", "interrupted", "killed", "unreadable", "crashed", "timeout", "missing", "unhealthy", "refused", "error"}
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def html(template: str, **values: Any) -> Markup:
    """Return a template with values in it, escaped where they are no markup; texts lose what nobody should obey."""
    # Markup's own format does the same in Python: a page of 5,000 findings takes 0.38 s with it, and so 0.23 s.
    return Markup(template.format(**{name: _escaped(value) for name, value in values.items()}))  # noqa: S704  ours


def _escaped(value: Any) -> Markup:
    return escape(plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value)


def lines(text: str) -> Markup:
    """Return a text of several lines, each as it may be shown."""
    return escape(plain_lines(text))


def join(parts: Iterable[Markup], between: str = "\n") -> Markup:
    """Return several pieces as one."""
    return Markup(between).join(parts)  # noqa: S704  no caller takes it from a report


def section(name: str, title: str, *parts: Markup) -> Markup:
    """Return a part of the page with its heading, to which links lead by name."""
    template = (
        '<section id="{name}" aria-labelledby="{name}-title">\n<h2 id="{name}-title">{title}</h2>\n{body}\n</section>'
    )
    return html(template, name=name, title=title, body=join(parts))


def paragraph(text: str, kind: str = "") -> Markup:
    """Return a paragraph."""
    return html('<p class="{kind}">{text}</p>', kind=kind, text=text) if kind else html("<p>{text}</p>", text=text)


def details(summary: Markup, body: Markup, *, opened: bool = False, kind: str = "") -> Markup:
    """Return what is folded away below its summary."""
    template = '<details class="{kind}"{opened}><summary>{summary}</summary>\n{body}\n</details>'
    return html(template, kind=kind, opened=Markup(" open") if opened else "", summary=summary, body=body)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], figures: Iterable[int] = ()) -> Markup:
    """Return a table whose first column names the row; `figures` are the columns that hold numbers.

    It scrolls by itself where it is wider than the page, also by keyboard.
    """
    right = frozenset(figures)
    top = join(
        (
            html('<th scope="col"{kind}>{head}</th>', head=head, kind=_kind(at in right))
            for at, head in enumerate(heads)
        ),
        "",
    )
    body = join(html("<tr>{cells}</tr>", cells=join(_cells(row, right), "")) for row in rows)
    template = (
        '<div class="wide" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>\n'
        "<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )
    return html(template, caption=caption, top=top, body=body)


def _cells(row: Sequence[Any], right: frozenset[int]) -> Iterable[Markup]:
    for at, value in enumerate(row):
        template = "<td{kind}>{value}</td>" if at else '<th scope="row"{kind}>{value}</th>'
        yield html(template, kind=_kind(at in right), value=value)


def _kind(right: bool) -> Markup:
    return Markup(' class="figure"') if right else Markup("")


def badge(state: str) -> Markup:
    """Return a state in its colour; whoever sees no colours reads the word."""
    kind = "good" if state in _GOOD else "bad" if state in _BAD else "none"
    return html('<span class="badge {kind}">{state}</span>', kind=kind, state=state.replace("-", " ") or "not known")


def link(url: str, text: str) -> Markup:
    """Return a link where an address is one of the web's, else the text: nothing else is followed by a click."""
    try:
        sound = urlsplit(url).scheme in ("http", "https") and url.isprintable()
    except ValueError:
        sound = False
    return (
        html('<a href="{url}" rel="noreferrer">{text}</a>', url=url, text=text) if sound else html("{text}", text=text)
    )


def seconds(value: object) -> str:
    """Return a duration in words, a dash for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING
    whole = figure(value)
    return f"{whole:.1f} s" if whole < 100 else f"{int(whole // 60)} min {int(whole % 60)} s"


def size(value: object) -> str:
    """Return bytes in words, a dash for none."""
    found = figure(value)
    if found <= 0:
        return NOTHING
    return f"{found / 1e6:,.1f} MB" if found >= 1e5 else f"{found / 1e3:,.1f} kB"


def when(stamp: object) -> Markup:
    """Return a time as a person reads it, in UTC; what is no time as it is."""
    try:
        found = datetime.datetime.fromisoformat(str(stamp))
        shown = (found.astimezone(datetime.UTC) if found.tzinfo else found).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):
        return html("{stamp}", stamp=str(stamp or NOTHING))
    return html('<time datetime="{stamp}">{shown}</time>', stamp=str(stamp), shown=shown)


def encodable(page: str) -> str:
    """Return a page that UTF-8 can hold, whatever has come into it."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", page)
