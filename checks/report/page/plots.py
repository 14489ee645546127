"""Drawings: bars along a time, parts of a whole, and lines over runs. Inline SVG without styles, since none is allowed.

Colours come from the page's stylesheet by class; numbers are rounded so that a page does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from checks.report.page import markup

WIDTH = 900
_LABEL = 220
_ROW = 24
_PAD = 4


@dataclass(frozen=True)
class Bar:
    """What took a time: its name, when it began and how long it took, in seconds; `kind` is step, good, bad or wait.

    `waits` is what it waited for, in words, and since when it did, in seconds.
    """

    name: str
    began: float
    seconds: float
    kind: str = "step"
    said: str = ""
    waited_since: float | None = None


def timeline(title: str, bars: Sequence[Bar]) -> Markup:
    """Return bars below each other along one time, which begins with the run."""
    end = max((bar.began + bar.seconds for bar in bars), default=0.0) or 1.0
    height = _ROW * (len(bars) + 1) + _PAD
    scale = (WIDTH - _LABEL - 70) / end
    rows = markup.join(_bar(bar, at, scale) for at, bar in enumerate(bars))
    ticks = markup.join(_tick(end * part / 4, scale, height) for part in range(5))
    template = (
        '<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">\n{ticks}\n{rows}\n</svg>'
    )
    return markup.html(template, width=WIDTH, height=height, title=title, ticks=ticks, rows=rows)


def _bar(bar: Bar, at: int, scale: float) -> Markup:
    top, left, long = at * _ROW + _PAD, _LABEL + bar.began * scale, max(bar.seconds * scale, 1.5)
    waited = Markup("")
    if bar.waited_since is not None and bar.began > bar.waited_since:
        waited = markup.html(
            '<rect class="wait" x="{x}" y="{y}" width="{w}" height="6"/>',
            x=_short(_LABEL + bar.waited_since * scale),
            y=top + 6,
            w=_short((bar.began - bar.waited_since) * scale),
        )
    template = (
        '<g><title>{name}: {said}</title><text class="label" x="0" y="{base}">{label}</text>{waited}'
        '<rect class="{kind}" x="{x}" y="{y}" width="{w}" height="18" rx="2"/>'
        '<text class="value" x="{end}" y="{base}">{took}</text></g>'
    )
    return markup.html(
        template,
        name=bar.name,
        said=bar.said or markup.seconds(bar.seconds),
        label=_cut(bar.name, 32),
        waited=waited,
        kind=bar.kind,
        x=_short(left),
        y=top,
        w=_short(long),
        end=_short(left + long + 4),
        base=top + 13,
        took=markup.seconds(bar.seconds),
    )


def _tick(at: float, scale: float, height: int) -> Markup:
    template = (
        '<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/><text class="value" x="{x}" y="{base}">{at}</text>'
    )
    x = _short(_LABEL + at * scale)
    return markup.html(template, x=x, bottom=height - _ROW + 6, base=height - 6, at=f"{at:.3g} s")


def parts(title: str, sizes: Sequence[float]) -> Markup:
    """Return one bar that is made of parts, in their order."""
    whole = sum(sizes) or 1.0
    pieces, left = [], 0.0
    for at, one in enumerate(sizes):
        long = one / whole * WIDTH
        template = '<rect class="part{tone}" x="{x}" y="0" width="{w}" height="16"/>'
        pieces.append(markup.html(template, tone=at % 2, x=_short(left), w=_short(long)))
        left += long
    template = (
        '<svg class="plot parts" viewBox="0 0 {width} 16" role="img" aria-label="{title}" preserveAspectRatio="none">'
        "{body}</svg>"
    )
    return markup.html(template, width=WIDTH, title=title, body=markup.join(pieces, ""))


def trend(title: str, values: Sequence[float], good: Sequence[bool] = ()) -> Markup:
    """Return a line over runs, the oldest left, from the least to the greatest value; runs that did not pass are marked."""
    width, height = 240, 40
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (width - 12) / max(len(values) - 1, 1)
    points = [
        (_short(6 + at * step), _short(height - 6 - (value - low) / span * (height - 12) if high > low else height / 2))
        for at, value in enumerate(values)
    ]
    marked = [point for point, passed in zip(points, good, strict=False) if not passed]
    template = (
        '<svg class="plot trend" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">'
        '<polyline class="line" points="{line}"/>{marks}<circle class="now" cx="{x}" cy="{y}" r="3"/></svg>'
    )
    cross = '<rect class="bad" x="{x}" y="{y}" width="6" height="6"/>'
    return markup.html(
        template,
        width=width,
        height=height,
        title=title,
        line=Markup(" ").join(f"{x},{y}" for x, y in points),
        marks=markup.join((markup.html(cross, x=_short(x - 3), y=_short(y - 3)) for x, y in marked), ""),
        x=points[-1][0],
        y=points[-1][1],
    )


def _short(value: float) -> float:
    return round(value, 1)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
