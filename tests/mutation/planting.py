"""Putting a mutant into a process that has imported the module already: to import everything again takes seconds each."""

from __future__ import annotations

import ast
import functools
import gc
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_READ_AT_IMPORT = ("CHECKS",)
"""Names whose value the registry has taken over: tests/unit/cis/test_catalogue.py knows which checks there must be."""


class CannotPlantError(Exception):
    """The mutant changes what only an import could change: nothing is said of it."""


class UnusableError(Exception):
    """The mutant's module could not even be imported: whoever imports it notices."""


@functools.cache
def _made() -> tuple[list[types.FunctionType], list[Any]]:
    """Return the functions that there are, and the caches of functions: looked for once, before anybody forks."""
    everything = gc.get_objects()
    functions = [one for one in everything if isinstance(one, types.FunctionType)]
    return functions, [one for one in everything if isinstance(one, functools._lru_cache_wrapper) and one is not _made]


def prepare() -> None:
    """Look around once, so that forks need not, and collect nothing meanwhile: forks share what nobody touches."""
    _made()
    gc.disable()


def plant(module: types.ModuleType, tree: ast.Module) -> None:
    """Make what is imported of a module behave as its mutant; CannotPlantError where that cannot be."""
    name = str(module.__file__)
    old, new = ast.parse(Path(name).read_text(encoding="utf-8")), tree
    before, after = (compile(one, name, "exec", dont_inherit=True) for one in (old, new))
    changed = list(_changed(before, after))
    constants = _constants(old, new)
    swapped = sum(_swap(one, other) for one, other in changed)
    if not swapped and not constants:
        raise CannotPlantError
    for target, value in constants:
        try:
            made = eval(compile(ast.Expression(value), name, "eval"), dict(vars(module)))  # noqa: S307  our own source
        except Exception as error:
            raise UnusableError(str(error)) from error
        _rebind(module, target, made)
    for kept in _made()[1]:
        kept.cache_clear()


def _changed(old: types.CodeType, new: types.CodeType) -> Iterator[tuple[types.CodeType, types.CodeType]]:
    """Yield pairs of code of functions, as they were and as they are; code of a class's body is none."""
    inner = [[one for one in code.co_consts if isinstance(one, types.CodeType)] for code in (old, new)]
    for one, other in zip(*inner, strict=False):
        if one == other:
            continue
        if one.co_flags & 0x2:  # CO_NEWLOCALS: a function's
            yield one, other
        yield from _changed(one, other)


def _swap(old: types.CodeType, new: types.CodeType) -> int:
    """Give every function that has the old code the new one, and return how many these are."""
    found = [made for made in _made()[0] if made.__code__ == old]
    if found and old.co_freevars != new.co_freevars:
        raise CannotPlantError
    for made in found:
        made.__code__ = new
    return len(found)


def _constants(old: ast.Module, new: ast.Module) -> list[tuple[str, ast.expr]]:
    """Return the module's names that are bound to something else."""
    found = []
    for one, other in zip(old.body, new.body, strict=True):
        if isinstance(one, ast.Assign | ast.AnnAssign) and ast.dump(one) != ast.dump(other):
            target = one.targets[0] if isinstance(one, ast.Assign) else one.target
            value = other.value if isinstance(other, ast.Assign | ast.AnnAssign) else None
            if not isinstance(target, ast.Name) or value is None or target.id in _READ_AT_IMPORT:
                raise CannotPlantError
            found.append((target.id, value))
    return found


def _rebind(module: types.ModuleType, name: str, value: Any) -> None:
    old = vars(module)[name]
    for holder in gc.get_referrers(old) if gc.is_tracked(old) else ():
        if isinstance(holder, types.CellType):
            holder.cell_contents = value
        elif isinstance(holder, dict):
            for key, held in tuple(holder.items()):
                if held is old:  # in no comprehension: that would make a cell of `old`, which is then a holder itself
                    holder[key] = value
    vars(module)[name] = value
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("checks.") and vars(other).get(name) is old:
            vars(other)[name] = value
