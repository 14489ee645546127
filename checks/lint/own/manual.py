"""docs/rules.md, out of the rules' own docstrings: what a rule says of itself is what people read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from checks.lint.own import RULES
from checks.lint.own.subject import Rule

_EXAMPLE = re.compile(r"^(Bad|Good)(?: \(`([^`]+)`\))?:\n\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
_LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".sh": "sh", ".tfvars": "hcl", ".env": "sh"}
_HEAD = """\
# Rules of our own

What `checks lint` looks for beyond what its linters say. This page is made from the rules' modules in `checks/lint/own`
(`nox -s docs`); a test tries every example on it.

A place that has to stay as it is gets a waiver with a reason, on the line or in a comment above it:

```sh
# checks: waive {rule} until=2027-01-31 owner=platform -- why it has to be so
```

or for whole files in the configuration (`checks.toml`, or `[tool.checks]` in `pyproject.toml`):

```toml
[[tool.checks.waivers]]
rule = "{rule}"
path = "tools/*"
reason = "why it has to be so"
```

| rule | severity | |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Example:
    """An example of a manual: whether it is a good one, the name of its file, its text."""

    good: bool
    path: str
    text: str


def summary(rule: Rule) -> str:
    """Return the first sentence of a rule's manual."""
    return (rule.__doc__ or "").partition("\n")[0].strip()


def examples(rule: Rule) -> list[Example]:
    """Return the examples of a rule's manual, in order."""
    found = _EXAMPLE.finditer((rule.__doc__ or "").rstrip() + "\n")
    return [Example(match[1] == "Good", match[2] or "Dockerfile", _dedented(match[3])) for match in found]


def manual(rules: Sequence[Rule] = RULES) -> str:
    """Return the text of docs/rules.md."""
    head = _HEAD.format(rule=rules[0].ID)
    rows = "".join(f"| [`{rule.ID}`](#{rule.ID}) | {rule.SEVERITY} | {summary(rule)} |\n" for rule in rules)
    return head + rows + "".join(f"\n{part}" for rule in rules for part in _section(rule))


def _section(rule: Rule) -> Iterator[str]:
    text = _EXAMPLE.split((rule.__doc__ or "").rstrip() + "\n")[0].strip()
    yield f"## {rule.ID}\n\n{text}\n"
    for example in examples(rule):
        mark = "Good" if example.good else "Bad"
        where = "" if example.path == "Dockerfile" else f" (`{example.path}`)"
        yield f"{mark}{where}:\n\n```{_language(example.path)}\n{example.text}```\n"


def _language(path: str) -> str:
    name = PurePosixPath(path).name
    return _LANGUAGES.get(PurePosixPath(name).suffix or name, "dockerfile")


def _dedented(block: str) -> str:
    return "".join(f"{line[4:]}\n" for line in block.rstrip().split("\n"))
