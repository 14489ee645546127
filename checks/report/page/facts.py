"""What the page is made of: the reports as they were read, whoever wrote them, and what of them could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """A text that was kept of a failure: its path below reports/evidence, its end, and how many characters were left out."""

    path: str
    text: str
    left_out: int = 0


@dataclass(frozen=True)
class Mark:
    """A run that began and has not said how it ended; `lives` says that its process is there."""

    verb: str
    time: str
    run: str = ""
    lives: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything in a folder of reports. `name` is whose reports they are, `made` when the page was (ISO 8601).

    reports: JSON reports by name, without those that are not there; broken: names of those that cannot be read.
    history: its lines, the oldest first; tests: what the JUnit file of the assertions says. files: paths of the others.
    """

    name: str = ""
    made: str = ""
    reports: Mapping[str, Report] = field(default_factory=dict)
    broken: Sequence[str] = ()
    history: Sequence[Report] = ()
    marks: Sequence[Mark] = ()
    tests: Report = field(default_factory=dict)
    evidence: Sequence[Evidence] = ()
    files: Sequence[str] = ()

    def of(self, name: str) -> Report:
        """Return a report by its name, {} where it is not there."""
        return self.reports.get(name, {})
