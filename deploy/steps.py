"""What the steps of a trial share: an inventory of its host, a playbook's run, and what that came to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.errors import FailedError
from checks.host import files
from checks.host.console import Console
from checks.model import Done
from deploy import playbooks
from deploy.machine import Host
from deploy.playbooks import Ansible, Recap


@dataclass(frozen=True)
class Trial:
    """One host's trial. `variables` are the playbooks' that it sets, `work` is a folder that is gone afterwards."""

    root: Path
    work: Path
    ansible: Ansible
    variables: Mapping[str, Any]
    out: Console

    def inventory(self, host: Host, **more: Any) -> Path:
        """Write an inventory of one host, in the groups that stage has; `more` are further variables of it."""
        path = self.work / f"inventory-{time.monotonic_ns()}.yml"
        reached = {"ansible_ssh_common_args": f"-F {host.config}", "ansible_host": host.name}
        known = {**self.variables, "docker_bench_ssh_config": str(host.config), **reached, **more}
        group: dict[str, Any] = {"hosts": {host.name: {}}}
        content = {"all": {"hosts": {host.name: known}, "children": {"env_stage": group, "docker_app": group}}}
        files.write_atomic(path, json.dumps(content), mode=0o600)  # JSON is YAML
        return path

    def play(self, playbook: str, inventory: Path, *words: str) -> Done:
        """Run a playbook; what it printed is in reports/deploy/, what it came to is said in a line."""
        done = self.ansible.play(playbook, [inventory], *words)
        log = self.root.absolute() / "reports/deploy" / f"{time.strftime('%H%M%S')}-{playbook}.log"
        files.write_atomic(log, f"{done.out}\n{done.err}")
        named = " ".join([f"{playbook}.yml", *words])
        for name, recap in playbooks.recaps(done.out).items():
            counts = f"ok={recap.ok} changed={recap.changed} unreachable={recap.unreachable} failed={recap.failed}"
            self.out.line(f"{named} on {name}: {counts} in {done.seconds:.0f} s")
        return done

    def must(self, done: Done, host: Host, what: str) -> Recap:
        """Return the recap of a run that is to have gone well; FailedError with the reason else."""
        recap = playbooks.recaps(done.out).get(host.name)
        if done.ok and recap is not None and recap.well:
            return recap
        said = playbooks.reason(done.out + done.err) or "see reports/deploy/"
        raise FailedError(f"{what} of the playbook failed: {said}", "", (done.out + done.err).splitlines()[-20:])

    def changes(self, done: Done) -> list[str]:
        """Return the tasks that changed something."""
        task, found = "", []
        for line in done.out.splitlines():
            task = line if line.startswith(("TASK", "RUNNING")) else task
            if re.match(r"changed: \[", line):
                found.append(task.rstrip("* "))
        return found
