"""The CIS Docker Benchmark over what this run built and started, and over the engine where it is ours.

Host and daemon of an engine that is not ours are judged by `checks bench`, which gates them; here they are only reported.
"""

from __future__ import annotations

import dataclasses

import pytest

from checks.cis.check import Check
from checks.cis.unknown import Unknown
from checks.host import files
from checks.host.bench.cisface import Face
from checks.host.testing import notes
from checks.testing import Stack

SERVICE = "com.docker.compose.service"


@pytest.fixture
def own(stack: Stack, bench: Face) -> Face:
    """What this run started: its stack, and not the helper that enters containers for the tests, where there is one."""
    found = bench.own
    assert not isinstance(found.facts.containers, Unknown), found.facts.containers.reason
    services = tuple(one for one in found.facts.containers if SERVICE in one.labels)
    assert {one.labels[SERVICE] for one in services} == set(stack.services), "the bench looks at other containers"
    return dataclasses.replace(found, facts=dataclasses.replace(found.facts, containers=services))


@pytest.mark.cis(sections=["4", "5"])
def test_what_this_run_built_and_started(own: Face, cis_check: Check) -> None:
    own.require(cis_check)


@pytest.mark.cis(sections=["2"])
def test_the_engine(bench: Face, cis_check: Check) -> None:
    if bench.kind == "embedded":
        bench.require(cis_check)
    else:
        (said,) = bench.judge([cis_check])
        pytest.skip(f"expected: this engine is not ours; {said.verdict}: {said.evidence}")


def test_the_score_is_what_the_configuration_asks_for(own: Face, bench: Face, pytestconfig: pytest.Config) -> None:
    least = files.load_config(pytestconfig.rootpath).bench.minimum_score
    sections = {"engine": bench.score(["2"]), "images and containers": own.score(["4", "5"])}
    notes.note("cis", {name: {"score": one.value, "over": one.counted} for name, one in sections.items()})
    assert least is not None, "[tool.checks.bench] sets no minimum-score"
    points = sections["images and containers"].value
    if bench.kind == "embedded":
        points += sections["engine"].value
    else:  # its configuration is not ours: the points that it could have given are not asked for
        least -= sections["engine"].counted
    assert points >= least
