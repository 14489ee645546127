"""`checks build [IMAGE…]`: every image of the compose file, in dependency order, in parallel."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks import errors
from checks.args import Args, seconds
from checks.host import builder, engines, evidence, files, sbom
from checks.host import run as runs
from checks.host.console import Console
from checks.host.engine import Engine
from checks.report import steps as report_steps

FORMATS = ("text", "json", "junit")
SPOKEN = ("text",)
JUNIT = "junit/build.xml"
SBOM_SECONDS = 120.0
"""How long the engine may keep silent while it hands out an image."""


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
    runs.forget(args.root, "build.json", JUNIT, "evidence/build", "build", "sbom")
    engine = engines.need(out)
    with runs.begin(args.root) as run:
        case = evidence.Case("build", run, engine)
        with evidence.kept(case, out):
            built = builder.make(args.root, config, engine, out, run, args["images"], args["timeout"])
            path = report(run, engine, built, args["images"], _materials(run, engine, built, args["images"], out))
        if not built.ok:
            failed = [f"{step.name}: {step.message}" for step in built.steps if step.state == "failed"]
            folder = evidence.keep(case, errors.FailedError("not every image could be built", "", failed))
            out.line(f"evidence is kept in {folder}")
    if args.format != "text":
        out.result((path if args.format == "json" else run.reports / JUNIT).read_text(encoding="utf-8"))
    return errors.OK if built.ok else errors.FAILED


def _materials(
    run: runs.Run, engine: Engine, built: builder.Built, asked: Sequence[str], out: Console
) -> list[dict[str, Any]]:
    """Write a bill of materials for each image that is there now."""
    resolved = json.loads((run.work / evidence.RESOLVED).read_text(encoding="utf-8"))
    there = [step.name for step in built.steps if step.state in ("built", "unchanged")]
    images = sbom.wanted(resolved, built.standins, there if asked else ())
    failed = {step.name for step in built.steps} - set(there)
    with contextlib.closing(engine.client(SBOM_SECONDS)) as client:
        images = {name: image for name, image in images.items() if image not in failed}
        found = sbom.write(client, images, run)
    for entry in found:
        if "error" in entry:
            out.warn(f"no bill of materials for {entry['image']}: {entry['error']}")
    made = [entry for entry in found if "file" in entry]
    out.line(f"• bills of materials of {len(made)} images in {run.reports / 'sbom'}")
    return found


def report(
    run: runs.Run,
    engine: Engine,
    built: builder.Built,
    asked: Sequence[str] = (),
    materials: Sequence[Mapping[str, Any]] = (),
) -> Path:
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
            "sbom": list(materials),
        },
    )
