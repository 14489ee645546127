"""Building the images of a stack: what they stand on first, then wave by wave, as many at once as there are cores."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import buildlog, dockerfile, errors, masking
from checks import compose as pure
from checks.config import Config
from checks.host import files, git, masks, workers
from checks.host.console import Console
from checks.host.docker import compose as host_compose
from checks.host.docker import evidence
from checks.host.docker.engine import Engine, explain
from checks.host.images import base, buildenv, frontends, images, selection
from checks.host.run import Run
from checks.model import Step

if TYPE_CHECKING:
    from docker import DockerClient

BUILD_SECONDS = 1800.0
STANDIN = "standin/"


@dataclass(frozen=True)
class Built:
    """What a build came to: a step per image, how each foreign image was had, and the stack with stand-ins in it."""

    steps: tuple[Step, ...]
    bases: tuple[base.Provided, ...]
    standins: Mapping[str, str]
    compose: host_compose.Compose

    @property
    def ok(self) -> bool:
        """Whether every image is there."""
        return all(step.state in ("built", "unchanged") for step in self.steps)


def make(
    root: Path,
    config: Config,
    engine: Engine,
    out: Console,
    run: Run,
    only: Sequence[str] = (),
    limit: float = BUILD_SECONDS,
) -> Built:
    """Provide what the images stand on, then build those that are not there as the tree makes them."""
    compose = host_compose.open_project(root, config, engine, out)
    resolved = compose.resolve()
    (run.work / evidence.RESOLVED).write_text(json.dumps(resolved))
    wanted = selection.with_needed(pure.services(resolved), only)
    foreign = selection.foreign(wanted, pure.services(resolved))
    bases, refused = base.provide_each(engine, foreign, config.standins, out, os.environ)
    standins = {item.image: STANDIN + item.image for item in bases if item.way is base.Way.STAND_IN}
    instead = selection.standing_in(standins, config.standins, root, str(compose.file.parent))
    below = [image for image in selection.foreign(instead, pure.services(resolved)) if image not in foreign]
    if below:
        more, refused_too = base.provide_each(engine, below, {}, out, os.environ)
        bases, refused = [*bases, *more], {**refused, **refused_too}
    missing = _missing(refused, out)
    reading = frontends.provide(engine, [*wanted, *instead], out)
    bases = [*bases, *reading.provided]
    for item in bases:
        out.line(f"• {item.image}: {item.way} ({item.detail})")
    replaced = pure.with_standins(resolved, standins, selection.texts(wanted))
    names = {service.name for service in wanted}
    chosen = [service for service in pure.services(replaced) if service.name in names]
    sections = selection.sections(replaced, chosen, instead)
    with out.section("images", "building the images"), contextlib.closing(engine.client()) as client:
        ids = {
            selection.familiar(item.image): (images.existing(client, item.image) or {}).get("Id", "") for item in bases
        }
        own = buildenv.secrets(run.work / "secrets")
        if sections and (ages := buildenv.laxer(own)):
            out.line(f"• this machine's apt has {', '.join(ages)}: builds that mount the secret apt have that, too")
        masker = masks.masker(resolved)
        job = _Job(compose, client, run, out, limit, git.revision(root), own, ids, resolved, masker, reading)
        steps = (*missing, *_build_all(job, sections, set(map(selection.familiar, refused))))
    return Built(steps, tuple(bases), standins, compose)


def _missing(refused: Mapping[str, errors.FailedError], out: Console) -> list[Step]:
    """Say what cannot be had, each reason once, and return a failed step for each image."""
    for error in {str(error): error for error in refused.values()}.values():
        out.failure(str(error), error.advice, error.details)
    return [Step(image, "failed", 0.0, str(error)) for image, error in refused.items()]


@dataclass(frozen=True)
class _Job:
    compose: host_compose.Compose
    client: DockerClient
    run: Run
    out: Console
    limit: float
    revision: str
    secrets: Mapping[str, Path]
    ids: Mapping[str, str]
    resolved: Mapping[str, Any]
    masker: masking.Masker
    frontends: frontends.Frontends


def _build_all(
    job: _Job, sections: Mapping[str, tuple[pure.Service, Mapping[str, Any]]], missing: Collection[str]
) -> Iterator[Step]:
    """Build in waves; what stands on an image that failed or is missing is not run, the others finish."""
    names = {selection.familiar(image): image for image in sections}
    needs = {
        image: [names[base] for base in map(selection.familiar, images.bases_of(service)) if base in names]
        for image, (service, _) in sections.items()
    }
    trees: dict[str, str] = dict(job.ids)
    bad: set[str] = set()
    with job.out.progress(len(needs)) as say:
        for wave in _waves(needs):
            with workers.pool(os.cpu_count() or 2) as pool:
                futures = {}
                for image in wave:
                    service, section = sections[image]
                    broken = [base for base in needs[image] if base in bad]
                    broken += [base for base in images.bases_of(service) if selection.familiar(base) in missing]
                    futures[image] = pool.submit(_timed, job, service, section, trees, broken, say)
                for image, future in futures.items():
                    step = future.result()
                    trees[selection.familiar(image)] = str(step.facts.get("tree", ""))
                    if step.state not in ("built", "unchanged"):
                        bad.add(image)
                    yield step


def _waves(needs: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    try:
        return pure.order(needs)
    except ValueError as error:
        raise errors.FailedError(
            f"the images stand on each other in a circle: {error}", "break it in a FROM"
        ) from error


def _timed(job: _Job, *rest: Any) -> Step:
    began = time.time() - job.run.started
    step = _build_one(job, *rest)
    return replace(step, facts={**step.facts, "began": round(began, 3)})


def _build_one(
    job: _Job,
    service: pure.Service,
    section: Mapping[str, Any],
    trees: Mapping[str, str],
    broken: Sequence[str],
    say: Callable[[str, str], None],
) -> Step:
    started = time.monotonic()
    name = service.image
    if broken or service.build is None:
        job.out.line(f"✗ {name}: not built, it needs {', '.join(broken)}", "red")
        return Step(name, "not-run", 0.0, f"needs {', '.join(broken)}")
    try:
        plan = _plan(job, service, section, trees)
        if images.is_unchanged(job.client, plan):
            job.out.line(f"= {name}: unchanged, nothing to build")
            return _step(job, plan, "unchanged", started)
        return _built(job, plan, started, say)
    except Exception as error:
        known = error if isinstance(error, errors.ChecksError) else explain(error)
        if known is None or known.code == errors.NO_ENGINE:  # then no other image can be built either
            raise
        job.out.failure(str(known), known.advice, known.details)
        return Step(name, "failed", time.monotonic() - started, str(known))  # no service: it has no log of a build


def _plan(job: _Job, service: pure.Service, section: Mapping[str, Any], trees: Mapping[str, str]) -> images.Plan:
    build = service.build
    assert build is not None  # noqa: S101  the caller has looked
    bases = images.bases_of(service)
    tree = images.tree_hash(build, [trees.get(selection.familiar(image), image) for image in bases], job.run.reports)
    declared = dockerfile.parse(images.text_of(build)).declared
    revision = {"REVISION": job.revision} if "REVISION" in declared and job.revision else {}
    given = {**build.arguments, **revision, **buildenv.proxies()}
    changed: dict[str, Any] = {"args": {name: pure.escaped(value) for name, value in given.items()}}
    if build.contexts:
        changed["additional_contexts"] = {name: pure.escaped(value) for name, value in build.contexts.items()}
    changed |= frontends.without(job.frontends, build, service.name, job.run.work)
    return images.Plan(service, tree, bases, {**section, **changed}, pure.build_secrets(job.resolved, section))


def _built(job: _Job, plan: images.Plan, started: float, say: Callable[[str, str], None]) -> Step:
    name = plan.service.image
    before = images.existing(job.client, name)

    def on_line(line: str) -> None:
        step = buildlog.current_step(line)
        if step:
            say(name, step)

    secrets = buildenv.with_apt_sources(job.secrets, buildenv.suite(plan.bases), job.run.work / "secrets")
    done = images.build(job.compose, plan, secrets, job.run.work, on_line, job.limit)
    log = job.run.reports / "build" / f"{plan.service.name}.log"
    files.write_atomic(log, job.masker.text(done.out))
    seconds = time.monotonic() - started
    # An exit code alone has lied before: the image must be there, with this tree's mark.
    if done.ok and images.is_unchanged(job.client, plan):
        step = _step(job, plan, "built", started)
        if before is not None and before["Id"] != step.facts["id"]:
            images.remove_superseded(job.client, before["Id"])
        job.out.line(f"✓ {name}: built in {seconds:.1f} s", "green")
        return step
    assert plan.service.build is not None  # noqa: S101  it was built
    parsed = dockerfile.parse(images.text_of(plan.service.build))
    reason = f"no end within {job.limit:.0f} s" if done.timed_out else "does not build"
    said = buildlog.describe(buildlog.failure(job.masker.text(done.out)), parsed, _place(plan.service, job.run))
    said += frontends.hint(job.frontends, plan.service.build)
    job.out.failure(f"{name} {reason}", f"the whole output: {log}", said)
    return Step(name, "failed", seconds, "\n".join([reason, *said]), {"service": plan.service.name})


def _place(service: pure.Service, run: Run) -> str:
    """Return where a build is written down, as a person finds it."""
    build = service.build
    if build is None or build.inline:
        return f"dockerfile_inline of {service.name}"
    with contextlib.suppress(ValueError):
        return str(Path(build.dockerfile).relative_to(run.reports.parent))
    return build.dockerfile


def _step(job: _Job, plan: images.Plan, state: str, started: float) -> Step:
    found = images.existing(job.client, plan.service.image) or {}
    facts = {"service": plan.service.name, "tree": plan.tree, "id": found.get("Id", ""), "size": found.get("Size", 0)}
    return Step(plan.service.image, state, time.monotonic() - started, "", {**facts, "bases": list(plan.bases)})
