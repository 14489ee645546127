"""The score, as docker-bench-security counts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.cis import catalogue
from checks.model import Judgement, Verdict

_POINTS = {Verdict.PASS: 1, Verdict.FAIL: -1, Verdict.WAIVED: -1}
"""A waiver changes who is told, not what is there: docker-bench-security knows none, and so it counts as a failure."""


@dataclass(frozen=True)
class Score:
    """value: one point for each scored check that passes, one less for each that fails.

    counted: over how many checks that is: those that are scored and had a verdict. checks: all that were judged.
    """

    value: int
    counted: int
    checks: int


def score(judgements: Iterable[Judgement], benchmark: str) -> Score:
    """Return the score of one host."""
    scored = {catalogue.id_in(benchmark, name) for name in catalogue.SCORED}
    every = list(judgements)
    points = [_POINTS[one.verdict] for one in every if one.id in scored and one.verdict in _POINTS]
    return Score(sum(points), len(points), len(every))
