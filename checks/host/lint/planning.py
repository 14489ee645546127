"""What each linter has to do: the units that it takes, where its tool is, and what of them an earlier run has answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.host.lint import linters, results
from checks.host.lint.taken import Taker
from checks.lint import plan, registry
from checks.lint.batches import Tools
from checks.model import Findings, Output, Unit
from checks.repository import Repository


@dataclass(frozen=True)
class Scope:
    """What is asked for: the units about one of `paths`, with `reads` also those that read one; None: everything."""

    paths: frozenset[str] | None = None
    reads: bool = False


@dataclass(frozen=True)
class Plan:
    """A linter's work: everything that it takes, what of that is known, and the keys of what is not.

    `config` are the names of its configuration files. `version` is of its tool, empty where an earlier run has not asked for
    it; `version_key` is what it is kept by.
    """

    name: str
    config: tuple[str, ...]
    units: tuple[Unit, ...]
    known: Mapping[Unit, Findings]
    keys: Mapping[Unit, str]
    version_key: str = ""
    version: str = ""

    @property
    def open(self) -> tuple[Unit, ...]:
        """Return what has to be asked about."""
        return tuple(unit for unit in self.units if unit not in self.known)


class Planner:
    """Plans for one run; `store` is None where nothing that is known counts."""

    def __init__(
        self, root: Path, repository: Repository, scope: Scope, store: results.Results | None, out: Output
    ) -> None:
        self._scope, self._store, self._out = scope, store, out
        self._taker = Taker(root, repository, store)
        self._digests = results.Digests(root)
        self._editions = results.Results(results.versions_folder())
        self.tools = Tools({}, linters.workers())
        """Where the tools of what has been planned are."""

    def plan(self, names: Sequence[str]) -> dict[str, Plan]:
        """Return by name what these linters have to do; without those whose tool is not there."""
        scope, taken = self._scope, self._taker.of(names)
        wanted = {name: plan.touching(one.units, scope.paths, reads=scope.reads) for name, one in taken.items()}
        self._locate([name for name, units in wanted.items() if units and name not in registry.RULES])
        there = [name for name in names if name in self.tools.commands or name in registry.RULES]
        keys = {name: self._version_key(name) for name in there if name not in registry.RULES}
        said = self._editions.get(keys.values())
        plans = {}
        for name in there:
            key = keys.get(name, "")
            plans[name] = self._planned(Plan(name, taken[name].config, wanted[name], {}, {}, key, said.get(key, "")))
        return plans

    @property
    def new(self) -> Mapping[str, str]:
        """Return what was worked out and is to be kept besides the answers, by key."""
        return self._taker.new

    def keep_versions(self, plans: Iterable[Plan], versions: Mapping[str, str]) -> None:
        """Keep the versions, by name, of those of which none was known."""
        asked = {one.version_key: versions[one.name] for one in plans if one.version_key and not one.version}
        self._editions.put({key: version for key, version in asked.items() if version})

    def unchanged(self, plans: Iterable[Plan]) -> Iterator[tuple[Plan, dict[Unit, str]]]:
        """Read every file again, and yield with each plan the keys of what was asked about and has not changed since.

        What changed while its tool read it is not what the answer is about.
        """
        self._digests.forget()
        for one in plans:
            now = self._keys(one, one.open)
            yield one, {unit: key for unit, key in now.items() if key == one.keys[unit]}

    def _locate(self, names: Sequence[str]) -> None:
        found = linters.locate(names, self._out)
        self.tools = Tools(
            {**self.tools.commands, **found.commands}, found.workers, {**self.tools.absent, **found.absent}
        )

    def _planned(self, one: Plan) -> Plan:
        """Return a plan with what is known of its units."""
        if self._store is None or not one.units:
            return one
        keys = self._keys(one, one.units)
        found = self._store.get(keys.values())
        answers = {unit: plan.recalled(found[key]) for unit, key in keys.items() if key in found}
        known = {unit: answer for unit, answer in answers.items() if answer is not None}
        return replace(one, known=known, keys=keys)

    def _keys(self, one: Plan, wanted: Sequence[Unit]) -> dict[Unit, str]:
        """Return the keys of units: they change with the tool, its configuration, our code, and what the unit reads."""
        of = self._digests.of
        steering = [f"{path}={of(path)}" for path in plan.configurations(one.config, one.units)]
        program = results.identity(self.tools.commands.get(one.name, ()))
        tool = results.key_of(one.name, program, results.our_own_code(), *steering)
        parts = {unit: [part for path in unit.reads for part in (path, of(path))] for unit in wanted}
        return {unit: results.key_of(tool, *part) for unit, part in parts.items()}

    def _version_key(self, name: str) -> str:
        return results.key_of("version", name, results.identity(self.tools.commands[name]))
