"""What pytest's JUnit file says: how many assertions held, and of those that did not, which and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from junitparser import JUnitXml, JUnitXmlError, TestCase, TestSuite

FAILURES = 50
"""Failures that a report holds; the JUnit file has all of them."""
TEXT = 8000
SLOWEST = 10


def read(text: str) -> dict[str, Any]:
    """Return `tests` (counts of what passed, failed and was skipped), `failures` and `slowest`; {} for what is no JUnit file.

    `slowest` are the tests that took longest, with their seconds.
    """
    try:
        xml = JUnitXml.fromstring(text.encode())
    except (JUnitXmlError, ValueError, SyntaxError):  # SyntaxError: what the XML library calls its own
        return {}
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures, took = [], []
    for case in _cases(xml):
        kinds = {type(result).__name__ for result in case.result}
        state = "failed" if kinds & {"Failure", "Error"} else "skipped" if "Skipped" in kinds else "passed"
        counts[state] += 1
        if state == "failed":
            failures.append(_failure(case))
        took.append((float(case.time or 0), _name(case)))
    slowest = [{"test": name, "seconds": round(seconds, 3)} for seconds, name in sorted(took, reverse=True)[:SLOWEST]]
    return {"tests": counts, "failures": failures[:FAILURES], "slowest": slowest}


def _cases(xml: Any) -> Iterator[TestCase]:
    for item in xml:
        if isinstance(item, TestSuite):
            yield from item
        elif isinstance(item, TestCase):
            yield item


def _name(case: TestCase) -> str:
    return f"{case.classname}::{case.name}"


def _failure(case: TestCase) -> dict[str, str]:
    bad = next(result for result in case.result if type(result).__name__ in ("Failure", "Error"))
    return {
        "test": _name(case),
        "message": str(bad.message or "")[:1000],
        "text": str(bad.text or "")[-TEXT:],
    }
