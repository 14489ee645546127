"""`checks down`: remove the stack that `checks up` started for this repository."""

from __future__ import annotations

import argparse
import contextlib

from checks import errors
from checks.args import Args
from checks.host.console import Console
from checks.host.docker import engine, stack, stopping
from checks.report.plain import counted
from checks.verbs import up

SPOKEN = ("text",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options: none."""
    del parser


def run(args: Args, out: Console) -> int:
    """Remove it, containers, networks and volumes; 0 also where nothing is up."""
    found = engine.find()
    if found is None:
        out.line("no engine is running, so nothing is up")
        return errors.OK
    name = up.project(args.root.resolve())
    with contextlib.closing(found.client()) as client:
        stopping.stop(client, name, out)
        gone = stack.remove(client, name)
    out.line(f"removed {counted(len(gone), 'object')} of {name}" if gone else "nothing is up", "green")
    return errors.OK
