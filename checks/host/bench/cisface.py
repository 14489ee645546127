"""The benchmark as tests see it: facts of the engine looked at once, one judgement for each check, failures in words."""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from checks.benchconfig import Bench as Config
from checks.cis import gate, mine, registry
from checks.cis.check import Check
from checks.cis.score import Score, score
from checks.cis.snapshot import Policy, Snapshot
from checks.host import files
from checks.host.bench import benching
from checks.host.console import Console
from checks.model import Judgement, Verdict
from checks.report import benchwords

MARK = "cis"
ARGUMENT = "cis_check"


@dataclass(frozen=True)
class Face:
    """What the fixture `bench` is: all that the collector saw, and the configuration that judges it.

    `run` and `root` say what `own` is: the containers, images and networks of a run, or of a repository's compose projects.
    """

    facts: Snapshot
    config: Config = field(default_factory=Config)
    run: str = ""
    root: str = ""

    @cached_property
    def own(self) -> Face:
        """The same for what this run has started alone."""
        return Face(mine.only(self.facts, self.run, self.root), self.config, self.run, self.root)

    @property
    def kind(self) -> str:
        """The engine's kind: system, embedded, rootless, remote."""
        return self.facts.daemon.kind

    def judge(self, checks: Iterable[Check]) -> tuple[Judgement, ...]:
        """Return what checks say, after the waivers of the configuration."""
        found = registry.judge(self.facts, checks, policy=Policy(self.config.trusted_users))
        return gate.apply(found, self.config.waivers, datetime.date.today()).judgements

    def require(self, check: Check) -> Judgement:
        """Return what a check says where it passes; fail, with the offenders, or skip, as a test that says the same.

        What could not be judged fails: it is no pass. What does not apply, is waived, or wants a person's eyes is skipped as one
        that was expected.
        """
        (said,) = self.judge([check])
        if said.verdict is Verdict.FAIL or (said.verdict is Verdict.UNKNOWN and not said.waiver):
            pytest.fail(failure(said), pytrace=False)
        if said.verdict is not Verdict.PASS:
            pytest.skip(f"expected: {said.verdict} {said.id}: {_why(said)}")
        return said

    def score(self, sections: Collection[str]) -> Score:
        """Return the score over some sections, as docker-bench-security counts it."""
        return score(self.judge(registry.choose("1.8", sections=sections)), "1.8")


def failure(said: Judgement) -> str:
    """Return what a test says of a check that does not hold: its id, the offenders with their values, the remedy."""
    lines = [f"CIS {said.id} {said.verdict}: {said.title}", f"  {said.evidence}"]
    lines += [f"  - {benchwords.offender(one)}" for one in said.offenders]
    return "\n".join([*lines, *(f"  → {line}" for line in said.remedy.splitlines()[:1]), *said.remedy.splitlines()[1:]])


def _why(said: Judgement) -> str:
    return benchwords.waiver(said.waiver) if said.waiver else said.evidence


def look(root: Path) -> Face:
    """Look at the engine that is there, and return what tests ask of it; NoEngineError where there is none."""
    config = files.load_config(root).bench
    (looked,) = benching.look((), os.environ, Console(quiet=True))
    assert looked.facts is not None  # noqa: S101 - one host that cannot be looked at is an exception
    return Face(looked.facts, config, os.environ.get("CHECKS_RUN", ""), str(root))


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Make one test of each check that the mark `cis` chooses: `@pytest.mark.cis(sections=["4", "5"])`, `(ids=["2.14"])`."""
    mark = metafunc.definition.get_closest_marker(MARK)
    chosen = mark.kwargs if mark else {}
    checks = registry.choose("1.8", chosen.get("ids", ()), chosen.get("sections", ()))
    metafunc.parametrize(ARGUMENT, checks, ids=[one.id for one in checks])
