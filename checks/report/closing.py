"""What a run of `checks build` or `verify` came to, for the end of the terminal: one screen, and the last run beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.report.plain import counted, plain

GOOD = ("built", "unchanged")
SHOWN = 6
"""Failures that are shown: with all the rest they still fit on one screen of 24 lines."""
GROWN = 0.05
"""The part of its size by which an image must have grown for that to be worth a line."""
_NAME = 12
_LARGE = 1e15
_SECONDS = 9

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """What a part of the run came to: `seconds` of it, None where that is not known; `last` is what it was last time."""

    ok: bool
    name: str
    text: str
    seconds: float | None = None
    last: str = ""


@dataclass(frozen=True)
class Failure:
    """What did not hold, why, and what to do."""

    what: str
    why: str
    advice: str = ""


def summary(
    verb: str,
    reports: Sequence[Report],
    code: int,
    *,
    name: str = "integration",
    width: int | None = None,
    colour: bool = False,
) -> str:
    """Return the lines. `reports` are the verb's own, its own of last time and, for verify, build's of the same run.

    A report that there is none of is {}. `name` is what they are called; `width` is the terminal's, None for lines as long
    as they are.
    """
    now, before, build = (*reports, {}, {})[:3]
    rows = [*_rows(build if verb == "verify" else now, before), *(_started(now, before) if verb == "verify" else ())]
    failed = list(_failures(verb, now, build, name))
    lines = [_headline(verb, code), *(_shown(row) for row in rows)]
    for failure in failed[:SHOWN]:
        lines += [f"    ✗ {failure.what}", f"      {failure.why}"] if failure.why else [f"    ✗ {failure.what}"]
        lines += [f"      → {failure.advice}"] if failure.advice else []
    if len(failed) > SHOWN:
        lines.append(f"    and {len(failed) - SHOWN} more, in reports/junit/ and reports/evidence/")
    lines.append(_end(now, before))
    return "".join(f"{_painted(_cut(line, width), colour)}\n" for line in lines)


def _headline(verb: str, code: int) -> str:
    how = {0: "passed", 130: "interrupted"}.get(code, f"failed (exit code {code})")
    return f"── checks {verb}: {how}"


def _shown(row: Row) -> str:
    took = "" if row.seconds is None else f"{row.seconds:.1f} s"
    last = f"   last time {row.last}" if row.last else ""
    return f"  {'✓' if row.ok else '✗'} {row.name:{_NAME}}{row.text:44} {took:>{_SECONDS}}{last}".rstrip()


def _end(now: Report, before: Report) -> str:
    said = f"  {_number(now, 'seconds'):.1f} s in all"
    if not before:
        return f"{said}; there is no earlier run to compare with"
    how = "passed" if before.get("ok") is True else "failed"
    return f"{said}; last time {how} in {_number(before, 'seconds'):.1f} s"


def _rows(build: Report, before: Report) -> Iterator[Row]:
    images = _tables(build, "images")
    if not images:
        return
    states = Counter(str(image.get("state")) for image in images)
    text = ", ".join(f"{count} {state.replace('-', ' ')}" for state, count in states.items())
    last = f"{_number(before, 'seconds'):.1f} s" if _tables(before, "images") else ""
    yield Row(all(state in GOOD for state in states), "images", text, _number(build, "seconds"), last)
    grown = ", ".join(_grown(images, _tables(before, "images")))
    if grown:
        yield Row(True, "", f"larger than last time: {grown}")


def _grown(images: Sequence[Report], before: Sequence[Report]) -> Iterator[str]:
    sizes = {str(image.get("image")): _number(image, "size") for image in before}
    for image in images:
        old, new = sizes.get(str(image.get("image")), 0.0), _number(image, "size")
        if old > 0 and new > old * (1 + GROWN):
            yield f"{plain(str(image.get('image')))} by {(new - old) / 1e6:.1f} MB"


def _started(now: Report, before: Report) -> Iterator[Row]:
    ready, last = _ready(now), _ready(before)
    if ready:
        slowest = max(ready, key=lambda name: ready[name])
        text = f"{counted(len(ready), 'service')} ready, {plain(slowest)} last"
        yield Row(True, "start", text, ready[slowest], f"{max(last.values()):.1f} s" if last else "")
    elif now and now.get("ok") is not True:
        yield Row(False, "start", "not started")
    tests = _said(now)
    if tests or now.get("assertions"):
        found = now.get("assertions")
        ran = found if isinstance(found, Mapping) else {}
        ok, seconds = bool(tests) and ran.get("exit") == 0, _number(ran, "seconds") if ran else None
        yield Row(ok, "assertions", tests or "pytest said nothing", seconds, _said(before))


def _said(report: Report) -> str:
    tests = report.get("tests")
    counts = {name: int(_number(tests, name)) for name in ("passed", "failed", "skipped")} if tests else {}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "passed")


def _ready(report: Report) -> dict[str, float]:
    services = report.get("services")
    if not isinstance(services, Mapping):
        return {}
    return {str(name): _number(item, "ready_seconds") for name, item in services.items()}


def _failures(verb: str, now: Report, build: Report, called: str) -> Iterator[Failure]:
    for image in _tables(build if verb == "verify" else now, "images"):
        if image.get("state") not in GOOD:
            built = image.get("state") == "failed" and image.get("service")  # what cannot be had leaves no log
            log = f"reports/build/{image['service']}.log" if built else ""
            yield Failure(plain(str(image.get("image"))), _reason(str(image.get("message", ""))), log)
    failures = _tables(now, "failures")
    for failure in failures:
        name = plain(str(failure.get("test", "")))
        command = "checks verify --" if called == "integration" else "the same command with"
        test = name.rpartition("::")[2].partition("[")[0]
        again = "" if test == "pytest" else f"again: {command} -k {test}"  # that one stands for pytest itself
        yield Failure(name, _reason(str(failure.get("message", ""))), again)
    if verb == "verify" and now.get("ok") is not True:
        why = plain(str(now.get("message", ""))) if not failures else ""
        yield Failure(why or "evidence", "", f"reports/evidence/{called}, reports/junit/{called}.xml")


def _reason(message: str) -> str:
    """Return the line of a message that says most: of a build its place and its last word, of an assertion its first."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return plain(": ".join(dict.fromkeys(lines[:2])))


def _tables(report: Report, name: str) -> list[Report]:
    found = report.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _number(report: object, name: str) -> float:
    value = report.get(name) if isinstance(report, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < _LARGE else 0.0


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else f"{line[: max(width - 1, 1)]}…"


def _painted(line: str, colour: bool) -> str:
    if not colour:
        return line
    code = "31" if "✗" in line or "failed (" in line else "32" if "✓" in line or line.endswith(": passed") else ""
    return f"\x1b[{code}m{line}\x1b[0m" if code else line
