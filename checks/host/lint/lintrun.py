"""Running linters: what is known already, jobs for the rest, and what all of it comes to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from checks import __version__
from checks.host.console import Console
from checks.host.lint import jobs, results
from checks.host.lint.planning import Plan, Planner, Scope
from checks.lint import batches, outcome, plan, registry
from checks.lint.batches import Tools
from checks.lint.outcome import Result
from checks.lint.registry import Linter
from checks.model import Done, Findings, Job, ToolError, ToolState, Unit
from checks.repository import Repository

SOON = ("checkov", "kingfisher")
"""The linters that take nearly every file and start slowest, the slower one first: where more of theirs is known than is left,
each starts before the rest is planned."""
_ROUNDS = 20
"""How often a job is given again without the files that its tool could not read."""


@dataclass(frozen=True)
class Ran:
    """What a linter came to: its version, what its jobs did, and the units that were known already.

    `asked` counts the jobs that each unit was in: what it comes to is known when all of them have answered.
    """

    version: str
    results: tuple[Result, ...] = ()
    known: Mapping[Unit, Findings] | None = None
    asked: Mapping[Unit, int] = field(default_factory=dict)

    @property
    def cached(self) -> frozenset[str]:
        """Return the files of which an earlier run's answer was taken."""
        known = (self.known or {}).items()
        return frozenset(path for unit, answer in known for path in {*unit.files} - {*answer.skipped})


@dataclass(frozen=True)
class _Begun:
    """What a linter's tool was asked: about units, and for its version where nobody knew it."""

    jobs: Sequence[Job]
    done: Sequence[Future[Done]]
    version: Future[Done] | None


def run(
    root: Path,
    repository: Repository,
    chosen: Sequence[str],
    out: Console,
    *,
    scope: Scope,
    cached: bool,
    named: bool,
    beside: Callable[[], None],
) -> Mapping[str, Ran]:
    """Return by name what every linter came to; what is asked for, cached and needed decides what is run.

    `named` says that the chosen ones were asked for by name: of these also one that nobody has to have must be there. `beside`
    is called while the tools run.
    """
    store = results.Results()
    planner = Planner(root, repository, scope, store if cached else None, out)
    with out.progress(len(chosen)) as say, jobs.Pool(root, planner.tools.workers, say) as pool:
        plans: dict[str, Plan] = {}
        begun: dict[str, _Begun] = {}
        for name in (one for one in SOON if one in chosen):
            first = planner.plan([name])
            plans |= first
            soon = [one for one in first.values() if 0 < len(one.open) < len(one.known)]
            begun |= _begin(pool, repository, soon, planner.tools)
        plans |= planner.plan([name for name in chosen if name not in SOON])
        rest = [one for name, one in plans.items() if name not in begun and name not in registry.RULES]
        begun |= _begin(pool, repository, rest, planner.tools)
        ran = {name: _judge(one, repository) for name, one in plans.items() if name not in begun}
        beside()
        for name, asked in begun.items():
            ran[name] = _ended(root, plans[name], asked)
    planner.keep_versions(plans.values(), {name: one.version for name, one in ran.items()})
    if cached:
        _keep(store, planner, plans.values(), ran)
    if store.warning:
        out.warn(store.warning)
    return {name: ran[name] if name in ran else _absent(name, planner.tools, named) for name in chosen}


def _absent(name: str, tools: Tools, named: bool) -> Ran:
    why = tools.absent.get(name)
    if why is None:
        return Ran("")  # nothing to do
    if why or named:
        missing = outcome.missing(name, why or f"{name} is not on PATH: install it, or do not ask for it")
    else:
        missing = ToolError(name, ToolState.ABSENT, f"{name} is not on PATH")
    return Ran("", ((Job(name, ()), Done((), 127, "", "", 0.0), missing),))


def _begin(pool: jobs.Pool, repository: Repository, plans: Sequence[Plan], tools: Tools) -> dict[str, _Begun]:
    """Hand all that these tools are asked to the workers, and return it by name."""
    work: dict[str, list[Job]] = {one.name: [] for one in plans}
    for one in plans:
        if not one.version:
            work[one.name].append(registry.LINTERS[one.name].version(tools))
        if one.open:
            work[one.name] += registry.LINTERS[one.name].jobs(repository, one.open, tools)
    futures = iter(pool.begin([job for some in work.values() for job in some]))
    begun = {}
    for one in plans:
        some = work[one.name]
        done = [next(futures) for _ in some]
        asks = 0 if one.version else 1
        begun[one.name] = _Begun(some[asks:], done[asks:], done[0] if asks else None)
    return begun


def _ended(root: Path, one: Plan, begun: _Begun) -> Ran:
    """Wait for a tool and read what it said."""
    version = one.version
    if begun.version is not None:
        version = registry.LINTERS[one.name].read_version(begun.version.result())
    read: list[Result] = []
    asked: Counter[Unit] = Counter()
    for job, done in zip(begun.jobs, begun.done, strict=True):
        read += _read(root, registry.LINTERS[one.name], job, done.result())
        asked.update(plan.units_of(job))
    return Ran(version, tuple(read), one.known, asked)


def _judge(one: Plan, repository: Repository) -> Ran:
    """Ask our own rules."""
    if not one.open:
        return Ran(__version__, (), one.known)
    start, rules = time.monotonic(), registry.RULES[one.name]
    answer = rules.answer(repository, one.open)
    job = Job(rules.NAME, (), files=tuple(path for unit in one.open for path in unit.files), units=one.open)
    return Ran(__version__, ((job, Done((), 0, "", "", time.monotonic() - start), answer),), one.known)


def _read(root: Path, linter: Linter, job: Job, done: Done) -> Iterator[Result]:
    """Read what a job did; where the tool names files that it could not read, give it the others again."""
    for _ in range(_ROUNDS):
        answer = linter.read(job, done)
        yield job, done, answer
        rest = batches.without(job, answer.files) if isinstance(answer, ToolError) and answer.files else None
        if rest is None:
            break
        job, done = rest, jobs.run([rest], root, 1)[0]


def _keep(store: results.Results, planner: Planner, plans: Iterable[Plan], ran: Mapping[str, Ran]) -> None:
    answers: dict[str, str] = dict(planner.new)
    for one, keys in planner.unchanged(plans):
        found = plan.gathered(ran[one.name].results, ran[one.name].asked)
        answers |= {key: plan.kept(found[unit]) for unit, key in keys.items() if unit in found}
    store.put(answers)
