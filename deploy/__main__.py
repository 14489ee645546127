"""`nox -s deploy -- [PLAYBOOK] [--env ENV] [--list] [--check]`, and `--check-host`, which tries it all on a host of its own."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from checks import errors
from checks.errors import ChecksError, UsageError
from checks.host import interrupts, proc
from checks.host.console import Console
from deploy import cloud, endings, playbooks, trial


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for and return an exit code of `checks`."""
    args = _parse(sys.argv[1:] if argv is None else argv)
    proc.die_with_parent(signal.SIGTERM)
    out = Console()
    with interrupts.interrupts():
        try:
            if args.hold is not None:
                return endings.hold(args.hold, out)
            return trial.run(args.root, out) if args.check_host else _deploy(args, out)
        except ChecksError as error:
            out.failure(str(error), error.advice, error.details)
            return error.code
        except KeyboardInterrupt:
            proc.end_all()
            out.failure("interrupted", "what this run had started is removed")
            return errors.INTERRUPTED


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s deploy --", description="Deploy with Ansible.")
    parser.add_argument("playbook", nargs="?", default="site", help="docker, reddit-app, bench, site (default: site)")
    parser.add_argument("--env", default=os.environ.get("ENV") or "stage", help="the environment (default: ENV, stage)")
    parser.add_argument("--list", action="store_true", dest="only_list", help="print the inventory as JSON, do nothing")
    parser.add_argument("--check", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--check-host", action="store_true", help="try it all on a host made for it, and remove that")
    parser.add_argument("--hold", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _deploy(args: argparse.Namespace, out: Console) -> int:
    folder = args.root / playbooks.FOLDER
    known = playbooks.names(folder)
    if args.playbook not in known:
        raise UsageError(f"there is no playbook {args.playbook}", f"playbooks: {', '.join(known)}")
    if args.env not in playbooks.environments(folder):
        raise UsageError(
            f"there is no environment {args.env}", f"environments: {', '.join(playbooks.environments(folder))}"
        )
    with cloud.opened(args.root, args.env, os.environ, out) as (ansible, inventories):
        sources = [part for inventory in inventories for part in ("-i", inventory)]
        if args.only_list:
            done = ansible.run("ansible-inventory", *sources, "--list", timeout=120)
            if done.ok:
                out.result(done.out)
        else:
            words = ["--check"] if args.check else []
            done = ansible.play(args.playbook, inventories, *words, on_line=out.line)
        if not done.ok:
            said = playbooks.reason(done.out + done.err) or "see its words"
            advice = "are the credentials still good, and for this project?" if not playbooks.recaps(done.out) else ""
            out.failure(f"{Path(done.argv[0]).name} failed: {said}", advice)
        return errors.OK if done.ok else errors.FAILED


if __name__ == "__main__":
    sys.exit(main())
