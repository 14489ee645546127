"""Steps of a run as JUnit: a case each, failed where the step did not come to a good end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from xml.etree.ElementTree import Element

from checks.model import Step
from checks.report import suites

GOOD = frozenset({"built", "unchanged", "passed"})


def junit(name: str, steps: Iterable[Step], good: Collection[str] = GOOD) -> str:
    """Return JUnit XML with one suite `name`: what failed is a failure, what was not run is skipped and says why."""
    return suites.document([suites.suite(name, [_case(name, step, good) for step in steps])])


def _case(name: str, step: Step, good: Collection[str]) -> Element:
    case, first = suites.case(step.name, name, step.seconds), step.message.partition("\n")[0]
    if step.state == "failed":
        suites.add(case, "failure", first, "failed", step.message)
    elif step.state == "not-run":
        suites.add(case, "skipped", first)
    elif step.state not in good:
        suites.add(case, "error", first or step.state, step.state)
    return case
