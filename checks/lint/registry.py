"""The linters there are, and what each has to say of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, cast

from checks.errors import UsageError
from checks.lint import (
    ansible_lint,
    check_jsonschema,
    checkov,
    compose_config,
    compose_lint,
    hadolint,
    kingfisher,
    own,
    packer,
    shellcheck,
    terraform,
    tflint,
    yamllint,
)
from checks.lint.batches import Tools
from checks.model import Done, Findings, Job, ToolError, Unit
from checks.repository import Repository


class Linter(Protocol):
    """A module of this folder. All of it is pure: jobs go to the host, what they did comes back."""

    NAME: str
    """The tool's name, as people type it."""
    CONFIG: tuple[str, ...]
    """The names of files, in a linted file's folder or above, that steer the tool: with them its answers change."""

    def units(self, repository: Repository) -> tuple[Unit, ...]:
        """Return what the tool takes, as units of which each can be asked about by itself."""

    def jobs(self, repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
        """Return the commands that lint these units, split for as many workers as `tools` names."""

    def read(self, job: Job, done: Done) -> Findings | ToolError:
        """Return what a job found, or why what it said cannot be trusted. Never raises, whatever the output is."""

    def version(self, tools: Tools) -> Job:
        """Return the command that says the tool's version."""

    def read_version(self, done: Done) -> str:
        """Return the version, empty where the output has none."""


class Rules(Protocol):
    """Rules of our own: no tool is asked, a pure function answers."""

    NAME: str
    """Their name, as people type it."""
    CONFIG: tuple[str, ...]
    """As a linter's."""

    def units(self, repository: Repository) -> tuple[Unit, ...]:
        """Return what they take."""

    def answer(self, repository: Repository, wanted: Sequence[Unit]) -> Findings:
        """Return what they find in these units."""


class Fixer(Linter, Protocol):
    """A linter whose tool can also correct what it found."""

    def fixes(self, repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
        """Return the commands that do it; they are run in a copy of the repository and may write there."""

    def read_fix(self, job: Job, done: Done) -> str | ToolError:
        """Return a patch, its names behind two folders (`a/./`), that is to be applied; "" where the files are written."""


_ALL = (
    ansible_lint,
    check_jsonschema,
    checkov,
    compose_config,
    compose_lint,
    hadolint,
    kingfisher,
    packer,
    shellcheck,
    terraform,
    tflint,
    yamllint,
)
LINTERS: Mapping[str, Linter] = MappingProxyType({linter.NAME: linter for linter in cast("Sequence[Linter]", _ALL)})

RULES: Mapping[str, Rules] = MappingProxyType({own.NAME: cast("Rules", own)})
FIXERS: Mapping[str, Fixer] = MappingProxyType(
    {linter.NAME: linter for linter in cast("Sequence[Fixer]", (packer, terraform, ansible_lint, shellcheck))}
)
"""In the order in which they are run."""


def choose(only: Collection[str], skip: Collection[str]) -> tuple[Linter | Rules, ...]:
    """Return the linters, rules of our own among them, that are asked for; UsageError for a name that is none."""
    known: Mapping[str, Linter | Rules] = {**RULES, **LINTERS}
    for name in (*only, *skip):
        if name not in known:
            raise UsageError(f"there is no linter {name!r}", f"linters: {', '.join(known)}")
    return tuple(linter for name, linter in known.items() if (not only or name in only) and name not in skip)


def names(text: Iterable[str]) -> tuple[str, ...]:
    """Return the names in options that may be given several times and hold several, separated by commas."""
    return tuple(dict.fromkeys(name.strip() for part in text for name in part.split(",") if name.strip()))
