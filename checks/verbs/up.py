"""`checks up`: build, start the stack, wait until all of it is healthy; it stays until `checks down`."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
from pathlib import Path

from checks import errors
from checks.args import Args, seconds
from checks.host import files, interrupts
from checks.host import run as runs
from checks.host.console import Console
from checks.host.docker import engines, evidence, labels, ports, stack
from checks.host.images import builder

SPOKEN = ("text",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument(
        "--wait", type=seconds, metavar="S", help="seconds until all must be healthy (default: configured)"
    )


def project(root: Path) -> str:
    """Return the project name of the stack that a person keeps up for a repository."""
    return f"checks-up-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:8]}"


def run(args: Args, out: Console) -> int:
    """Start it; 1 where it does not become healthy, and then nothing of it stays."""
    config = files.load_config(args.root)
    runs.forget(args.root, "evidence/up")
    name = project(args.root.resolve())
    engine = engines.need(out)
    with runs.begin(args.root) as run, contextlib.closing(engine.client()) as client:
        case = evidence.Case("up", run, engine, name)
        with evidence.kept(case, out):
            built = builder.make(args.root, config, engine, out, run)
            if not built.ok:
                raise errors.FailedError("not started: not every image could be built")
        kept = runs.Run(name, run.started, run.work, run.reports, run.begun)
        limit = args["wait"] or config.ready_seconds
        wanted = stack.Wanted(built.compose, built.standins, name, labels.KEPT, limit, False, config.secrets)
        was_up = bool(stack.containers(client, name))
        out.step(f"starting the stack, {limit:.0f} s for all of it")
        try:
            with evidence.kept(case, out):
                started = stack.start(wanted, engine, client, kept, out)
        except errors.NoEngineError:
            if not was_up:
                out.warn("what was started is still there: checks down removes it when the engine answers")
            raise
        except BaseException:
            if not was_up:
                with interrupts.held():
                    stack.remove(client, name)
            raise
    for service, took in sorted(started.ready.items(), key=lambda item: item[1]):
        out.line(f"✓ {service}: ready after {took:.1f} s", "green")
    for item in ports.published(started.resolved):
        out.line(f"  {item}")
    for item in ports.ways_to(started.resolved, engine):
        out.line(f"  from here: {item}")
    return errors.OK
