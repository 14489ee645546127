"""What belongs to a run that is over: a function of labels and the clock."""

from __future__ import annotations

import pytest

from checks.host import identity
from checks.host.docker import labels

NOW = 1_800_000_000.0
_ALIVE = identity.owner()
_DEAD = f"{identity.boot_id()}:1:1"
_ELSEWHERE = "another-boot:1:1"


def _found(owner: str, expires: str) -> labels.Found:
    return labels.Found("network", "id", "name", {labels.RUN: "r", labels.OWNER: owner, labels.EXPIRES: expires})


@pytest.mark.parametrize(
    ("owner", "expires", "over"),
    [
        (_ALIVE, str(int(NOW) + 1), False),
        (_ALIVE, str(int(NOW) - 1), False),
        (_DEAD, str(int(NOW) + 1), True),
        (_ELSEWHERE, str(int(NOW) + 1), False),
        (_ELSEWHERE, str(int(NOW) - 1), True),
        (labels.KEPT, "never", False),
        (labels.KEPT, str(int(NOW) - 1), False),
        (_ALIVE, "garbage", False),
    ],
    ids=["alive", "alive-late", "dead", "elsewhere", "elsewhere-late", "kept", "kept-late", "alive-unreadable"],
)
def test_a_run_is_over_when_its_owner_is_gone_or_elsewhere_and_its_time_is_up(
    owner: str, expires: str, over: bool
) -> None:
    assert _found(owner, expires).is_over(NOW) is over


def test_a_runs_labels_make_it_live_now_and_over_after_its_time() -> None:
    found = labels.Found("volume", "id", "name", labels.of_run("r", _ELSEWHERE, NOW))
    assert found.run == "r"
    assert not found.is_over(NOW + labels.LIFETIME)
    assert found.is_over(NOW + labels.LIFETIME + 1)


def test_a_kept_stack_has_the_same_labels_each_time() -> None:
    assert labels.of_run("r", labels.KEPT, NOW) == labels.of_run("r", labels.KEPT, NOW + 1000)
