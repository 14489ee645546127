"""What pytest's JUnit file says: how many assertions held, and of those that did not, which and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from junitparser import JUnitXml, JUnitXmlError, TestCase, TestSuite

FAILURES = 50
"""Failures that a report holds; the JUnit file has all of them."""
TEXT = 8000


def read(text: str) -> dict[str, Any]:
    """Return `tests`, counts of what passed, failed and was skipped, and `failures`; {} for what is no JUnit file."""
    try:
        xml = JUnitXml.fromstring(text.encode())
    except (JUnitXmlError, ValueError, SyntaxError):  # SyntaxError: what the XML library calls its own
        return {}
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for case in _cases(xml):
        kinds = {type(result).__name__ for result in case.result}
        state = "failed" if kinds & {"Failure", "Error"} else "skipped" if "Skipped" in kinds else "passed"
        counts[state] += 1
        if state == "failed":
            failures.append(_failure(case))
    return {"tests": counts, "failures": failures[:FAILURES]}


def _cases(xml: Any) -> Iterator[TestCase]:
    for item in xml:
        if isinstance(item, TestSuite):
            yield from item
        elif isinstance(item, TestCase):
            yield item


def _failure(case: TestCase) -> dict[str, str]:
    bad = next(result for result in case.result if type(result).__name__ in ("Failure", "Error"))
    return {
        "test": f"{case.classname}::{case.name}",
        "message": str(bad.message or "")[:1000],
        "text": str(bad.text or "")[-TEXT:],
    }
