"""The outline of Terraform's language: blocks, labels, and what is assigned where; expressions stay text.

Not a parser that judges: terraform itself does. It never fails, whatever the text is, and finds in a broken file what
can be found. Own code, because the Python parsers of HCL take 0.1 s to import and about a second per thousand lines,
which a run with nothing changed does not have; and because they refuse what is broken.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_SKIPPED = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_BLANKS = re.compile(r"(?:[ \t\r]+|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w-]*")
_ASSIGNED = re.compile(r"[ \t\r]*=(?!=)")
_QUOTED = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|"|\n', re.DOTALL)
_TEMPLATE = re.compile(r'["{}]')
_EXPRESSION = re.compile(r'#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|<<-?([\w-]+)[^\n]*\n|["()\[\]{}\n]', re.DOTALL)
_PLAIN = re.compile(r'\s*"((?:[^"\\$%\n]|\\.|\$(?!\{)|%(?!\{))*)"\s*(?:(?:#|//)[^\n]*)?')
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "provider": 1, "variable": 1, "output": 1, "check": 1}


@dataclass(frozen=True)
class Value:
    """What is assigned: its text, where that begins and ends in the file, and the string that it is, if it is one."""

    text: str
    start: int
    end: int
    plain: str | None


@dataclass
class Block:
    """A block: `resource "a" "b" { … }` has the kind `resource` and the labels `a`, `b`. `line` counts from 1."""

    kind: str
    labels: tuple[str, ...] = ()
    line: int = 0
    values: dict[str, Value] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def plain(self, name: str) -> str:
        """Return the string that is assigned to a name, empty where it is none."""
        value = self.values.get(name)
        return (value.plain or "") if value else ""

    def of(self, *kinds: str) -> Iterator[Block]:
        """Yield the blocks of these kinds in it."""
        return (block for block in self.blocks if block.kind in kinds)


def parse(text: str) -> Block:
    """Return the outline of a file as one block that holds the others."""
    top = Block("")
    open_blocks = [top]
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    at = 0
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        if text[at] == "}":
            if len(open_blocks) > 1:
                open_blocks.pop()
            at += 1
            continue
        at = _statement(text, at, open_blocks, lines)
    return top


def _statement(text: str, at: int, open_blocks: list[Block], lines: Sequence[int]) -> int:
    """Read an assignment or the head of a block; return where the next statement begins."""
    name = _NAME.match(text, at)
    if name is None:
        return _string_end(text, at + 1) if text[at] == '"' else at + 1
    equals = _ASSIGNED.match(text, name.end())
    if equals:
        end = _expression_end(text, equals.end())
        raw = text[equals.end() : end]
        open_blocks[-1].values.setdefault(name[0], Value(raw, equals.end(), end, _plain(raw)))
        return end
    labels, at = _labels(text, name.end())
    if at < len(text) and text[at] == "{":
        block = Block(name[0], labels, bisect_right(lines, name.start()))
        open_blocks[-1].blocks.append(block)
        open_blocks.append(block)
        return at + 1
    return max(at, name.end())


def _labels(text: str, at: int) -> tuple[tuple[str, ...], int]:
    labels = []
    while at < len(text):
        blank = _BLANKS.match(text, at)
        at = blank.end() if blank else at
        name = _NAME.match(text, at)
        if name:
            labels.append(name[0])
            at = name.end()
        elif text[at : at + 1] == '"':
            end = _string_end(text, at + 1)
            labels.append(text[at + 1 : end].removesuffix('"'))
            at = end
        else:
            break
    return tuple(labels), at


def _string_end(text: str, at: int) -> int:
    """Return where a string ends whose opening quote is before `at`; strings nest in the templates of strings."""
    nested = ['"']
    while nested:
        quoted = nested[-1] == '"'
        match = (_QUOTED if quoted else _TEMPLATE).search(text, at)
        if match is None:
            return len(text)
        at = match.end()
        found = match[0]
        if quoted and found == "\n":
            return match.start()  # it never ended: the next line is worth reading all the same
        if found == ('"' if quoted else "}"):
            nested.pop()
        elif found in ("${", "%{", "{") or (found == '"' and not quoted):
            nested.append('"' if found == '"' else "{")
    return at


def _expression_end(text: str, at: int) -> int:
    """Return where an expression ends: at the end of a line or of the block, outside of all brackets."""
    depth = 0
    while True:
        match = _EXPRESSION.search(text, at)
        if match is None:
            return len(text)
        found = match[0]
        if depth == 0 and found in ("\n", "}", "]", ")"):
            return match.start()
        at = match.end()
        if found == '"':
            at = _string_end(text, at)
        elif match[1]:
            end = re.compile(rf"^[ \t]*{re.escape(match[1])}[ \t\r]*$", re.MULTILINE).search(text, at)
            at = end.end() if end else len(text)
        elif found in "([{":
            depth += 1
        elif found in ")]}":
            depth -= 1


def _plain(raw: str) -> str | None:
    match = _PLAIN.fullmatch(raw)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else None


def parse_json(text: str) -> Block:
    """Return the outline of a `.tf.json` file; what is in a block stays values, since JSON does not tell them apart."""
    top = Block("")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return top
    for kind, content in found.items() if isinstance(found, dict) else ():
        for labels, body in _labelled(content, _LABELS.get(kind, 0)):
            top.blocks.append(_json_block(kind, labels, body))
    return top


def _labelled(content: Any, depth: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for item in content if isinstance(content, list) else [content]:
        if not isinstance(item, dict):
            continue
        if depth == 0:
            yield (), item
        else:
            for label, inner in item.items():
                yield from ((((label, *labels), body)) for labels, body in _labelled(inner, depth - 1))


def _json_block(kind: str, labels: tuple[str, ...], body: dict[str, Any]) -> Block:
    block = Block(kind, labels, 0)
    for name, value in body.items():
        if kind == "terraform" and name == "required_providers":
            block.blocks += [_json_block(name, (), inner) for _, inner in _labelled(value, 0)]
            continue
        plain = value if isinstance(value, str) and "${" not in value else None
        block.values[name] = Value(json.dumps(value), 0, 0, plain)
    return block
