"""`checks build [IMAGE…]`: every image of the compose file, in dependency order, in parallel."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from checks import errors
from checks.args import Args, seconds
from checks.host import builder, engines, evidence, files
from checks.host import run as runs
from checks.host.console import Console
from checks.host.engine import Engine
from checks.report import steps as report_steps

FORMATS = ("text", "json", "junit")
SPOKEN = ("text",)
JUNIT = "junit/build.xml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument(
        "images", nargs="*", metavar="IMAGE", help="a service or image of the compose file (default: all)"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=builder.BUILD_SECONDS, metavar="S", help="seconds for one image"
    )


def run(args: Args, out: Console) -> int:
    """Build; 0 when every image is there, 1 when one could not be built."""
    config = files.load_config(args.root)
    runs.forget(args.root, "build.json", JUNIT, "evidence/build", "build")
    engine = engines.need(out)
    with runs.begin(args.root) as run:
        case = evidence.Case("build", run, engine)
        with evidence.kept(case, out):
            built = builder.make(args.root, config, engine, out, run, args["images"], args["timeout"])
            path = report(run, engine, built, args["images"])
        if not built.ok:
            failed = [f"{step.name}: {step.message}" for step in built.steps if step.state == "failed"]
            folder = evidence.keep(case, errors.FailedError("not every image could be built", "", failed))
            out.line(f"evidence is kept in {folder}")
    if args.format != "text":
        out.result((path if args.format == "json" else run.reports / JUNIT).read_text(encoding="utf-8"))
    return errors.OK if built.ok else errors.FAILED


def report(run: runs.Run, engine: Engine, built: builder.Built, asked: Sequence[str] = ()) -> Path:
    """Write reports/build.json and reports/junit/build.xml; `asked` are the images that were named, none for all."""
    ways = [
        {"image": item.image, "way": item.way, "detail": item.detail, "seconds": round(item.seconds, 3)}
        for item in built.bases
    ]
    steps = [
        {
            "image": step.name,
            "state": step.state,
            "seconds": round(step.seconds, 3),
            "message": step.message,
            **step.facts,
        }
        for step in built.steps
    ]
    files.write_atomic(run.reports / JUNIT, report_steps.junit("build", built.steps))
    facts = {"engine": {"kind": engine.kind, "version": engine.version}, "compose": built.compose.version}
    return run.report(
        "build",
        {
            **facts,
            "ok": built.ok,
            "asked": list(asked),
            "bases": ways,
            "standins": dict(built.standins),
            "images": steps,
        },
    )
