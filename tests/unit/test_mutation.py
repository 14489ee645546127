"""The mutants of `nox -s mutants`: what is changed, and that the change is really there."""

from __future__ import annotations

import ast
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutation import imported, planting
from tests.mutation.mutants import mutants

SOURCE = '''"""A module."""
LIMITS = frozenset({"a", "b"})
CHECKS = (1, 2)
MOST = 5

def within(value: int, *, strict: bool = False) -> bool:
    inner = lambda one: one and not strict
    return value <= MOST or inner(value) and "a" in LIMITS

class Thing:
    @property
    def many(self) -> list[int]:
        return [n for n in (1, 2) if n > 1]
'''


@pytest.fixture
def module(tmp_path: Path) -> Iterator[types.ModuleType]:
    path = tmp_path / "mutated.py"
    path.write_text(SOURCE)
    made = types.ModuleType("mutated")
    made.__file__ = str(path)
    exec(compile(SOURCE, str(path), "exec", dont_inherit=True), vars(made))  # noqa: S102  our own source
    sys.modules["mutated"] = made
    planting._made.cache_clear()  # this module's functions are new
    yield made
    del sys.modules["mutated"]


def _tree(what: str) -> ast.Module:
    return next(one.tree for one in mutants(SOURCE) if one.what == what)


def test_what_decides_is_mutated_and_nothing_else() -> None:
    found = {one.what for one in mutants(SOURCE)}
    assert {
        "`value < MOST`",
        "`value > MOST`",
        "without `value <= MOST`",
        "`strict` for its opposite",
        "`'a' not in LIMITS`",
        "without the member `'b'`",
        "6 for 5",
        "True for False",
        "without the filter `n > 1`",
        "`n >= 1`",
    } <= found
    assert all(ast.dump(one.tree) != ast.dump(ast.parse(SOURCE)) for one in mutants(SOURCE))
    assert not any("module" in what or "int" in what or "property" in what for what in found)


def test_a_mutant_is_planted_in_functions_that_others_hold(module: types.ModuleType) -> None:
    held = module.within
    assert not held(9, strict=True)
    planting.plant(module, _tree("`value > MOST`"))
    assert held(9, strict=True)


def test_a_mutant_is_planted_in_methods_and_lambdas(module: types.ModuleType) -> None:
    assert module.Thing().many == [2]
    planting.plant(module, _tree("without the filter `n > 1`"))
    assert module.Thing().many == [1, 2]
    assert module.within(9, strict=False)
    planting.plant(module, _tree("`strict` for its opposite"))
    assert not module.within(9, strict=False)


def test_a_constant_is_another_for_all_that_read_it(module: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    importer = types.ModuleType("checks.importer")
    importer.__dict__["LIMITS"] = module.LIMITS
    monkeypatch.setitem(sys.modules, "checks.importer", importer)
    holder = {"limits": module.LIMITS}
    planting.plant(module, _tree("without the member `'b'`"))
    assert module.LIMITS == importer.LIMITS == holder["limits"] == frozenset({"a"})
    planting.plant(module, _tree("6 for 5"))
    assert module.within(6)


def test_what_only_an_import_could_show_is_no_mutant_that_survived(module: types.ModuleType) -> None:
    with pytest.raises(planting.CannotPlantError):
        planting.plant(module, _tree("2 for 1"))
    with pytest.raises(planting.CannotPlantError):
        planting.plant(module, ast.parse(SOURCE))


def test_a_mutant_is_imported_in_the_place_of_its_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "imported_mutant.py"
    path.write_text(SOURCE)
    mutant = next(one for one in mutants(SOURCE) if one.what == "6 for 5")
    monkeypatch.setattr(sys, "meta_path", [imported.Finder("imported_mutant", path, mutant), *sys.meta_path])
    module = importlib.import_module("imported_mutant")
    del sys.modules["imported_mutant"]
    assert module.MOST == 6
    assert module.within(6, strict=True)
