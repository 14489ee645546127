"""Section 2 of the benchmark: how the daemon is configured."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.judging import setting
from checks.cis.snapshot import Snapshot


@check(
    "2.2",
    "Containers on the default bridge cannot reach each other",
    reads="The daemon's option `icc`, where flags and file cannot be read that of the default bridge network.",
    decides="Passes when it is false.",
    remedy='Set `"icc": false` in daemon.json and restart the daemon; containers that must talk share a network of their own.',
)
def inter_container_communication(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "icc", lambda value: value is False)


CHECKS = (inter_container_communication,)
