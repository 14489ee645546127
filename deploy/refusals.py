"""The ways in which a deployment can fail: each has to say why in one line, and to leave the host as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.errors import FailedError
from checks.model import Done
from checks.report.plain import counted
from deploy import playbooks, state
from deploy.machine import Host
from deploy.steps import Trial
from deploy.wire import command

SMALL_MEBIBYTES = 96
"""Less than the image: its first layers fit."""


@dataclass(frozen=True)
class Refusal:
    """One way to fail: further variables of the host, and what the reason has to say."""

    name: str
    says: str
    variables: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    key: bool = False
    """Whether to come with another key than the host knows."""


ALL = (
    Refusal("a wrong image tag", r"manifest unknown|not found", {"reddit_monolith_docker_tag": "0.0-none"}),
    Refusal("an unreachable host", r"Connection refused|timed out", {"ansible_port": 9}),
    Refusal("a wrong key", r"Permission denied \(publickey", key=True),
)


def show(trial: Trial, host: Host, refusal: Refusal) -> None:
    """Fail in one way; FailedError where the run ends well, does not say why, or changed something."""
    trial.out.step(f"refused: {refusal.name}")
    before = state.of(host)
    more = dict(refusal.variables)
    if refusal.key:
        more["ansible_ssh_common_args"] = f"-F {_with_other_key(trial, host)}"
        more["ansible_ssh_args"] = "-o ControlMaster=no -o ControlPath=none"  # an open connection asks for no key
    _judge(trial, host, trial.play("reddit-app", trial.inventory(host, **more)), refusal.says, before)


def only_tried(trial: Trial, host: Host) -> None:
    """Run everything with --check on a host where nothing is installed yet."""
    trial.out.step("a new host, and a run that only tries")
    before = state.of(host)
    trial.must(trial.play("site", trial.inventory(host), "--check"), host, "a run that only tries")
    _unchanged(before, host)


def full_disk(trial: Trial, host: Host) -> None:
    """Deploy to a host whose engine has less room for its data than the image needs."""
    inventory = trial.inventory(host)
    trial.must(trial.play("docker", inventory), host, "the engine's run")
    trial.out.step(f"refused: a full disk ({SMALL_MEBIBYTES} MiB for the engine's data)")
    before = state.of(host)
    _judge(trial, host, trial.play("reddit-app", inventory), r"no space left on device", before)


def _judge(trial: Trial, host: Host, done: Done, says: str, before: frozenset[str]) -> None:
    recap = playbooks.recaps(done.out).get(host.name)
    if done.ok or recap is None or recap.well:
        raise FailedError("a run that could not go well ended well")
    reason = playbooks.reason(done.out + done.err)
    trial.out.line(f"  {reason}")
    if not re.search(says, reason):
        raise FailedError(f"the reason does not say {says!r}: {reason}", "", done.out.splitlines()[-12:])
    _unchanged(before, host)


def _unchanged(before: frozenset[str], host: Host) -> None:
    changed = state.differences(before, state.of(host))
    if changed:
        raise FailedError(
            f"a run that failed, or only tried, changed {counted(len(changed), 'thing')}", "", changed[:20]
        )


def _with_other_key(trial: Trial, host: Host) -> Path:
    key = trial.work / "other-key"
    if not key.exists():
        command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    config = trial.work / "other-ssh-config"
    config.write_text(re.sub(r"(?m)^(\s*IdentityFile) .*$", rf"\1 {key}", host.config.read_text()))
    return config
