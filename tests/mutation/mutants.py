"""Mutants of a module: the same source with one condition dropped, turned round or moved by one, one constant changed.

What is mutated is what decides: conditions, comparisons, limits, members of collections. Texts for people are not.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OTHERS = {"any": "all", "all": "any", "min": "max", "max": "min"}
_COLLECTIONS = (ast.Set, ast.Tuple, ast.List)
Change = Callable[[Any], None]
"""What makes a node of a tree another one; which kind of node it is for knows whoever made it."""


@dataclass(frozen=True)
class Mutant:
    """One change of a module: where it is (line, column), what it is, and the tree that has it."""

    line: int
    column: int
    what: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module's source, in the order of the source."""
    tree = ast.parse(source)
    left_out = _left_out(tree)
    for at, node in enumerate(ast.walk(tree)):
        if at in left_out or not isinstance(node, ast.expr | ast.stmt):
            continue
        for what, change in _changes(node):
            changed = copy.deepcopy(tree)
            change(next(one for number, one in enumerate(ast.walk(changed)) if number == at))
            yield Mutant(node.lineno, node.col_offset, what, ast.fix_missing_locations(changed))


def _left_out(tree: ast.Module) -> frozenset[int]:
    """Return the numbers of nodes that decide nothing: annotations, decorators, and what only type checkers read."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts = [
                *node.decorator_list,
                node.returns,
                *(item.annotation for item in ast.walk(node.args) if isinstance(item, ast.arg)),
            ]
        elif isinstance(node, ast.ClassDef):
            parts = [*node.decorator_list, *node.bases]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            parts = [node]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice] if isinstance(node.slice, ast.Tuple) else []
        skipped.update(inner for part in parts if part is not None for inner in ast.walk(part))
    return frozenset(at for at, node in enumerate(ast.walk(tree)) if node in skipped)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.BoolOp):
        for at, value in enumerate(node.values):
            yield f"without `{ast.unparse(value)}`", _drop("values", at)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _TURNED[type(node.ops[0])]:
            turned = ast.Compare(node.left, [other()], node.comparators)
            yield f"`{ast.unparse(turned)}`", _set("ops", [other()])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"`{ast.unparse(node.operand)}` for its opposite", _become(lambda made: made.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        instead = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{instead!r} for {node.value!r}", _set("value", instead)
    elif isinstance(node, ast.Name) and node.id in _OTHERS:
        yield f"{_OTHERS[node.id]} for {node.id}", _set("id", _OTHERS[node.id])
    elif isinstance(node, _COLLECTIONS) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for at, value in enumerate(node.elts):
            yield f"without the member `{ast.unparse(value)}`", _drop("elts", at)
    elif isinstance(node, ast.Dict):
        for at, key in enumerate(node.keys):
            yield f"without the entry `{ast.unparse(key) if key else '**'}`", _entry(at)
    yield from _decisions(node)


def _decisions(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.If | ast.IfExp):
        for decided in (True, False):
            yield f"`{ast.unparse(node.test)}` always {decided}", _set("test", ast.Constant(decided))
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for at, loop in enumerate(node.generators):
            for number, condition in enumerate(loop.ifs):
                yield f"without the filter `{ast.unparse(condition)}`", _unfiltered(at, number)


def _set(name: str, value: object) -> Change:
    return lambda node: setattr(node, name, value)


def _become(which: Callable[[Any], ast.AST]) -> Change:
    """Make a node another one in its place: everybody who holds it sees the other."""

    def change(node: Any) -> None:
        other = which(node)
        node.__class__ = other.__class__
        node.__dict__ = other.__dict__

    return change


def _drop(name: str, at: int) -> Change:
    def change(node: Any) -> None:
        values = getattr(node, name)
        del values[at]
        if isinstance(node, ast.BoolOp) and len(values) == 1:
            _become(lambda _made: values[0])(node)
        elif isinstance(node, ast.Set) and not values:
            _become(lambda _made: ast.parse("set()", mode="eval").body)(node)

    return change


def _entry(at: int) -> Change:
    def change(node: Any) -> None:
        del node.keys[at], node.values[at]

    return change


def _unfiltered(at: int, number: int) -> Change:
    def change(node: Any) -> None:
        del node.generators[at].ifs[number]

    return change
