"""What each linter takes of a repository, kept between runs: with nothing changed no linter has to be asked, or imported.

It depends on the files as they were read, on our own code and on the packages that it uses; the last answer of each checkout
is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checks.host.lint import results
from checks.lint import fields, registry
from checks.model import Unit
from checks.repository import File, Kind, Repository

SMALL = 100_000
"""Bytes up to which a file is too large for no linter, whatever else it is."""


@dataclass(frozen=True)
class Taken:
    """What a linter takes, as units of which each can be asked about by itself, and the names of its configuration files."""

    units: tuple[Unit, ...]
    config: tuple[str, ...]


class Taker:
    """What linters take of one repository; `store` is None where nothing that is known counts."""

    def __init__(self, root: Path, repository: Repository, store: results.Results | None) -> None:
        self._root, self._repository, self._store = root, repository, store
        self.new: dict[str, str] = {}
        """What was worked out anew, as it is to be kept: answers by key."""

    def of(self, names: Iterable[str]) -> dict[str, Taken]:
        """Return by name what these linters take."""
        keys = {name: results.key_of("takes", str(self._root.resolve()), name) for name in names}
        known = self._store.get(keys.values()) if self._store is not None else {}
        return {name: self._recalled(known.get(key, "")) or self._asked(name, key) for name, key in keys.items()}

    def _asked(self, name: str, key: str) -> Taken:
        linter = registry.RULES[name] if name in registry.RULES else registry.LINTERS[name]
        taken = Taken(linter.units(self._repository), tuple(linter.CONFIG))
        if self._store is not None:
            units = [[one.files, one.inputs] for one in taken.units]
            self.new[key] = json.dumps({"sight": self._sight, "units": units, "config": taken.config})
        return taken

    def _recalled(self, text: str) -> Taken | None:
        """Return what was kept, None where that is of other files or none of ours."""
        try:
            said = fields.mapping(json.loads(text or "{}"))
            if said.get("sight") != self._sight:
                return None
            units = tuple(Unit(tuple(files), tuple(inputs)) for files, inputs in fields.listed(said.get("units")))
            return Taken(units, tuple(fields.listed(said.get("config"))))
        except (ValueError, TypeError):
            return None

    @cached_property
    def _sight(self) -> str:
        """The digest of all that `units` can depend on: the files as they were read, and what reads them."""
        seen = (
            "\0".join((one.path, str(one.trouble), one.detail, one.target, *_content(one)))
            for one in self._repository.files
        )
        return results.key_of(sys.version, results.our_own_code(), *results.installed(), *seen)


def _content(file: File) -> tuple[str, ...]:
    """Return what tells a file from what it was; of a Dockerfile that it is one: no linter looks into it for that."""
    if file.kind is Kind.DOCKERFILE and file.text is not None and file.size <= SMALL:
        return (file.kind,)
    return (str(file.kind), str(file.size), str(file.text))
