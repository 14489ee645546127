"""Every check against its examples. They are in examples_section*.py beside this file, one per module of checks/cis.

`EXAMPLES: dict[str, tuple[Case, ...]]` maps the id in 1.8 to cases (see builders.py). An automated check needs one that passes
and one that fails, a manual one two that it answers differently. What is more than that kills mutants: the values on both
sides of each limit, each member of a list, and what cannot be read.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from checks.cis import catalogue, registry
from checks.cis.check import Check
from checks.cis.snapshot import Snapshot, from_json, to_json
from checks.model import Verdict
from tests.unit.cis.builders import Case

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("examples_section*.py"))
BY_MODULE = {name: importlib.import_module(f"tests.unit.cis.{name}").EXAMPLES for name in MODULES}
EXAMPLES: dict[str, tuple[Case, ...]] = {name: cases for some in BY_MODULE.values() for name, cases in some.items()}
ALL = [pytest.param(name, one, id=f"{name}-{n}") for name, cases in EXAMPLES.items() for n, one in enumerate(cases)]
CHECKS = [pytest.param(one, id=one.id) for one in registry.CHECKS.values()]


@pytest.mark.parametrize(("name", "example"), ALL)
def test_a_check_judges_its_examples(name: str, example: Case) -> None:
    outcome = registry.CHECKS[name].judge(example.snapshot)
    told = tuple(f"{one.name}: {one.value}" for one in outcome.offenders)
    if example.verdict is Verdict.UNKNOWN and not example.offenders:
        told = ()  # which objects could not be read is the combinators' affair
    assert (outcome.verdict, told) == (example.verdict, example.offenders)
    assert outcome.evidence
    assert example.says in outcome.evidence


@pytest.mark.parametrize(("name", "example"), ALL)
def test_a_recorded_snapshot_is_judged_as_the_snapshot_was(name: str, example: Case) -> None:
    if example.snapshot.policy != Snapshot().policy:
        return  # it belongs to the judge and is not recorded: tests of the policy are in test_registry.py
    recorded = from_json(to_json(example.snapshot))
    assert recorded == example.snapshot
    assert registry.CHECKS[name].judge(recorded) == registry.CHECKS[name].judge(example.snapshot)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_is_shown_to_pass_and_to_fail(check: Check) -> None:
    cases = EXAMPLES.get(check.id, ())
    verdicts = {one.verdict for one in cases}
    if not check.manual:
        assert verdicts >= {Verdict.PASS, Verdict.FAIL}
        assert all(one.offenders for one in cases if one.verdict is Verdict.FAIL)
        return
    answers = {(outcome.verdict, outcome.evidence) for one in cases if (outcome := check.judge(one.snapshot))}
    assert Verdict.MANUAL in verdicts
    assert len(answers) > 1
    assert Verdict.FAIL not in verdicts


@pytest.mark.parametrize("check", CHECKS)
def test_what_was_not_looked_at_neither_passes_nor_fails(check: Check) -> None:
    assert check.judge(Snapshot()).verdict in (Verdict.UNKNOWN, Verdict.MANUAL)
    assert check.manual or check.judge(Snapshot()).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_says_what_it_does(check: Check) -> None:
    for text in (check.title, check.reads, check.decides, check.remedy):
        assert text.strip() == text != ""
    assert all(line.endswith(".") for line in (check.reads, check.decides, check.remedy))
    assert not check.title.endswith(".")
    assert len(check.remedy.splitlines()) <= 2
    assert "\n" not in check.title + check.deviation
    assert not check.deviation or check.id_in("1.6")


@pytest.mark.parametrize("section", sorted(catalogue.SECTIONS))
def test_every_check_of_the_benchmark_is_there(section: str) -> None:
    wanted = {name for name in catalogue.IDS if catalogue.section_of(name) == section}
    assert {name for name in registry.CHECKS if catalogue.section_of(name) == section} == wanted


def test_examples_are_those_of_checks() -> None:
    assert set(EXAMPLES) <= set(registry.CHECKS)
    assert len(EXAMPLES) == sum(map(len, BY_MODULE.values())), "two files have examples of one check"
