"""A mutant as an import sees it, in an interpreter of its own: what is made while modules are imported shows only so.

    python -P tests/mutation/imported.py MODULE NUMBER

Runs all tests of checks/cis until one fails, and ends 10 where one did (the mutant was noticed), 11 where none did.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
NOTICED, SURVIVED = 10, 11


class _Loader(importlib.abc.Loader):
    def __init__(self, path: Path, mutant: Mutant) -> None:
        self._path, self._mutant = path, mutant

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute the mutant in the place of the module."""
        exec(compile(self._mutant.tree, str(self._path), "exec", dont_inherit=True), vars(module))  # noqa: S102


class Finder(importlib.abc.MetaPathFinder):
    """Finds a mutant where its module is asked for."""

    def __init__(self, name: str, path: Path, mutant: Mutant) -> None:
        self._name, self._path, self._loader = name, path, _Loader(path, mutant)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the mutant's specification, None for every other module."""
        del path, target
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self._loader)


def main(module: str, number: int, tests: str = "tests/unit/cis") -> int:
    """Run the tests with a mutant, the `number`th of a module of checks/cis."""
    path = ROOT / "checks/cis" / f"{module}.py"
    mutant = next(itertools.islice(mutants(path.read_text(encoding="utf-8")), number, None))
    sys.meta_path.insert(0, Finder(f"checks.cis.{module}", path, mutant))
    try:
        code = pytest.main(
            ["-x", "-qq", "--assert=plain", "-p", "no:cacheprovider", tests]
        )  # its own finder would come first
    except BaseException:
        return NOTICED  # not even pytest comes up, since its plugin imports the mutant
    return SURVIVED if code == pytest.ExitCode.OK else NOTICED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
