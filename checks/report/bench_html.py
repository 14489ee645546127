"""The benchmark as one page that needs nothing else: by host and section, with offenders and remedies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape

from checks.cis import catalogue
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Verdict
from checks.report import benchwords

_OPEN = (Verdict.FAIL, Verdict.UNKNOWN)
_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
details, .check { border-bottom: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; }
.verdict { display: inline-block; min-width: 8.5rem; font-size: .8rem; font-weight: 600; letter-spacing: .03em; }
.PASS { color: #1a7f37; } .FAIL { color: #cf222e; } .UNKNOWN { color: #8250df; } .WAIVED { color: #9a6700; }
.MANUAL { color: #0969da; } .NOT_APPLICABLE { color: #6e7781; }
@media (prefers-color-scheme: dark) {
  .PASS { color: #3fb950; } .FAIL { color: #ff7b72; } .UNKNOWN { color: #d2a8ff; } .WAIVED { color: #d29922; }
  .MANUAL { color: #79c0ff; } .NOT_APPLICABLE { color: #8b949e; }
}
.id { display: inline-block; min-width: 4rem; font-variant-numeric: tabular-nums; }
.remedy { white-space: pre-line; } li, .remedy, code { overflow-wrap: anywhere; }
.failed { color: #cf222e; font-weight: 600; }
"""


def bench(result: Bench) -> str:
    """Return the page."""
    title = f"CIS Docker Benchmark {result.benchmark}"
    notes = [
        f'<p class="{"failed" if fails else "WAIVED"}">{escape(said)}</p>'
        for fails, said in benchwords.of_waivers(result)
    ]
    low = [f'<p class="failed">{escape(benchwords.too_low(host, result.fail_under))}</p>' for host in result.below]
    body = [f"<h1>{title}</h1>", f"<p>{escape(result.start)}</p>", *notes, *low]
    body += [line for host in result.hosts for line in _host(host)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head>',
            head,
            f"<style>{_STYLE}</style></head><body>",
            *body,
            "</body></html>",
            "",
        ]
    )


def _host(host: HostResult) -> Iterator[str]:
    yield f"<h2>{escape(host.target)}</h2>"
    if host.error:
        yield f'<p class="failed">{escape(host.error)}</p>'
        return
    about = f"Docker {host.engine.get('version', '?')}, looked at {host.collected}"
    yield f"<p>{escape(about)}<br>{escape(benchwords.summary(host))}<br>{escape(benchwords.score(host))}</p>"
    if host.vanished:
        yield f"<p>Changed while it was looked at: {escape(', '.join(host.vanished))}</p>"
    for section, group in itertools.groupby(host.judgements, key=lambda one: one.section):
        yield f"<h3>{section} {escape(catalogue.SECTIONS[section])}</h3>"
        yield from (_check(one, one.id in host.known) for one in group)


def _check(one: Judgement, known: bool) -> str:
    note = " (in the baseline)" if known else ""
    head = (
        f'<span class="verdict {one.verdict}">{str(one.verdict).replace("_", " ")}</span>'
        f'<span class="id">{escape(one.id)}</span> {escape(one.title)}{note}'
    )
    if one.verdict is Verdict.PASS:
        return f'<div class="check" title="{escape(one.evidence)}">{head}</div>'
    inside = [f"<p>{escape(one.evidence)}</p>"] if one.evidence else []
    offenders = "".join(f"<li>{escape(benchwords.offender(offender))}</li>" for offender in one.offenders)
    inside += [f"<ul>{offenders}</ul>"] if offenders else []
    if one.verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.MANUAL):
        inside.append(f'<p class="remedy">{escape(one.remedy)}</p>')
    opened = " open" if one.verdict in _OPEN and not known else ""
    return f"<details{opened}><summary>{head}</summary>{''.join(inside)}</details>"
