"""Running linters: what is known already, jobs for the rest, and what all of it comes to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checks import __version__
from checks.host.console import Console
from checks.host.lint import jobs, linters, results
from checks.lint import batches, outcome, plan, registry
from checks.lint.batches import Tools
from checks.lint.outcome import Result
from checks.lint.registry import Linter, Rules
from checks.model import Done, Findings, Job, ToolError, Unit
from checks.repository import Repository

_ROUNDS = 20
"""How often a job is given again without the files that its tool could not read."""


@dataclass(frozen=True)
class Scope:
    """What is asked for: the units about one of `paths`, with `reads` also those that read one; None: everything."""

    paths: frozenset[str] | None = None
    reads: bool = False


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
    def cached(self) -> int:
        """Return the number of files of which an earlier run's answer was taken."""
        return sum(len(unit.files) - len(answer.skipped) for unit, answer in (self.known or {}).items())


@dataclass(frozen=True)
class _Plan:
    """A linter's work: everything that it takes, what of that is known, and the keys of what is not."""

    linter: Linter | Rules
    units: tuple[Unit, ...]
    known: Mapping[Unit, Findings]
    keys: Mapping[Unit, str]

    @property
    def open(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit not in self.known)


def run(
    root: Path,
    repository: Repository,
    chosen: Sequence[Linter | Rules],
    out: Console,
    *,
    scope: Scope,
    cached: bool,
    beside: Callable[[], None],
) -> Mapping[str, Ran]:
    """Return by name what every linter came to; what is asked for, cached and needed decides what is run.

    `beside` is called while the tools run.
    """
    wanted = {one.NAME: plan.touching(one.units(repository), scope.paths, reads=scope.reads) for one in chosen}
    tools = linters.locate([name for name, units in wanted.items() if units and name not in registry.RULES], out)
    store, digests = results.Results(), results.Digests(root)
    editions = results.Results(results.versions_folder())
    plans = [
        _planned(one, wanted[one.NAME], tools, store if cached else None, digests)
        for one in chosen
        if one.NAME in tools.commands or one.NAME in registry.RULES
    ]
    keys = {one.linter.NAME: _version_key(one, tools) for one in plans if one.linter.NAME in registry.LINTERS}
    said = editions.get(keys.values())
    versions = {name: said[key] for name, key in keys.items() if key in said}
    ran = _run(root, repository, plans, tools, versions, out, beside)
    editions.put({key: ran[name].version for name, key in keys.items() if key not in said and ran[name].version})
    if cached:
        _keep(store, digests, plans, ran, tools)
    if store.warning:
        out.warn(store.warning)
    return {one.NAME: ran[one.NAME] if one.NAME in ran else _absent(one.NAME, wanted, tools) for one in chosen}


def _absent(name: str, wanted: Mapping[str, Collection[Unit]], tools: Tools) -> Ran:
    if not wanted[name] or not tools.absent.get(name):
        return Ran("")  # nothing to do, or nobody has to have it
    return Ran("", ((Job(name, ()), Done((), 127, "", "", 0.0), outcome.missing(name, tools.absent[name])),))


def _planned(
    linter: Linter | Rules,
    units: tuple[Unit, ...],
    tools: Tools,
    store: results.Results | None,
    digests: results.Digests,
) -> _Plan:
    if store is None or not units:
        return _Plan(linter, units, {}, {})
    keys = _keys(linter, units, units, tools, digests)
    found = store.get(keys.values())
    answers = {unit: plan.recalled(found[key]) for unit, key in keys.items() if key in found}
    return _Plan(linter, units, {unit: answer for unit, answer in answers.items() if answer is not None}, keys)


def _keys(
    linter: Linter | Rules, wanted: Sequence[Unit], everything: Sequence[Unit], tools: Tools, digests: results.Digests
) -> dict[Unit, str]:
    """Return the keys of units: they change with the tool, its configuration, our code, and what the unit reads."""
    steering = [f"{path}={digests.of(path)}" for path in plan.configurations(linter.CONFIG, everything)]
    program = results.identity(tools.commands.get(linter.NAME, ()))
    tool = results.key_of(linter.NAME, program, results.our_own_code(), *steering)
    parts = {unit: [part for path in unit.reads for part in (path, digests.of(path))] for unit in wanted}
    return {unit: results.key_of(tool, *part) for unit, part in parts.items()}


def _version_key(one: _Plan, tools: Tools) -> str:
    return results.key_of("version", one.linter.NAME, results.identity(tools.commands.get(one.linter.NAME, ())))


def _run(
    root: Path,
    repository: Repository,
    plans: Sequence[_Plan],
    tools: Tools,
    versions: Mapping[str, str],
    out: Console,
    beside: Callable[[], None],
) -> dict[str, Ran]:
    ours = [(one, registry.RULES[one.linter.NAME]) for one in plans if one.linter.NAME in registry.RULES]
    theirs = [(one, registry.LINTERS[one.linter.NAME]) for one in plans if one.linter.NAME not in registry.RULES]
    asked = [(one, linter) for one, linter in theirs if linter.NAME not in versions]
    work = [(linter, job) for one, linter in theirs if one.open for job in linter.jobs(repository, one.open, tools)]
    todo = [*(linter.version(tools) for _, linter in asked), *(job for _, job in work)]
    ran: dict[str, Ran] = {}

    def ourselves() -> None:
        ran.update({one.linter.NAME: _judge(one, rules, repository) for one, rules in ours})
        beside()

    with out.progress(len(todo)) as say:
        done = jobs.run(todo, root, tools.workers, say, ourselves)
    said = {linter.NAME: linter.read_version(did) for (_, linter), did in zip(asked, done, strict=False)}
    read: dict[str, list[Result]] = {one.linter.NAME: [] for one in plans}
    counts: dict[str, Counter[Unit]] = {one.linter.NAME: Counter() for one in plans}
    for (linter, job), did in zip(work, done[len(asked) :], strict=True):
        read[linter.NAME] += _read(root, linter, job, did)
        counts[linter.NAME].update(plan.units_of(job))
    for one, linter in theirs:
        version = said[linter.NAME] if linter.NAME in said else versions[linter.NAME]
        ran[linter.NAME] = Ran(version, tuple(read[linter.NAME]), one.known, counts[linter.NAME])
    return ran


def _judge(one: _Plan, rules: Rules, repository: Repository) -> Ran:
    """Ask our own rules."""
    if not one.open:
        return Ran(__version__, (), one.known)
    start = time.monotonic()
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


def _keep(
    store: results.Results, digests: results.Digests, plans: Sequence[_Plan], ran: Mapping[str, Ran], tools: Tools
) -> None:
    digests.forget()  # what changed while its tool read it is not what the answer is about
    answers: dict[str, str] = {}
    for one in plans:
        now = _keys(one.linter, one.open, one.units, tools, digests)
        found = plan.gathered(ran[one.linter.NAME].results, ran[one.linter.NAME].asked)
        answers.update(
            {key: plan.kept(found[unit]) for unit, key in now.items() if unit in found and key == one.keys[unit]}
        )
    store.put(answers)
