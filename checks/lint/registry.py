"""The linters there are, and what each has to say of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Protocol, TypeVar, cast

from checks.errors import UsageError
from checks.lint.batches import Tools
from checks.lint.findings import OWN
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


T = TypeVar("T", bound=Rules | Linter)


class _Modules(Mapping[str, T]):
    """Modules of this folder by the names that people type; each is imported when it is asked for, which takes a while."""

    def __init__(self, *names: str) -> None:
        self._modules = {name: "own" if name == OWN else name.replace("-", "_") for name in names}

    def __getitem__(self, name: str) -> T:
        return cast("T", import_module(f"checks.lint.{self._modules[name]}"))

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


LINTERS: Mapping[str, Linter] = _Modules(
    "ansible-lint",
    "check-jsonschema",
    "checkov",
    "compose-config",
    "compose-lint",
    "hadolint",
    "kingfisher",
    "packer",
    "shellcheck",
    "terraform",
    "tflint",
    "yamllint",
)
RULES: Mapping[str, Rules] = _Modules(OWN)
FIXERS: Mapping[str, Fixer] = _Modules("packer", "terraform", "ansible-lint", "shellcheck")
"""In the order in which they are run."""


def choose(only: Collection[str], skip: Collection[str]) -> tuple[str, ...]:
    """Return the names of linters, rules of our own among them, that are asked for; UsageError for a name that is none."""
    known = (*RULES, *LINTERS)
    for name in (*only, *skip):
        if name not in known:
            raise UsageError(f"there is no linter {name!r}", f"linters: {', '.join(known)}")
    return tuple(name for name in known if (not only or name in only) and name not in skip)


def names(text: Iterable[str]) -> tuple[str, ...]:
    """Return the names in options that may be given several times and hold several, separated by commas."""
    return tuple(dict.fromkeys(name.strip() for part in text for name in part.split(",") if name.strip()))
