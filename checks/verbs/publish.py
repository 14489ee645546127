"""`checks publish [IMAGE…]`: every image that the compose file builds, to CHECKS_REGISTRY or Docker Hub, each version once."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checks import compose as pure
from checks import errors, publishing
from checks.args import Args, seconds
from checks.host import files, git, history
from checks.host import run as runs
from checks.host.console import Console
from checks.host.docker import compose as host_compose
from checks.host.docker import engines
from checks.host.docker.engine import Engine
from checks.host.images import builder, publisher, selection
from checks.host.images.base import Way
from checks.host.images.selection import familiar
from checks.publishing import Published, State

if TYPE_CHECKING:
    from docker import DockerClient

FORMATS = ("text", "json")
SPOKEN = ("text",)
_ANSWER_SECONDS = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="a service or image that is built (default: all)")
    parser.add_argument(
        "--timeout", type=seconds, default=publisher.PUSH_SECONDS, metavar="S", help="seconds for one image"
    )
    parser.add_argument("--force-overwrite", action="store_true", help="replace a published version of other content")
    parser.add_argument("--force-dirty", action="store_true", help="publish although files are not as committed")
    parser.add_argument("--force-standin", action="store_true", help="publish what stands on a stand-in")
    parser.add_argument("--force-bootstrapped", action="store_true", help="publish what stands on a base made here")


@dataclass(frozen=True)
class _Job:
    """What one command is about."""

    root: Path
    engine: Engine
    out: Console
    allowed: publishing.Allowed
    seconds: float


def run(args: Args, out: Console) -> int:
    """Publish; 0 when the registry has every image as it is here, 1 when one was refused or failed."""
    config = files.load_config(args.root)
    history.begin(args.root, "publish")
    runs.forget(args.root, "publish.json")
    where = publisher.Where.of(os.environ)
    engine = engines.need(out)
    names = ("overwrite", "dirty", "standin", "bootstrapped")
    allowed = publishing.Allowed(**{name: bool(args[f"force_{name}"]) for name in names})
    job = _Job(args.root, engine, out, allowed, args["timeout"])
    with runs.begin(args.root) as run:
        compose = host_compose.open_project(args.root, config, engine, out)
        wanted = _built(compose.resolve(), args["images"])
        targets = [where.target(image) for image in dict.fromkeys(item.image for item in wanted)]
        if not targets:
            raise errors.FailedError("there is nothing to publish: no service of the compose file is built")
        make = functools.partial(builder.make, args.root, config, engine, out, run, [item.name for item in wanted])
        done: list[Published] = []
        try:
            for item in _refused_all(job, targets) or _each(job, targets, make):
                done.append(item)
                _say(item, out)
        finally:
            path = _report(run, engine, done, [item.image for item in targets], args["images"])
    if args.format == "json":
        out.result(path.read_text(encoding="utf-8"))
    return errors.OK if all(item.ok for item in done) else errors.FAILED


def _built(resolved: pure.Resolved, only: Sequence[str]) -> list[pure.Service]:
    """Return the services that were named and are built: what they only stand on is not published with them."""
    found = [service for service in pure.services(resolved) if service.build]
    return selection.selected(found, only)


def _refused_all(job: _Job, targets: Sequence[Published]) -> list[Published]:
    """Refuse all of it before anything is built, where the tree is not as it is committed."""
    try:
        why = publishing.dirty(git.changed_files(job.root), job.allowed)
    except errors.UsageError as error:
        why = None if job.allowed.dirty else (f"nothing says what the tree is: {error}", "say --force-dirty")
    if why is None:
        return []
    return [replace(item, state=State.REFUSED, message=why[0], advice=why[1]) for item in targets]


def _each(job: _Job, targets: Sequence[Published], make: Callable[[], builder.Built]) -> Iterator[Published]:
    """Build, and publish one image after the other: an engine sends the layers of one side by side anyway."""
    built = make()
    steps = {step.name: step for step in built.steps}
    bases = {
        familiar(name): tuple(familiar(base) for base in step.facts.get("bases", ())) for name, step in steps.items()
    }
    ways = {familiar(item.image): str(item.way) for item in built.bases}
    ways |= dict.fromkeys(map(familiar, built.standins.values()), str(Way.STAND_IN))
    with contextlib.closing(job.engine.client(_ANSWER_SECONDS)) as client:
        for item in targets:
            step = steps.get(item.image)
            if step is None or step.state not in ("built", "unchanged"):
                yield replace(item, message="it could not be built", advice="see above")
                continue
            known = publisher.facts(client, item.image, publishing.below(familiar(item.image), bases), ways)
            yield _one(job, client, item, known)


def _one(job: _Job, client: DockerClient, item: Published, known: publishing.Facts) -> Published:
    why = publishing.objection(known, job.allowed)
    if why is not None:
        return replace(item, state=State.REFUSED, message=why[0], advice=why[1])
    job.out.step(f"publishing {item.target}")
    return publisher.publish(client, item, job.allowed.overwrite, job.seconds)


def _say(item: Published, out: Console) -> None:
    if item.state is State.PUSHED:
        out.line(f"✓ {item.target}: pushed in {item.seconds:.1f} s, {item.digest}", "green")
    elif item.state is State.ALREADY_THERE:
        out.line(f"= {item.target}: already there, {item.digest}")
    else:
        verb = "is not published" if item.state is State.REFUSED else "could not be published"
        out.failure(f"{item.target} {verb}: {item.message}", item.advice)


def _report(
    run: runs.Run, engine: Engine, done: Sequence[Published], wanted: Sequence[str], asked: Sequence[str]
) -> Path:
    """Write reports/publish.json, also of a command that was interrupted: what it had not come to is not in `images`.

    `asked` are the images that were named, none for all.
    """
    rows = [
        {
            "image": item.image,
            "name": item.name,
            "tag": item.tag,
            "digest": item.digest,
            "state": str(item.state),
            "seconds": round(item.seconds, 3),
            "message": item.message,
        }
        for item in done
    ]
    ok = len(done) == len(wanted) and all(item.ok for item in done)
    facts = {"engine": {"kind": engine.kind, "version": engine.version}, "ok": ok, "wanted": list(wanted)}
    facts["asked"] = list(asked)
    return run.report("publish", {**facts, "images": rows})
