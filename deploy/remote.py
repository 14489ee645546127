"""`nox -s remote -- create|rm [NAME]`: a host with a Docker engine in Google Cloud, and the docker context that leads there.

Terraform makes it (docker-monolith/terraform/remote), Ansible's role docker_engine hardens it. What Terraform knows of it is
kept in a folder of this person's, with a copy of what it was made from: so it can be removed whatever the repository is by then.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks import errors
from checks.errors import FailedError, UsageError
from checks.host import proc
from checks.host.console import Console
from checks.model import Done
from deploy import ansible, contexts, edge, google, terraform

PLAYBOOK = Path("docker-monolith/ansible/playbooks/docker.yml")
SSH_SECONDS = 180.0
_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,30}[a-z0-9])?")
# A key that is seen for the first time is kept; one that changes is refused.
_SSH = ("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=10")


@dataclass(frozen=True)
class Host:
    """A host that is or is to be: its name, the repository that it is made from, the environment's settings."""

    name: str
    root: Path
    environ: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where what is known of it is kept."""
        return kept(self.environ) / self.name

    @property
    def terraform(self) -> terraform.Root:
        """Terraform in the copy that the host is made from."""
        return terraform.Root(self.folder / "terraform" / "remote", self.environ, self._variables)

    @property
    def _variables(self) -> dict[str, str]:
        zone = self.environ.get("DOCKER_MACHINE_REGION", "")  # so it was called; it always was a zone
        place = {"zone": zone, "region": zone.rpartition("-")[0]} if zone else {}
        kind = self.environ.get("DOCKER_MACHINE_TYPE", "")
        return {"name": self.name, **place, **({"machine_type": kind} if kind else {})}

    def missing(self) -> list[str]:
        """Return, a line each, what making it needs and has not got."""
        source = terraform.Root(self.root / terraform.FOLDER / "remote", self.environ, self._variables)
        lacks = [f"the variable {name}: TF_VAR_{name}{_ALSO.get(name, '')}" for name in terraform.unset(source)]
        return lacks + google.lacking(self.environ)


_ALSO = {
    "project": f" (or {google.PROJECT})",
    "source_ranges": ", as '[\"203.0.113.7/32\"]': who may reach its SSH port",
}


def kept(environ: Mapping[str, str]) -> Path:
    """Return the folder of all hosts that this person has made."""
    usual = Path(environ.get("HOME", "/")) / ".local" / "state"
    return Path(environ.get("XDG_STATE_HOME") or usual) / "stackchecks" / "remote"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for and return an exit code of `checks`."""
    parser = argparse.ArgumentParser(
        prog="nox -s remote --", description="A host with a Docker engine in Google Cloud."
    )
    parser.add_argument("action", choices=("create", "rm"))
    usual = os.environ.get("DOCKER_MACHINE_NAME") or "docker-host"
    parser.add_argument("name", nargs="?", default=usual, metavar="NAME", help=f"(default: {usual})")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    host = Host(args.name, args.root.absolute(), os.environ)
    return edge.guarded(lambda out: (create if args.action == "create" else remove)(host, out))


def create(host: Host, out: Console) -> int:
    """Make a host, or go on with one that was begun, and the context that leads there."""
    if not _NAME.fullmatch(host.name):
        raise UsageError(f"{host.name} is no name of a host", "small letters, digits and hyphens, 32 at most")
    contexts.refuse_others(host.name, host.environ)
    lacks = host.missing()
    if lacks:
        raise UsageError(f"{host.name} cannot be made", "set what is named", lacks)
    shutil.copytree(host.root / terraform.FOLDER, host.folder / "terraform", dirs_exist_ok=True, ignore=_not_copied)
    again = f"see its words above; nox -s remote -- create {host.name} goes on, rm {host.name} removes what is there"
    for words in (("init", "-input=false"), ("apply", "-input=false", "-auto-approve")):
        edge.must(terraform.run(host.terraform, words, out), f"terraform {words[0]}", again)
    address, user = _outputs(host, out)
    out.step(f"waiting until {user}@{address} lets us in, {SSH_SECONDS:.0f} s at most")
    _wait(user, address)
    out.step(f"provisioning it: {PLAYBOOK.name}")
    edge.must(_provision(host, user, address, out), PLAYBOOK.name, again)
    contexts.add(host.name, f"ssh://{user}@{address}", host.environ)
    out.line(
        f"the docker context {host.name} leads there: DOCKER_CONTEXT={host.name} nox -s build integration", "green"
    )
    return errors.OK


def _not_copied(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == ".terraform" or name.startswith("terraform.tfstate")}


def _outputs(host: Host, out: Console) -> tuple[str, str]:
    done = terraform.run(host.terraform, ("output", "-json"), out, quiet=True)
    edge.must(done, "terraform output")
    try:
        found = json.loads(done.out)
        return str(found["address"]["value"]), str(found["user"]["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise FailedError("terraform does not say where the host is", "see its state", done.last_lines(5)) from error


def _wait(user: str, address: str, seconds: float = SSH_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while True:
        done = proc.run(["ssh", *_SSH, "-l", user, "--", address, "true"], timeout=30)
        if done.ok:
            return
        if time.monotonic() > deadline:
            raise FailedError(
                f"{user}@{address} does not let us in",
                "is your key known to OS Login, your address in source_ranges?",
                done.last_lines(3),
            )
        time.sleep(3)


def _provision(host: Host, user: str, address: str, out: Console) -> Done:
    folder = (host.root / PLAYBOOK).parents[1]
    environ = {**host.environ, "PATH": ansible.path(out), "ANSIBLE_CONFIG": str(folder / "ansible.cfg")}
    users = json.dumps({"docker_engine_users": [user]})
    argv = ["ansible-playbook", "-i", f"{address},", "-u", user, "-e", users, str(host.root / PLAYBOOK)]
    return proc.run(argv, cwd=folder, env=environ, timeout=edge.LIMIT, on_line=edge.print_line)


def remove(host: Host, out: Console) -> int:
    """Remove a host that was made here, all that belongs to it, and its context."""
    if not host.folder.is_dir():
        known = sorted(path.name for path in kept(host.environ).glob("*") if path.is_dir())
        raise UsageError(f"no host {host.name} was made here", f"there are: {', '.join(known) or 'none'}")
    if host.terraform.folder.joinpath("terraform.tfstate").exists():
        lacks = host.missing()
        if lacks:
            raise UsageError(f"{host.name} cannot be removed", "set what is named", lacks)
        edge.must(terraform.run(host.terraform, ("destroy", "-input=false", "-auto-approve"), out), "terraform destroy")
    if contexts.remove(host.name, host.environ):
        out.line(f"removed the docker context {host.name}")
    shutil.rmtree(host.folder)
    out.line(f"{host.name} is removed", "green")
    return errors.OK


if __name__ == "__main__":
    sys.exit(main())
