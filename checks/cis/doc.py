"""docs/cis.md, made of the registry: every check, what it reads, how it decides, how to fix it, where it differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checks.cis import catalogue
from checks.cis.check import Check

_HEAD = """\
# The CIS Docker Benchmark

<!-- Made by `nox -s docs` of what checks/cis declares. Do not edit it here. -->

`checks bench` judges a host, its engine, images and containers by the CIS Docker Benchmark: {count} checks of edition 1.8, or
with `--benchmark 1.6` those of 1.6. It reads everything once, in one look, changes nothing, and judges what it has read.

| verdict | meaning |
| --- | --- |
| `PASS` | it is as the benchmark wants it |
| `FAIL` | it is not; the offenders are named with their values |
| `WAIVED` | it is not, and somebody says that it may be so, with a reason |
| `MANUAL` | the benchmark wants a person to judge; what to look at is said |
| `NOT_APPLICABLE` | the question does not arise here, and why |
| `UNKNOWN` | it could not be read, and why: never a pass |

The exit code is 1 when a check fails that is not waived, when a waiver has expired, or when the score is below `--fail-under`.
What is `UNKNOWN` is shown and does not fail the run unless `--strict` is given: what somebody without root, or an engine's API
alone, cannot know must not hide what they can. 3 says that there is no engine to look at; none is ever started.

The score is docker-bench-security's: a point for each scored check that passes, one less for each that fails. A waived check
counts as failed. Unlike there, what does not apply counts as nothing, and the report says over how many checks the score is.

Where a verdict can differ from docker-bench-security's (1.6.0) on the same host, a line below the check says so and why:
`deviation: <1.6 id>: <reason>`. There are {deviations} such checks.
{figures}
"""


def page(checks: Iterable[Check], figures: Mapping[str, str] | None = None) -> str:
    """Return the page; `figures` are measured numbers to name: what → how much."""
    every = list(checks)
    deviations = sum(bool(one.deviation) for one in every)
    said = "".join(f"\n{name}: {value}\n" for name, value in (figures or {}).items())
    head = _HEAD.format(count=len(every), deviations=deviations, figures=said)
    return "\n".join([head.rstrip() + "\n", *(line for part in _sections(every) for line in part)])


def _sections(checks: list[Check]) -> Iterator[Iterable[str]]:
    for number, name in catalogue.SECTIONS.items():
        some = [one for one in checks if one.section == number]
        if some:
            yield (f"## {number} {name}", "")
            yield from map(_check, some)


def _check(one: Check) -> Iterator[str]:
    old = one.id_in("1.6")
    about = [
        "manual" if one.manual else "automated",
        "scored by docker-bench-security" if one.scored else "not scored",
        "new in 1.8" if old is None else f"{old} in 1.6",
    ]
    yield f"### {one.id} {one.title}"
    yield ""
    yield f"{', '.join(about)}"
    yield ""
    yield f"- reads: {one.reads}"
    yield f"- decides: {one.decides}"
    yield f"- fix: {' '.join(one.remedy.split())}"
    yield ""
    if line := _deviation(one):
        yield line
        yield ""


def _deviation(one: Check) -> str:
    return f"deviation: {one.id_in('1.6')}: {one.deviation}" if one.deviation else ""
