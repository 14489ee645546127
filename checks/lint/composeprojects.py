"""Compose projects: which compose files are read together, with which variables, and what they need besides."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from yaml.nodes import Node

from checks.lint import composefiles, yamlnodes
from checks.lint.composefiles import DEFAULT, OVERRIDES, Document, EnvFile, env_files, extended
from checks.repository import File, Repository

_WORDS = ("example", "sample", "dist", "template", "tmpl", "default")
_REQUIRED = re.compile(r"(?<!\$)(?:\$\$)*\$\{(\w+):?\?([^}]*)")
_IS_PATH = re.compile(r"\$\{\w+:?\?[^}]*\}[^:\s]*:/")
_ROUNDS = 20
"""How deep files extend and include others."""


@dataclass(frozen=True)
class Missing:
    """An env file that a service needs and that is not in the repository; `example`: another one says what is in it."""

    path: str
    said_in: str
    line: int
    example: bool


@dataclass(frozen=True)
class Required:
    """A variable that has to be set and is not: what the file says of it, and something that stands in for it."""

    name: str
    message: str
    said_in: str
    line: int
    stand_in: str


@dataclass(frozen=True)
class Project:
    """What compose is asked about: `files` in the order in which they are merged, of which the last ones are new here.

    `about`: the files that findings are to be about; `inputs`: what else decides; `env_file`: where the values of variables
    are, "" where compose finds no such file or finds it by itself; `chosen`: whether compose chooses the files by itself
    in the folder (then `COMPOSE_FILE` counts); `overlay`: what is merged last, to leave out env files that are missing.
    """

    files: tuple[str, ...]
    about: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    env_file: str = ""
    chosen: bool = False
    overlay: str = ""
    profiles: bool = False
    missing: tuple[Missing, ...] = ()
    required: tuple[Required, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> str:
        """Return the project's folder, "" for the root."""
        return posixpath.dirname(self.files[0])


def projects(repository: Repository) -> tuple[Project, ...]:
    """Return the projects of a repository; a file that only adds to one that is not beside it is in none."""
    files = {file.path: Document(file.text or "") for file in composefiles.found(repository)}
    included = {path for name, one in files.items() for path in _paths(name, one.included)}
    return tuple(
        _project(repository, files, names, default=default)
        for names, default in _merged(files)
        if names[-1] not in included
    )


