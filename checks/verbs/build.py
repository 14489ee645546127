"""`checks build [IMAGE…]`: every image of the compose file, in dependency order, in parallel."""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks import errors
from checks.args import Args, seconds
from checks.host import files, history, masks
from checks.host import run as runs
from checks.host.console import Console
from checks.host.docker import engines, evidence
from checks.host.docker.engine import Engine
from checks.host.images import builder, layers, sbom
from checks.report import steps as report_steps
from checks.report.plain import counted

FORMATS = ("text", "json", "junit")
SPOKEN = ("text",)
JUNIT = "junit/build.xml"
SBOM_SECONDS = 120.0
"""How long the engine may keep silent while it hands out an image."""
LAYERS_SECONDS = 10.0
"""How long it may take to say of one image what it is made of."""


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
    history.begin(args.root, "build")
    runs.forget(args.root, "build.json", JUNIT, "evidence/build", "build", "sbom")
    engine = engines.need(out)
    with runs.begin(args.root) as run:
        case = evidence.Case("build", run, engine)
        with evidence.kept(case, out):
            built = builder.make(args.root, config, engine, out, run, args["images"], args["timeout"])
            clock = [time.time()]
            found = _materials(run, engine, built, args["images"], out)
            clock.append(time.time())
            path = report(run, engine, built, args["images"], found, clock)
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
    out.line(f"• bills of materials of {counted(len(made), 'image')} in {run.reports / 'sbom'}")
    return found


def report(
    run: runs.Run,
    engine: Engine,
    built: builder.Built,
    asked: Sequence[str] = (),
    materials: Sequence[Mapping[str, Any]] = (),
    clock: Sequence[float] = (),
) -> Path:
    """Write reports/build.json and reports/junit/build.xml; `asked` are the images that were named, none for all.

    `clock` says when the bills of materials were begun and when they were there, in epoch seconds.
    """
    made = _layers(run, engine, built)
    ways = [
        {
            "image": item.image,
            "way": item.way,
            "detail": item.detail,
            "seconds": round(item.seconds, 3),
            "began": round(max(item.began - run.started, 0.0), 3),
            **made.get(item.image, {}),
        }
        for item in built.bases
    ]
    steps = [
        {
            "image": step.name,
            "state": step.state,
            "seconds": round(step.seconds, 3),
            "message": step.message,
            **step.facts,
            **made.get(step.name, {}),
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
            "steps": list(_phases(run, built, clock)),
        },
    )


def _layers(run: runs.Run, engine: Engine, built: builder.Built) -> dict[str, dict[str, Any]]:
    """Return size and layers of every image that is there, by name."""
    resolved = json.loads((run.work / evidence.RESOLVED).read_text(encoding="utf-8"))
    names = [step.name for step in built.steps if step.state in ("built", "unchanged")]
    with contextlib.closing(engine.client(LAYERS_SECONDS)) as client:
        return layers.of_each(client, [*names, *(item.image for item in built.bases)], masks.masker(resolved))


def _phases(run: runs.Run, built: builder.Built, clock: Sequence[float]) -> Iterator[dict[str, Any]]:
    """Yield the parts of the run, one after the other: when each began in the run, and how long it took, in seconds."""
    if len(clock) == 2:
        first = min((item.began - run.started for item in built.bases), default=0.0)
        made, listed = (at - run.started for at in clock)
        yield {"name": "look at the compose file", "began": 0.0, "seconds": round(max(first, 0.0), 3)}
        yield {"name": "images", "began": round(max(first, 0.0), 3), "seconds": round(made - max(first, 0.0), 3)}
        yield {"name": "bills of materials", "began": round(made, 3), "seconds": round(listed - made, 3)}
