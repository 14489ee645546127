"""What of a repository is Ansible, and which of it belongs together.

A playbook is a YAML list of plays, wherever it is and whatever its name; a role a folder with tasks or meta data laid
out as a role; a collection a folder with a galaxy.yml. A project is the folder in which somebody would run Ansible: the
one with ansible.cfg, else with ansible-lint's configuration, else the topmost one that holds playbooks and roles.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from checks.repository import File, Kind, Repository

LINT_CONFIG = (
    ".ansible-lint",
    ".ansible-lint.yml",
    ".ansible-lint.yaml",
    ".config/ansible-lint.yml",
    ".config/ansible-lint.yaml",
)
"""Where ansible-lint looks for its configuration in a folder, in its order."""
STEERING = (
    "ansible.cfg",
    ".ansible-lint-ignore",
    ".config/ansible-lint-ignore.txt",
    ".yamllint",
    ".yamllint.yaml",
    ".yamllint.yml",
)
"""What else steers ansible-lint, from the folder in which it is run."""
LARGE = 1_000_000
"""Bytes beyond which a file that is not YAML decides nothing: an archive that a role copies."""

_FIRST = re.compile(r"^(?! *(?:#|---|%|\r?$)).*", re.MULTILINE)
_ITEM = re.compile(r"( *)-( +)\S")
_ROLE = re.compile(r"(?P<folder>(?:.+/)?)roles/[^/]+/(?:tasks|meta|defaults|handlers|vars)/.+\.ya?ml", re.DOTALL)
_ROLE_ITSELF = re.compile(r"(?P<folder>(?:.+/)?)meta/main\.ya?ml", re.DOTALL)
_ROLE_META = re.compile(r"^(?:galaxy_info|dependencies) *:", re.MULTILINE)
_VARIABLES = re.compile(r"(?P<folder>(?:.+/)?)(?:group_vars|host_vars)/.+", re.DOTALL)
_COLLECTION = re.compile(r"^namespace *:.*^name *:|^name *:.*^namespace *:", re.MULTILINE | re.DOTALL)
_REQUIREMENTS = re.compile(r"^(?:roles|collections) *:|^- +(?:src|role) *:", re.MULTILINE)
_BESIDE = re.compile(r"(?P<folder>(?:.+/)?)(?:roles/[^/]+|playbooks|molecule/[^/]+)/.+", re.DOTALL)
_PARTS = re.compile(
    r"(?:^|/)(?:roles|library|module_utils|plugins|\w+_plugins|group_vars|host_vars|vars|defaults|tasks|handlers|meta"
    r"|templates|files|inventor(?:y|ies)|environments|playbooks|molecule|collections|tests)/|\.j2$|(?:^|/)CHANGELOG\.\w+$"
)
"""What Ansible and its linter read besides YAML, where the folder is not Ansible's alone."""
_PLUGIN = re.compile(r"(?:^|/)(?:plugins|library|\w+_plugins)/.*\.py$", re.DOTALL)
_ABOVE = re.compile(r"(?:\.\./)+[\w.-][\w./-]*")
_OTHERS = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|\.azure-pipelines)/|(?:^|/)(?:\.travis|\.gitlab-ci|\.?appveyor"
    r"|azure-pipelines|\.pre-commit-config|\.pre-commit-hooks|mkdocs|\.?codecov|Chart|values|kustomization|renovate"
    r"|[^/]*compose[^/]*)\.ya?ml$"
)
_OTHERS_SAY = re.compile(r"^(?:apiVersion|services|openapi|swagger) *:", re.MULTILINE)


@dataclass(frozen=True)
class Project:
    """A folder in which Ansible is run, relative to the root, "" for the root itself, and what Ansible reads there.

    `files` are YAML and plugins, `inputs` the rest; `playbooks` are those of `files` that are; `config` is
    ansible-lint's configuration, "" where there is none.
    """

    folder: str
    files: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()
    config: str = ""


@dataclass(frozen=True)
class _Home:
    """Where a project is run, the folders that belong to it, and whether its folder is Ansible's alone."""

    folder: str
    scopes: frozenset[str]
    alone: bool


def projects(repository: Repository) -> tuple[Project, ...]:
    """Return the Ansible projects of a repository by folder; a file is in one of them at most."""
    known = repository.by_path
    homes = _homes(repository)
    scopes = {scope: home for home in homes for scope in home.scopes}
    own: dict[str, list[File]] = {home.folder: [] for home in homes}
    for file in repository.files:
        home = next((scopes[folder] for folder in _above(file.path) if folder in scopes), None)
        if home is not None and _is_read(file, home):
            own[home.folder].append(file)
    beyond = _beyond(own, known)
    return tuple(_project(home, own[home.folder], beyond[home.folder], known) for home in homes if own[home.folder])


def is_list(text: str) -> bool:
    """Return whether a YAML text is a list, as playbooks and files with tasks are."""
    first = _FIRST.search(text)
    return first is not None and first[0].lstrip("\ufeff ").startswith(("- ", "["))


def is_playbook(text: str) -> bool:
    """Return whether a YAML text is a list of plays: one of its items says `hosts` or `import_playbook`."""
    first = _FIRST.search(text)
    item = _ITEM.match(first[0]) if first else None
    if item is None:
        return False
    dash = len(item[1])
    keys = dash + 1 + len(item[2])
    play = rf"^(?: {{{dash}}}- +| {{{keys}}})(?:hosts|(?:ansible\.builtin\.)?import_playbook) *:"
    return re.search(play, text, re.MULTILINE) is not None