def _merged(files: Mapping[str, Document]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the files that are merged into one project, and whether compose finds them in their folder by itself."""
    for folder in dict.fromkeys(map(posixpath.dirname, files)):
        here = [path for path in files if posixpath.dirname(path) == folder]
        base, override = _first(here, DEFAULT), _first(here, OVERRIDES)
        if base:
            yield ((base, override) if override else (base,)), True
        for path in here:
            if path == base or (path == override and base):
                continue
            if posixpath.basename(path) in DEFAULT or composefiles.is_whole(files[path]) or not files[path].top:
                yield (path,), False
            elif base and composefiles.is_whole(files[base], files[path]):
                yield (base, path), False
            elif composefiles.is_started(files[path]):
                yield (path,), False  # what it names is nowhere


def _first(paths: Iterable[str], names: Iterable[str]) -> str | None:
    by_name = {posixpath.basename(path): path for path in paths}
    return next((by_name[name] for name in names if name in by_name), None)


def _paths(said_in: str, names: Iterable[str]) -> list[str]:
    """Return the paths, relative to the root, of files that a file names."""
    folder = posixpath.dirname(said_in)
    local = [name for name in names if "$" not in name and not composefiles.is_remote(name)]
    return [posixpath.normpath(posixpath.join(folder, name)) for name in local]


def _project(
    repository: Repository, files: Mapping[str, Document], names: tuple[str, ...], *, default: bool
) -> Project:
    folder = posixpath.dirname(names[0])
    env = posixpath.join(folder, ".env")
    own, example = env if env in repository.by_path else "", _example_of(env, repository)
    chosen = default and bool(own or example)
    related = reached(repository, names)
    missing, overlay = _without_missing(repository, names)
    texts = {path: text for path in (*names, *related) if (text := repository.by_path[path].text) is not None}
    others = [path for path in files if posixpath.dirname(path) == folder] if chosen else []
    return Project(
        names,
        names if default else names[-1:],
        tuple(dict.fromkeys(path for path in (*names, *related, *others, own or example) if path)),
        "" if own else example,
        chosen and not overlay,
        overlay,
        any("profiles" in yamlnodes.pairs(node) for path in names for node in files[path].services.values()),
        missing,
        () if own or example else tuple(_required(names, texts)),
        texts,
    )


def reached(repository: Repository, names: Iterable[str]) -> tuple[str, ...]:
    """Return the files of the repository that compose files lead to: extended, included, env files, and so on."""
    known: dict[str, None] = {}
    fresh = list(names)
    for _ in range(_ROUNDS):
        led = [path for name in fresh for path in _led_to(repository.by_path[name])]
        fresh = [path for path in dict.fromkeys(led) if path in repository.by_path and path not in known]
        known.update(dict.fromkeys(fresh))
    return tuple(path for path in known if path not in names)


def _led_to(file: File) -> list[str]:
    if file.text is None:
        return []
    document = Document(file.text)
    bases = [other[0] for node in document.services.values() if (other := extended(node)) and other[0]]
    env = [entry.path for node in document.services.values() for entry in env_files(node)]
    labels = [name for node in document.services.values() for name in _texts(node, "label_file")]
    includes = document.included
    beside = [posixpath.join(posixpath.dirname(name), ".env") for name in includes]
    return _paths(file.path, (*bases, *env, *labels, *includes, *beside))


def _texts(service: Node, key: str) -> list[str]:
    node = yamlnodes.pairs(service).get(key)
    one = yamlnodes.scalar(node)
    return [one] if one else [text for item in yamlnodes.items(node) if (text := yamlnodes.scalar(item))]


def _without_missing(repository: Repository, names: tuple[str, ...]) -> tuple[tuple[Missing, ...], str]:
    """Return the env files that are needed and not in the repository, and the overlay that leaves them out."""
    missing: dict[Missing, None] = {}
    kept: dict[str, list[object]] = {}
    broken: dict[str, None] = {}
    folder = posixpath.dirname(names[0])
    for name in names:
        for service, node in Document(repository.by_path[name].text or "").services.items():
            for said_in, entry in _chain(repository, name, node):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(said_in), entry.path))
                if "$" in entry.path or path in repository.by_path:
                    relative = entry.path if "$" in entry.path else posixpath.relpath(path, folder or ".")
                    kept.setdefault(service, []).append(
                        {"path": relative, "format": entry.format} if entry.format else relative
                    )
                elif entry.needed:
                    example = _example_of(path, repository) != ""
                    missing[Missing(path, said_in, entry.line, example)] = None
                    broken[service] = None
    lines = [f"  {json.dumps(service)}: {{env_file: {_replaced(kept.get(service, []))}}}" for service in broken]
    return tuple(missing), "\n".join(["services:", *lines, ""]) if missing else ""


def _replaced(entries: list[object]) -> str:
    return f"!override {json.dumps(entries)}" if entries else "!reset []"


def _chain(repository: Repository, name: str, service: Node) -> Iterator[tuple[str, EnvFile]]:
    """Yield the env files of a service and of those that it extends, each with the compose file that says so."""
    for _ in range(_ROUNDS):
        for entry in env_files(service):
            yield name, entry
        other = extended(service)
        if other is None:
            return
        paths = _paths(name, [other[0]]) if other[0] else [name]
        file = repository.by_path.get(paths[0]) if paths else None
        found = Document(file.text or "").services.get(other[1]) if file is not None else None
        if file is None or found is None:
            return
        name, service = file.path, found


def _example_of(path: str, repository: Repository) -> str:
    """Return the file beside an env file that says what it is to hold, `.env.example` for `.env`; "" where there is none."""
    folder, name = posixpath.split(path)
    stem = name.removesuffix(".env").strip(".") or "env"
    forms = (
        "{0}.{1}",
        "{0}-{1}",
        "{0}_{1}",
        "{2}.{1}",
        "{2}-{1}",
        ".{2}.{1}",
        "{2}.{1}.env",
        "{1}.{0}",
        "{1}{0}",
        ".{1}{0}",
    )
    names = (form.format(name, word, stem) for word in _WORDS for form in forms)
    return next((path for one in names if (path := posixpath.join(folder, one)) in repository.by_path), "")


def _required(names: Iterable[str], texts: Mapping[str, str]) -> Iterator[Required]:
    seen: set[str] = set()
    for path in names:
        for node in Document(texts[path]).top.values():
            for one in yamlnodes.scalars(node):
                for match in _REQUIRED.finditer(one.value):
                    if match[1] not in seen:
                        seen.add(match[1])
                        stand_in = "./1" if _IS_PATH.search(one.value) else "1"
                        yield Required(match[1], match[2].strip(), path, one.start_mark.line + 1, stand_in)
