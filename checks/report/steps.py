"""Steps of a run as JUnit: a case each, failed where the step did not come to a good end."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from checks.model import Step
from checks.report.xmltext import clean

GOOD = frozenset({"built", "unchanged", "passed"})


def junit(name: str, steps: Iterable[Step], good: Collection[str] = GOOD) -> str:
    """Return JUnit XML with one suite `name`: what failed is a failure, what was not run is skipped and says why."""
    suite = TestSuite(name)
    for step in steps:
        case = TestCase(clean(step.name), name, step.seconds)
        message = clean(step.message)
        first = message.partition("\n")[0]
        if step.state == "failed":
            case.result = [Failure(first, "failed")]
            case.result[0].text = message
        elif step.state == "not-run":
            case.result = [Skipped(first)]
        elif step.state not in good:
            case.result = [Error(first or step.state, step.state)]
        suite.add_testcase(case)
    xml = JUnitXml()
    xml.add_testsuite(suite)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    return str(xml.tostring().decode("utf-8"))  # type: ignore[no-untyped-call]
