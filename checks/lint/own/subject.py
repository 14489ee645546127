"""What a rule of our own is given: a file's text, parsed once for all rules, and the way to say a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import yaml

from checks import dockerfile
from checks.dockerfile import Dockerfile
from checks.lint.findings import OWN
from checks.model import Finding, Severity
from checks.repository import File, Kind, split_lines

MANUAL = "https://github.com/stackchecks/stackchecks/blob/main/docs/rules.md"
YAML_SIZE = 1_000_000
"""Characters beyond which a YAML file is data: the parser in Python takes a minute for five of these."""


class Rule(Protocol):
    """A module of this folder: its docstring is its manual, with examples that a test tries."""

    ID: str
    """The rule's name, as waivers write it."""
    SEVERITY: Severity
    """How bad a finding of it is at the worst."""

    def takes(self, file: File) -> bool:
        """Return whether the rule has something to say of such a file: by its path and kind, not by its text."""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Yield the findings of a file that it takes. Never raises, whatever the text is."""


@dataclass(frozen=True)
class Subject:
    """A file that is looked at: its path relative to the root, its text, what it is."""

    path: str
    text: str
    kind: Kind | None = None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of its text."""
        return split_lines(self.text)

    @cached_property
    def dockerfile(self) -> Dockerfile:
        """Its text as a Dockerfile's."""
        return dockerfile.parse(self.text)

    @cached_property
    def documents(self) -> tuple[yaml.Node, ...]:
        """The root nodes of its YAML documents; none where it is no YAML, which yamllint says, or data."""
        if len(self.text) > YAML_SIZE:
            return ()
        try:
            # Not the loader in C, fast as it is: a thousand brackets end the whole process with a segmentation fault.
            return tuple(node for node in yaml.compose_all(self.text, Loader=yaml.SafeLoader) if node is not None)
        except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
            return ()

    def nodes(self) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
        """Yield every YAML node once, with the keys that lead to it ("" for a list's item), in no order.

        What an alias or a merge key repeats is yielded where it is written.
        """
        stack: list[tuple[tuple[str, ...], yaml.Node]] = [((), node) for node in self.documents]
        seen: set[int] = set()
        while stack:
            keys, node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield keys, node
            if isinstance(node, yaml.MappingNode):
                stack += [((*keys, scalar(key)), value) for key, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                stack += [((*keys, ""), value) for value in node.value]


def scalar(node: yaml.Node) -> str:
    """Return what a YAML node says, "" where it is no scalar."""
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def line_of(node: yaml.Node) -> int:
    """Return the line of a YAML node, from 1."""
    return int(node.start_mark.line) + 1


def finding(
    rule: str, severity: Severity, subject: Subject, line: int, message: str, *, secret: bool = False
) -> Finding:
    """Return a finding of ours at a line; `secret` says that the line holds one, so that no report shows it."""
    column = 1 if line else 0
    return Finding(OWN, rule, severity, subject.path, line, column, message, f"{MANUAL}#{rule}", secret=secret)
