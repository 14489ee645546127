"""What a run of the benchmark comes to: the judgements of each host, the score, what fails it, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checks import errors
from checks.benchconfig import Waiver
from checks.cis.score import Score, score
from checks.model import Judgement, Step, Verdict


@dataclass(frozen=True)
class HostResult:
    """One host: its judgements after the gate, and what was not as it should be while it was looked at.

    known: ids of the checks whose failures are all in the baseline. error: why there are no judgements.
    """

    target: str
    benchmark: str
    judgements: tuple[Judgement, ...] = ()
    engine: Mapping[str, str] = field(default_factory=dict)
    collected: str = ""
    vanished: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    error: str = ""

    @cached_property
    def score(self) -> Score:
        """The score, as docker-bench-security counts it."""
        return score(self.judgements, self.benchmark)

    @cached_property
    def failing(self) -> tuple[Judgement, ...]:
        """What fails the run: neither waived nor in the baseline."""
        return tuple(one for one in self.judgements if one.verdict is Verdict.FAIL and one.id not in self.known)

    @cached_property
    def unknown(self) -> tuple[Judgement, ...]:
        """What could not be judged."""
        return tuple(one for one in self.judgements if one.verdict is Verdict.UNKNOWN)

    def counts(self) -> Counter[Verdict]:
        """Return how many judgements there are of each verdict."""
        return Counter(one.verdict for one in self.judgements)


@dataclass(frozen=True)
class Bench:
    """One run for the reports: `start` is ISO 8601, `seconds` wall time.

    strict: what could not be judged fails the run, too. fail_under: the least score, of each host.
    """

    benchmark: str
    hosts: tuple[HostResult, ...]
    start: str = ""
    seconds: float = 0.0
    steps: tuple[Step, ...] = ()
    expired: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    gone: int = 0
    strict: bool = False
    fail_under: int | None = None
    codes: tuple[int, ...] = ()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """All judgements, host by host."""
        return tuple(one for host in self.hosts for one in host.judgements)

    @property
    def score(self) -> int:
        """The lowest score of all hosts that were judged, 0 where there is none."""
        return min((host.score.value for host in self.hosts if not host.error), default=0)

    @property
    def below(self) -> tuple[HostResult, ...]:
        """The hosts whose score is less than was asked for."""
        least = self.fail_under
        return () if least is None else tuple(one for one in self.hosts if not one.error and one.score.value < least)

    @property
    def exit_code(self) -> int:
        """The exit code: 1 for a failure that counts, an expired waiver, a score that is too low; 3 for a host without engine."""
        failed = any(
            host.failing or (self.strict and any(not one.waiver for one in host.unknown)) for host in self.hosts
        )
        return errors.worst([*self.codes, errors.FAILED if failed or self.expired or self.below else errors.OK])
