"""Compose files: which files are some, by name and by what they say, and what they refer to.

By name: `compose.yaml`, `docker-compose.prod.yml`, also `web-compose.yml`, unless they are clearly another program's (a list
of Ansible's tasks, a Kubernetes object). By content: a mapping of `services` of which one has an `image` or a `build`, with
no top-level key that compose does not know. Files for `docker stack`, values of charts and of Ansible, and templates are none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from yaml.nodes import MappingNode, Node, SequenceNode

from checks.lint import cifiles, yamlnodes
from checks.lint.yamlnodes import at, items, pairs, scalar
from checks.repository import File, Kind, Repository

DEFAULT = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""What compose looks for in a folder, in its order."""
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
"""What it takes with that, in its order."""

_NAMED = re.compile(r"(?:docker-compose(?:[._-].*)?|compose(?:\..*)?)\.ya?ml", re.IGNORECASE | re.DOTALL)
_MAYBE_NAMED = re.compile(r"compose[_-].*\.ya?ml|.+[._-](?:docker-)?compose\.ya?ml", re.IGNORECASE | re.DOTALL)
_OTHERS = re.compile(r"rancher-compose|codeship-services|(?:^|[._-])values(?:[._-]|$)", re.IGNORECASE)
_OF_ANSIBLE = frozenset(("defaults", "group_vars", "host_vars", "vars"))
_TOP = frozenset(
    ("version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models", "jobs")
)
_SERVICES = re.compile(r"^[\"']?(?:services|include)[\"']?\s*:", re.MULTILINE)
_IMAGE = re.compile(r"\b(?:image|build)\b")
_REMOTE = re.compile(r"://|^git@|\.git(?:#|$)|^oci:")
_VOLUME = re.compile(r"([a-zA-Z0-9][\w.-]*):")
_SHARED = ("networks", "volumes", "secrets", "configs")


def found(repository: Repository) -> tuple[File, ...]:
    """Return the compose files of a repository."""
    return tuple(file for file in repository.of_kind(Kind.YAML, utf8=True) if is_compose(file))


def is_compose(file: File) -> bool:
    """Return whether a file is compose's."""
    name, text = posixpath.basename(file.path), file.text or ""
    named, maybe = _NAMED.fullmatch(name), _MAYBE_NAMED.fullmatch(name)
    if not named and not (_SERVICES.search(text) and (maybe or _IMAGE.search(text))):
        return False
    if cifiles.is_template(file) or ("{{" in text and "templates" in file.path.split("/")[:-1]):
        return False
    try:
        nodes = yamlnodes.documents(text)
    except yamlnodes.NotYamlError:
        return named is not None
    if named:
        return not any(map(_is_another_programs, nodes))
    if _OTHERS.search(name.rpartition(".")[0]) or not _OF_ANSIBLE.isdisjoint(file.path.split("/")[:-1]):
        return False
    return _has_services(text, strict=not maybe)


def _is_another_programs(node: Node) -> bool:
    if isinstance(node, SequenceNode):
        return bool(node.value) and all(isinstance(item, MappingNode) for item in node.value)
    return {"apiVersion", "kind"} <= set(pairs(node))


def _has_services(text: str, *, strict: bool) -> bool:
    document = Document(text)
    if not isinstance(document.top.get("services"), MappingNode) or not document.services:
        return not strict and "include" in document.top
    if not strict:
        return True
    known = all(key in _TOP or key.startswith("x-") for key in document.top)
    return known and any(_starts(service) for service in document.services.values())


def _starts(service: Node) -> bool:
    return not {"image", "build"}.isdisjoint(pairs(service))


@dataclass(frozen=True)
class Document:
    """What a compose file says; a text that is no YAML says nothing."""

    text: str

    @cached_property
    def top(self) -> Mapping[str, Node]:
        """Return the top-level keys, of several documents those of the last that has them."""
        return _top(self.text)

    @property
    def services(self) -> Mapping[str, Node]:
        """Return the services by name."""
        return pairs(self.top.get("services"))

    @property
    def included(self) -> list[str]:
        """Return the paths that it includes, as written."""
        return list(_included(self.top.get("include")))


@lru_cache(maxsize=512)
def _top(text: str) -> Mapping[str, Node]:
    try:
        nodes = yamlnodes.documents(text)
    except yamlnodes.NotYamlError:
        return {}
    return {key: value for node in nodes for key, value in pairs(node).items()}


def _included(node: Node | None) -> Iterator[str]:
    for one in items(node):
        paths = at(one, ["path"]) or one
        for path in items(paths) or [paths]:
            name = scalar(path)
            if name:
                yield name


def extended(service: Node) -> tuple[str, str] | None:
    """Return file ("" for the same one) and service that a service extends."""
    extends = pairs(service).get("extends")
    if extends is None:
        return None
    name = scalar(extends) or scalar(at(extends, ["service"])) or ""
    return scalar(at(extends, ["file"])) or "", name


@dataclass(frozen=True)
class EnvFile:
    """An `env_file` entry: the path as written, whether compose cannot do without, its format, and the line."""

    path: str
    needed: bool
    format: str
    line: int


def env_files(service: Node) -> list[EnvFile]:
    """Return the `env_file` entries of a service."""
    node = pairs(service).get("env_file")
    found = []
    for entry in items(node) or ([node] if node is not None else []):
        path = scalar(entry) or scalar(at(entry, ["path"]))
        if path:
            needed = scalar(at(entry, ["required"])) != "false"
            found.append(EnvFile(path, needed, scalar(at(entry, ["format"])) or "", entry.start_mark.line + 1))
    return found


def is_remote(path: str) -> bool:
    """Return whether a reference leads out of the machine."""
    return _REMOTE.search(path) is not None


def is_started(*documents: Document) -> bool:
    """Return whether files, merged in this order, have services, and all of them something to start."""
    keys: dict[str, set[str]] = {}
    for document in documents:
        for name, node in document.services.items():
            keys.setdefault(name, set()).update(pairs(node))
    return bool(keys) and all(not {"image", "build", "extends", "provider"}.isdisjoint(said) for said in keys.values())


def is_whole(*documents: Document) -> bool:
    """Return whether files, merged in this order, say all that compose needs: else they only add to another one.

    Every service has something to start, and what services refer to is there. What is included may hold anything.
    """
    if not is_started(*documents) or any("include" in document.top for document in documents):
        return is_started(*documents)
    defined = {kind: {name for one in documents for name in pairs(one.top.get(kind))} for kind in _SHARED}
    nodes = [node for document in documents for node in document.services.values()]
    names = {name for document in documents for name in document.services}
    return all(_used(node, kind) <= defined[kind] for node in nodes for kind in _SHARED) and all(
        _neighbours(node) <= names for node in nodes
    )


def _used(service: Node, kind: str) -> set[str]:
    """Return the networks, volumes, secrets or configs that a service names."""
    node = pairs(service).get(kind)
    names = set(pairs(node)) - {"default"}
    for item in items(node):
        text = scalar(item)
        if kind == "volumes":
            match = _VOLUME.match(text or "")
            source = scalar(at(item, ["source"])) if scalar(at(item, ["type"])) == "volume" else None
            names |= {match[1]} if match else {source} if source else set()
        else:
            name = text or scalar(at(item, ["source"]))
            names |= {name} if name and name != "default" else set()
    return {name for name in names if "$" not in name}


def _neighbours(service: Node) -> set[str]:
    node = pairs(service).get("depends_on")
    return set(pairs(node)) | {name for item in items(node) if (name := scalar(item)) and "$" not in name}
