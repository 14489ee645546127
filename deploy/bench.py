"""The benchmark of the trial's host: the score before and after, and why what fails still fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.errors import FailedError
from checks.host import proc
from checks.report.plain import counted
from deploy.machine import Host

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "1.1.1": "a partition is the machine's: Terraform's disk, not a role's; the trial's host has one file system",
        "2.13": "an authorization plugin needs a policy, and somebody who owns it: docker_engine_daemon_extra names one",
        "2.14": "no log host is there to send to: docker_engine_log_host names one",
        "4.5": "content trust needs a Notary server beside the registry, and the trial's registry has none",
    }
)
"""Checks of the benchmark 1.8 that no role can bring to pass on this host, each with what it would take."""


@dataclass(frozen=True)
class Score:
    """What `checks bench` said of a host: failing and unread (it could not be judged) are id → title; verdicts by id."""

    value: int
    counted: int
    failing: Mapping[str, str]
    unread: Mapping[str, str]
    verdicts: Mapping[str, str]

    def __str__(self) -> str:
        return f"score {self.value} over {counted(self.counted, 'check')}, {len(self.failing)} failing"


def take(host: Host, scratch: Path) -> Score:
    """Run the benchmark on a host over ssh; FailedError where it cannot look."""
    where = ["--host", f"ssh://{host.name}", "--ssh-config", str(host.config), "--sudo", "--trusted-user", "deployer"]
    argv = [sys.executable, "-P", "-m", "checks", "bench", *where, "--root", str(scratch), "--format", "json"]
    done = proc.run(argv, timeout=180)
    if done.code not in (0, 1):
        raise FailedError("the benchmark could not look at the host", "see its words", done.last_lines(5))
    return read(json.loads(done.out))


def read(report: Mapping[str, Any]) -> Score:
    """Read bench.json."""
    host = report["hosts"][0]
    titles = {"fail": dict[str, str](), "unknown": dict[str, str]()}
    for one in report["judgements"]:
        titles.get(str(one["verdict"]).lower(), {})[one["id"]] = one["title"]
    verdicts = {str(one["id"]): str(one["verdict"]).lower() for one in report["judgements"]}
    return Score(int(host["score"]), int(host["scored"]), titles["fail"], titles["unknown"], verdicts)


def compared(before: Score, after: Score) -> str:
    """Say what became of the checks that passed or failed both times: a host with containers has more to judge."""
    both = [
        (verdict, after.verdicts.get(name))
        for name, verdict in before.verdicts.items()
        if {verdict, after.verdicts.get(name)} <= {"pass", "fail"}
    ]
    was, now = (sum(pair[index] == "fail" for pair in both) for index in (0, 1))
    return f"of the {len(both)} checks that passed or failed both times, {was} failed before and {now} fail now"


def unexplained(failing: Iterable[str]) -> list[str]:
    """Return the failing checks for which no reason is known: a role is to see to those."""
    return [name for name in failing if name not in REASONS]
