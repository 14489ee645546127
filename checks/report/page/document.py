"""The whole page: its head with what a browser may do, the way around, and the parts in the order of a run."""

from __future__ import annotations

import base64
import hashlib

from markupsafe import Markup

from checks.report.history import REPORTS
from checks.report.page import bench, images, lint, markup, rest, stack, summary, timeline
from checks.report.page.facts import Facts

_PARTS = (
    ("summary", "Summary", summary.section),
    ("lint", "Lint", lint.section),
    ("images", "Images", images.section),
    ("timeline", "Timeline", timeline.section),
    ("assertions", "Assertions", stack.assertions),
    ("containers", "Containers", stack.containers),
    ("bench", "Benchmark", bench.section),
    ("published", "Published", images.published),
    ("evidence", "Evidence", rest.evidence),
    ("trends", "Over time", rest.trends),
    ("files", "Files", rest.files),
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><h1>{title}</h1>
<p>{verdict} Made {made}.</p></header>
<nav aria-label="Parts of this page"><ul>{links}</ul></nav>
<main id="main">
{parts}
</main>
<footer><p>stackchecks</p></footer>
<script>{script}</script>
</body>
</html>
"""


def page(facts: Facts, style: str, script: str) -> str:
    """Return the page. `style` and `script` are ours; nothing else is styled or run, whatever a report holds."""
    parts = [(name, title, made(facts)) for name, title, made in _PARTS]
    shown = [(name, title, part) for name, title, part in parts if part]
    title = f"Checks of {facts.name}" if facts.name else "Checks"
    links = (markup.html('<li><a href="#{name}">{title}</a></li>', name=name, title=title) for name, title, _ in shown)
    made = markup.html(
        _PAGE,
        policy=policy(style, script),
        title=title,
        style=Markup(style),  # noqa: S704  the package's own
        script=Markup(script),  # noqa: S704  the package's own
        verdict=summary.text_of([summary.of(facts, verb) for verb in REPORTS]),
        made=markup.when(facts.made),
        links=markup.join(links),
        parts=markup.join(part for *_, part in shown),
    )
    return markup.encodable(str(made))


def policy(style: str, script: str) -> str:
    """Return what a browser may do with the page: nothing but this style and this script, by their hashes."""
    rules = (
        "default-src 'none'",
        f"style-src 'sha256-{_hash(style)}'",
        f"script-src 'sha256-{_hash(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
