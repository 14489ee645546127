"""How a check is declared: a pure function Snapshot → Outcome, and what is to be said of it, at one place.

    @check(
        "2.2",
        "Containers on the default bridge cannot reach each other",
        reads="The daemon's option `icc`.",
        decides="Passes when it is false.",
        remedy='Set `"icc": false` in daemon.json and restart the daemon; put containers that must talk on one network.',
    )
    def inter_container_communication(snapshot: Snapshot) -> Outcome:
        return setting(snapshot, "icc", lambda value: value is False)

The decorator puts a `Check` in the place of the function: call `.judge(snapshot)`. The id is that of 1.8; kind, section, the id
in 1.6 and whether docker-bench-security scores it come from the catalogue. All texts are our own words, plain sentences;
docs/cis.md is made of them, and a remedy is what somebody reads beside a failure: one or two lines, with the command or the
daemon.json key. `deviation` says where and why the verdict differs from docker-bench-security's on the same host, with what is
true; it becomes the line `deviation: <1.6 id>: <reason>`, so it has no line ends; empty where they always agree. `place` is the
path in a remedy that stands for the file in question: beside a failure the file that was found lacking is named there.

A section's module ends with `CHECKS = (…,)`, and `registry.MODULES` names the module. Checks that differ in one argument only
are made by a function: `check("3.1", …)(lambda snapshot: owned_by_root(snapshot, Role.DOCKER_SERVICE))`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.cis import catalogue
from checks.cis.snapshot import Snapshot
from checks.model import Offender, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check decides: the part of a Judgement that depends on the facts.

    offenders: with FAIL what fails, with MANUAL what to look at, with UNKNOWN what could not be read.
    evidence: one line: what was seen, or why it is not applicable or not known.
    """

    verdict: Verdict
    offenders: tuple[Offender, ...] = ()
    evidence: str = ""


Judge = Callable[[Snapshot], Outcome]


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the benchmark; see the module's docstring."""

    id: str
    title: str
    reads: str
    decides: str
    remedy: str
    deviation: str
    judge: Judge
    place: str = ""

    @property
    def section(self) -> str:
        """The section's number, as text."""
        return catalogue.section_of(self.id)

    @property
    def manual(self) -> bool:
        """Whether the benchmark leaves the judgement to a person: then the verdict is never FAIL."""
        return self.id in catalogue.MANUAL

    @property
    def scored(self) -> bool:
        """Whether docker-bench-security counts it."""
        return self.id in catalogue.SCORED

    def id_in(self, benchmark: str) -> str | None:
        """Return its id in that edition, None where it has none."""
        return catalogue.id_in(benchmark, self.id)

    def advice(self, offenders: Sequence[Offender]) -> str:
        """Return the remedy for these: with the path of the first, and that the others need the same."""
        if not self.place or not offenders:
            return self.remedy
        more = " Do so for each of the others, too." if len(offenders) > 1 else ""
        return self.remedy.replace(self.place, shlex.quote(offenders[0].name)) + more


def check(
    id_1_8: str, title: str, *, reads: str, decides: str, remedy: str, deviation: str = "", place: str = ""
) -> Callable[[Judge], Check]:
    """Declare the function below as a check."""
    if id_1_8 not in catalogue.IDS:
        raise ValueError(f"the benchmark has no {id_1_8}")
    return lambda judge: Check(id_1_8, title, reads, decides, remedy, deviation, judge, place)
