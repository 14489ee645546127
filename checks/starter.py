"""What a repository needs to begin with: what is found in it, and the files that `checks init` writes for that."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from checks.errors import ConfigError
from checks.lint import composefiles
from checks.repository import Kind, Repository
from checks.startertexts import CONFIGURATION, DOCKERIGNORE, NOXFILE, STACK_SESSIONS, STACK_TEST

COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""In compose's own order."""
TESTS = "tests/integration"
STARTER = f"{TESTS}/test_stack.py"
IGNORED = ".dockerignore"
REPORTS = "reports"
_ROLE = re.compile(r"(?:.+/)?roles/([^/]+)/(?:tasks|meta|defaults|handlers)/main\.ya?ml", re.DOTALL)
_TEST = re.compile(r"(?:.+/)?(?:test_[^/]+|[^/]+_test)\.py", re.DOTALL)
_NAMED = 3


@dataclass(frozen=True)
class Found:
    """What of a repository somebody would lint, build or verify: paths relative to the root; `tests` are pytest's files."""

    compose: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    terraform: tuple[str, ...] = ()
    packer: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    yaml: tuple[str, ...] = ()
    reports: bool = False
    """Whether the repository has files of its own in the folder that ours come into."""

    @property
    def stack(self) -> str:
        """The compose file that the stack is started from, "" where there is none."""
        return self.compose[0] if self.compose else ""

    @property
    def assertions(self) -> str:
        """Where `checks verify` looks for assertions: where a folder of that name has tests of another kind, our file alone."""
        others = [path for path in self.tests if path.startswith(f"{TESTS}/") and path != STARTER]
        return STARTER if others else TESTS


@dataclass(frozen=True)
class Wanted:
    """A file to write, or with `append` the end of one that is there; `there` says why it is not written, "" where it can be."""

    path: str
    text: str
    append: bool = False
    there: str = ""


def survey(repository: Repository) -> Found:
    """Return what is in a repository."""
    paths = [file.path for file in repository.files]
    return Found(
        tuple(sorted(_compose(repository), key=_depth)),
        _of(repository, Kind.DOCKERFILE),
        tuple(path for path in paths if _TEST.fullmatch(path)),
        tuple(dict.fromkeys(_roles(paths))),
        tuple(dict.fromkeys(_folder(path) for path in _of(repository, Kind.TERRAFORM))),
        _of(repository, Kind.PACKER),
        _of(repository, Kind.SHELL),
        _of(repository, Kind.YAML),
        any(path.startswith(f"{REPORTS}/") for path in paths),
    )


def _compose(repository: Repository) -> Iterator[str]:
    """Yield what compose would take by its name, without files of other programs that have one: Ansible's tasks, above all."""
    for file in repository.files:
        if PurePosixPath(file.path).name in COMPOSE_NAMES and composefiles.is_compose(file):
            yield file.path


def _depth(path: str) -> tuple[int, str, int]:
    """Sort by depth; in one folder in the order in which compose would choose."""
    place = PurePosixPath(path)
    return len(place.parts), place.parent.as_posix(), COMPOSE_NAMES.index(place.name)


def _of(repository: Repository, kind: Kind) -> tuple[str, ...]:
    return tuple(file.path for file in repository.files if file.kind is kind)


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def _roles(paths: Iterable[str]) -> Iterator[str]:
    known = frozenset(paths)
    for path in paths:
        match = _ROLE.fullmatch(path)
        if match:
            yield match[1]
    if known & {"tasks/main.yml", "tasks/main.yaml"} and known & {"meta/main.yml", "meta/main.yaml"}:
        yield "this one"


def described(found: Found) -> list[str]:
    """Return a line for each kind of thing that is there; a line that says so where there is nothing."""
    kinds = (
        ("compose file", found.compose),
        ("Dockerfile", found.dockerfiles),
        ("Ansible role", found.roles),
        ("Terraform directory", found.terraform),
        ("Packer template", found.packer),
        ("shell script", found.scripts),
        ("YAML file", found.yaml),
        ("pytest file", found.tests),
    )
    lines = [_line(word, names) for word, names in kinds if names]
    if len(found.compose) > 1:
        lines.append(f"the stack is that of {found.stack}: `compose` in the configuration can name another")
    return lines or ["nothing that checks lints, builds or starts"]


def _line(word: str, names: tuple[str, ...]) -> str:
    many = word if len(names) == 1 else f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} {many}: {', '.join(names[:_NAMED])}{rest}"


def wanted(
    found: Found, package: str, known: Iterable[str], pyproject: str | None, checks_toml: str | None
) -> list[Wanted]:
    """Return the files of a beginning; `known` are the paths that exist, the texts those of the configuration's files.

    `package` is what pip is given to install us. ConfigError where pyproject.toml cannot be read or added to.
    """
    there = frozenset(known)
    files = [_configuration(found, pyproject, checks_toml), Wanted("noxfile.py", noxfile(found, package))]
    if found.stack:
        files.append(Wanted(STARTER, STACK_TEST))
    if IGNORED not in there and any("/" not in path for path in found.dockerfiles):
        files.append(Wanted(IGNORED, DOCKERIGNORE + ("" if found.reports else f"{REPORTS}\n")))
    return [_judged(file, there) for file in files]


def _judged(file: Wanted, there: frozenset[str]) -> Wanted:
    if file.there or file.append or file.path not in there:
        return file
    return Wanted(file.path, file.text, there="it is there already")


def configuration(found: Found) -> str:
    """Return the keys of a minimal configuration."""
    keys = [f"compose = {json.dumps(found.stack)}", f"tests = {json.dumps([found.assertions])}"] if found.stack else []
    return "".join(f"{line}\n" for line in (*keys, CONFIGURATION))


def _configuration(found: Found, pyproject: str | None, checks_toml: str | None) -> Wanted:
    keys = configuration(found)
    if checks_toml is not None:
        return Wanted("checks.toml", keys, there="it is there already")
    if pyproject is None:
        return Wanted("checks.toml", keys)
    added = f"\n[tool.checks]\n{keys}"
    before = _toml(pyproject)
    tools = before.get("tool", {})
    if isinstance(tools, dict) and "checks" in tools:
        return Wanted("pyproject.toml", added, append=True, there="it has a [tool.checks] already")
    _refuse_unless_added(pyproject, added)
    newline = "\r\n" if "\r\n" in pyproject else "\n"
    start = "" if pyproject.endswith("\n") or not pyproject else newline
    return Wanted("pyproject.toml", start + added.replace("\n", newline), append=True)


def _refuse_unless_added(pyproject: str, added: str) -> None:
    """Refuse where the table cannot follow what is there, as where `tool` is written on one line."""
    try:
        tomllib.loads(f"{pyproject}\n{added}")
    except tomllib.TOMLDecodeError as error:
        advice = "write [tool.checks] into it by hand: --dry-run says what"
        raise ConfigError(f"[tool.checks] cannot be added to pyproject.toml: {error}", advice) from error


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"pyproject.toml cannot be read: {error}", "correct the TOML at that place") from error


def noxfile(found: Found, package: str) -> str:
    """Return a noxfile whose sessions are those that make sense here."""
    return NOXFILE.replace("@PACKAGE@", json.dumps(package)) + (STACK_SESSIONS if found.stack else "")


def next_commands(found: Found, *, has_nox: bool) -> tuple[str, str]:
    """Return the two commands that somebody would give next."""
    first = "nox -s lint" if has_nox else "python3 -m pip install nox && nox -s lint"
    return (first, "nox -s build integration") if found.stack else (first, "checks lint --write-baseline")
