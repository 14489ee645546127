"""Acknowledged writes under random kills, a few of them: `nox -s faults -- --writes 10000` does it for long."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import writes


@pytest.mark.timeout(180)
def test_every_acknowledged_write_survives_random_kills(tmp_path: Path) -> None:
    outcome = writes.run(400, 20, tmp_path)
    assert outcome.acknowledged >= 400
    assert sum(outcome.faults.values()) >= 1
    assert (outcome.lost, outcome.doubled, outcome.errors) == ((), (), []), writes.say(outcome, 20)


def test_what_is_lost_is_told() -> None:
    told = writes.Told(titles={"a"}, votes=1)
    assert told.acknowledged == 2
    bad = writes.Outcome(1, ("a",), (), told.statuses, told.statuses, 1.0)
    assert not bad.ok
    assert "lost: a" in writes.say(bad, 1)
    told.statuses["ui 500"] += 1
    assert not writes.Outcome(1, (), (), told.statuses, told.statuses, 1.0).ok
