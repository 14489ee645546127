"""YAML as nodes: what stands where in a file, whatever its tags mean. For linters whose tools name values by their path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Key = str | int
"""A step of a path: the key of a mapping as it is written, or the number of an item, from 0."""

DEEPEST = 1000
"""Levels beyond which no file is read: nobody writes them, and the parser in C needs a stack for each."""
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BRACKETS = re.compile(r"[\[\]{}]")
_MERGE = "<<"


class NotYamlError(ValueError):
    """A text is no YAML: why, and where; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


@lru_cache(maxsize=512)
def documents(text: str) -> tuple[Node, ...]:
    """Return the documents of a text; NotYamlError where it has a mistake. Tags and doubled keys are none here."""
    if _depth(text) > DEEPEST:
        raise NotYamlError("nested too deeply", 1, 1)
    try:
        return tuple(yaml.compose_all(text, Loader=_LOADER))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _where(text, error) from error


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _BRACKETS.finditer(text):
        depth += 1 if match[0] in "[{" else -1
        deepest = max(deepest, depth)
    indent = max((len(line) - len(line.lstrip(" -?")) for line in text.split("\n")), default=0)
    return deepest + indent


def _where(text: str, error: Exception) -> NotYamlError:
    """Return the error as yamllint places it: by the parser in Python, whose marks are others than those in C."""
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except (yaml.YAMLError, RecursionError, ValueError) as other:
        error = other
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return NotYamlError(error.problem or error.context or "no YAML", *place)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        return NotYamlError(error.reason, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return NotYamlError("nested too deeply" if isinstance(error, RecursionError) else str(error), 1, 1)


def pairs(node: Node | None) -> dict[str, Node]:
    """Return the values of a mapping by their keys as written, those that it merges (`<<`) too; {} for anything else."""
    return {key.value: value for key, value in _pairs(node, 0)}


def _pairs(node: Node | None, depth: int) -> Iterator[tuple[Node, Node]]:
    """Yield scalar keys and values, what is merged first, so that a mapping's own wins."""
    if not isinstance(node, MappingNode) or depth > DEEPEST // 50:
        return
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == _MERGE:
            for merged in value.value if isinstance(value, SequenceNode) else (value,):
                yield from _pairs(merged, depth + 1)
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value != _MERGE:
            yield key, value


def items(node: Node | None) -> list[Node]:
    """Return the items of a sequence; [] for anything else."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def scalar(node: Node | None) -> str | None:
    """Return the text of a scalar, None for anything else and for null."""
    if not isinstance(node, ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return str(node.value)


def place(node: Node, path: Sequence[Key]) -> tuple[int, int]:
    """Return line and column, from 1, of what a path leads to: of its key in a mapping, of the item in a sequence.

    Where the path leads on into nothing, the place of the last step that is there.
    """
    mark = node.start_mark
    for step in path:
        found = _step(node, step)
        if found is None:
            break
        mark, node = found[0].start_mark, found[1]
    return mark.line + 1, mark.column + 1


def at(node: Node, path: Sequence[Key]) -> Node | None:
    """Return the node that a path leads to, None where there is none."""
    for step in path:
        found = _step(node, step)
        if found is None:
            return None
        node = found[1]
    return node


def _step(node: Node, step: Key) -> tuple[Node, Node] | None:
    if isinstance(node, SequenceNode):
        inside = str(step).isdecimal() and int(step) < len(node.value)
        return (node.value[int(step)],) * 2 if inside else None
    exact = {key.value: (key, value) for key, value in _pairs(node, 0)}
    if str(step) in exact:
        return exact[str(step)]
    # A loader may have made a boolean or null of the key, and its name of that.
    loose = {"none" if text in ("", "~", "null") else text.lower(): pair for text, pair in exact.items()}
    return loose.get(str(step).lower())


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield every scalar that is a value, each node once however often it is referred to, in the order of the text."""
    seen: set[int] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ScalarNode):
            yield one
        elif isinstance(one, SequenceNode):
            stack.extend(reversed(one.value))
        elif isinstance(one, MappingNode):
            stack.extend(value for _, value in reversed(one.value))