def _homes(repository: Repository) -> list[_Home]:
    known = repository.by_path
    scopes: dict[str, set[str]] = {}
    alone: set[str] = set()
    for path, base, itself in _things(repository):
        configured = next((folder for folder in _above(path) if _join(folder, "ansible.cfg") in known), None)
        home = _linted_from(base, known) if configured is None else configured
        scopes.setdefault(home, set()).add(base if configured is None else home)
        if home or configured is not None or (itself and base == home):
            alone.add(home)
    joined: dict[str, set[str]] = {}
    for home, bases in scopes.items():
        top = _topmost(home, scopes, known)
        joined.setdefault(top, set()).update({top} if top in alone else bases)
    return [_Home(home, frozenset(bases), home in alone) for home, bases in sorted(joined.items())]


def _things(repository: Repository) -> Iterator[tuple[str, str, bool]]:
    """Yield what is Ansible: its path, the folder that it is used from, and whether that folder is a role or a collection."""
    for file in repository.of_kind(Kind.YAML, utf8=True):
        path, text = file.path, file.text or ""
        folder, _, name = path.rpartition("/")
        role, variables = _ROLE.fullmatch(path), _VARIABLES.fullmatch(path)
        itself = _ROLE_ITSELF.fullmatch(path)
        if role or variables:
            yield path, _folder(role or variables), False
        elif itself and _ROLE_META.search(text):
            yield path, _folder(itself), True
        elif name == "galaxy.yml" and _COLLECTION.search(text):
            yield path, folder, True
        elif is_playbook(text):
            beside = _BESIDE.fullmatch(path)
            yield path, _folder(beside) if beside else folder, False
        elif name in ("requirements.yml", "requirements.yaml") and _REQUIREMENTS.search(text):
            yield path, folder, False


def _folder(match: re.Match[str] | None) -> str:
    return match["folder"].rstrip("/") if match else ""


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first, "" last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _linted_from(base: str, known: Mapping[str, File]) -> str:
    """Return the folder with ansible-lint's configuration that is nearest to a folder, else that folder."""
    folders = [base, *(_above(base) if base else ())]
    return next((folder for folder in folders if any(_join(folder, name) in known for name in LINT_CONFIG)), base)


def _topmost(home: str, homes: Iterable[str], known: Mapping[str, File]) -> str:
    """Return the topmost project that a folder lies in; one with an ansible.cfg stays by itself."""
    others = set(homes)
    if _join(home, "ansible.cfg") in known or not home:
        return home
    return next((folder for folder in reversed(list(_above(home))) if folder in others), home)


def _is_read(file: File, home: _Home) -> bool:
    if file.kind is Kind.YAML:
        if file.trouble is not None:
            return False
        return home.alone or not (_OTHERS.search(file.path) or _OTHERS_SAY.search(file.text or ""))
    if file.size > LARGE or re.search(r"\.ya?ml$|(?:^|/)\.gitignore$", file.path):
        return False  # YAML that is none is a template of Helm's
    return bool(home.folder) or _PARTS.search(file.path) is not None


def _project(home: _Home, own: Iterable[File], beyond: Iterable[str], known: Mapping[str, File]) -> Project:
    files = [file for file in own if file.kind is Kind.YAML or _PLUGIN.search(file.path)]
    named = {file.path for file in files}
    folders = [home.folder, *(_above(home.folder) if home.folder else ())]
    configs = (_join(folder, name) for folder in folders for name in LINT_CONFIG)
    config = next((path for path in configs if path in known), "")
    steering = {path for path in (config, *(_join(home.folder, name) for name in STEERING)) if path in known}
    rest = {file.path for file in own}.union(beyond, steering, _rules(config, known))
    return Project(
        home.folder,
        tuple(sorted(named)),
        tuple(sorted(rest - named)),
        tuple(file.path for file in files if file.text and is_playbook(file.text)),
        config,
    )


def _rules(config: str, known: Mapping[str, File]) -> set[str]:
    """Return the files of the rules of its own that a repository tells ansible-lint of."""
    try:
        said = yaml.safe_load(known[config].text or "") if config else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return set()  # ansible-lint will say so
    named = said.get("rulesdir") if isinstance(said, dict) else None
    above = config.rpartition("/")[0]
    folders = {
        posixpath.normpath(posixpath.join(above, str(one))) for one in (named if isinstance(named, list) else [])
    }
    return {path for path in known if not folders.isdisjoint(_above(path))} if folders else set()


def _beyond(own: Mapping[str, Iterable[File]], known: Mapping[str, File]) -> dict[str, set[str]]:
    """Return by project what it reads outside: what it names there, and all of a project that it names something of."""
    named = {home: _outside(home, files, known) for home, files in own.items()}
    within = {file.path: home for home, files in own.items() for file in files}
    found = {}
    for home in own:
        seen, todo = {home}, [home]
        while todo:
            others = {within[path] for path in named[todo.pop()] if path in within} - seen
            seen |= others
            todo += others
        found[home] = {path for one in seen for path in (*named[one], *(file.path for file in own[one]))}
    return found


def _outside(home: str, own: Iterable[File], known: Mapping[str, File]) -> set[str]:
    """Return the files outside that those of a project name by a path that leads upwards: shared roles, variables, tasks."""
    wanted = set()
    for file in own:
        for name in set(_ABOVE.findall(file.text or "")):
            places = {home, *list(_above(file.path))[:3]}
            wanted |= {posixpath.normpath(posixpath.join(place, name)) for place in places}
    wanted = {place for place in wanted if not place.startswith("..") and not f"{home}/".startswith(f"{place}/")}
    fine = (path for path, file in known.items() if file.trouble is None and file.size <= LARGE)
    return {path for path in fine if path in wanted or not wanted.isdisjoint(_above(path))} if wanted else set()
