"""Terraform's directories: what each declares, which others it calls as modules, and which providers it wants.

Pure over names and texts. A directory with configuration is a root or a module, which nothing but its use tells apart:
both are validated. What a directory's answer depends on is its unit: its own files and those of every local module
that it calls, directly or not.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checks.lint import hcl
from checks.lint.hcl import Block

OPENTOFU = (".tofu", ".tofu.json")
CONFIGURATION = (".tf", ".tf.json", *OPENTOFU)
"""What is read as configuration, some of it by OpenTofu alone; a directory with such a file is one to validate."""
FORMATTED = (".tf", ".tofu", ".tfvars", ".tftest.hcl", ".tfmock.hcl")
"""What `terraform fmt` writes anew."""
BUILT_IN = "terraform.io/builtin/terraform"
META = frozenset(
    (
        *("count", "for_each", "depends_on", "provider", "providers", "lifecycle", "connection", "provisioner"),
        *("source", "version", "alias", "locals", "dynamic", "content"),
    )
)
"""Names that are the language's own, in blocks whose other names belong to a provider or a module."""

_DEFAULT_HOSTS = ("registry.terraform.io/", "registry.opentofu.org/")
_SOURCE = re.compile(r'\bsource"?\s*[=:]\s*"([^"]*)"')
_VERSION = re.compile(r'\bversion"?\s*[=:]\s*"([^"]*)"')
_ALIASES = re.compile(r'\bconfiguration_aliases"?\s*[=:]\s*\[([^\]]*)\]')
_HANDED = re.compile(r'([\w-]+(?:\.[\w-]+)?)"?\s*[=:]\s*"?([\w-]+)')
_FILE = re.compile(r'\b(?:file\w*|templatefile)\s*\(\s*"(?:\$\{path\.(?:module|root|cwd)\}/)?([^"$\n]+)"')
_REFERENCE = re.compile(r"([\w-]+)\.([\w-]+)")


def is_configuration(path: str) -> bool:
    """Return whether terraform reads a file as configuration; editors' and hidden files it does not."""
    name = posixpath.basename(path)
    return name.endswith(CONFIGURATION) and not name.startswith((".", "#")) and not name.endswith("~")


def is_formatted(path: str) -> bool:
    """Return whether `terraform fmt` is for this file."""
    return path.endswith(FORMATTED) and not posixpath.basename(path).startswith(".")


@dataclass(frozen=True)
class Place:
    """A block, and the file and line that it stands in."""

    path: str
    block: Block


@dataclass(frozen=True)
class Directory:
    """What the files of one directory declare. `path` is relative to the root, empty for the root itself."""

    path: str
    files: tuple[str, ...]
    blocks: tuple[Place, ...] = field(repr=False, default=())

    def of(self, *kinds: str) -> Iterator[Place]:
        """Yield the blocks of these kinds."""
        return (place for place in self.blocks if place.block.kind in kinds)

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """Return for each provider's local name the address that `required_providers` gives it."""
        return {name: address(found[1]) for name, text in self._required() if (found := _SOURCE.search(text))}

    @cached_property
    def constraints(self) -> Mapping[str, tuple[str, ...]]:
        """Return for each provider's address the versions that are asked for."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, text in self._required():
            version = _VERSION.search(text)
            if version or text.startswith('"'):
                found[self.provider(name)].append(version[1] if version else text.strip('"'))
        for place in self.of("provider"):
            if place.block.labels and place.block.plain("version"):
                found[self.provider(place.block.labels[0])].append(place.block.plain("version"))
        return {name: tuple(dict.fromkeys(versions)) for name, versions in found.items()}

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Return the provider configurations, as `name.alias`, that its callers have to hand to it."""
        lists = (found[1] for _, text in self._required() if (found := _ALIASES.search(text)))
        return frozenset(f"{name}.{alias}" for part in lists for name, alias in _REFERENCE.findall(part))

    def provider(self, local: str) -> str:
        """Return the address of the provider of that local name."""
        if local == "terraform":
            return BUILT_IN
        return self.sources.get(local) or address(local)

    def uses(self) -> Iterator[tuple[Place, str]]:
        """Yield each resource, data source and provider block with the address of its provider."""
        checks = (Place(place.path, data) for place in self.of("check") for data in place.block.of("data"))
        for place in (*self.of("resource", "data", "ephemeral", "provider"), *checks):
            if len(place.block.labels) >= (1 if place.block.kind == "provider" else 2):
                yield place, self.provider(local_provider(place.block))

    def named(self) -> Iterator[str]:
        """Yield the local names of providers that are required, or handed to modules, whether or not they are used."""
        yield from (name for name, _ in self._required())
        for call in self.calls():
            handed = call.block.values.get("providers")
            yield from (name for _, name in _HANDED.findall(handed.text)) if handed else ()

    def calls(self) -> Iterator[Place]:
        """Yield the module calls."""
        return (place for place in self.of("module") if place.block.labels)

    def called(self, call: Block) -> str | None:
        """Return the directory that a call means, None where it is not one of this repository's."""
        source = call.plain("source")
        if not source.startswith(("./", "../")) and source not in (".", ".."):
            return None
        path = posixpath.normpath(posixpath.join(self.path, source))
        if path == ".." or path.startswith("../"):
            return None
        return "" if path == "." else path

    def _required(self) -> Iterator[tuple[str, str]]:
        for place in self.of("terraform"):
            for block in place.block.of("required_providers"):
                for name, value in block.values.items():
                    yield name, value.text.strip()


def address(source: str) -> str:
    """Return a provider's address: `hashicorp/google`, with a host only where it is not the default one."""
    name = source.strip().lower()
    for host in _DEFAULT_HOSTS:
        name = name.removeprefix(host)
    return name if "/" in name else f"hashicorp/{name}"


def local_provider(block: Block) -> str:
    """Return the local name of the provider that a resource, data source or provider block belongs to."""
    if block.kind == "provider":
        return block.labels[0]
    value = block.values.get("provider")
    named = re.search(r"[\w-]+", value.text) if value else None
    return named[0] if named else block.labels[0].partition("_")[0]


def directories(files: Iterable[tuple[str, str]]) -> dict[str, Directory]:
    """Return the directories of these configuration files, given as path and text, by path."""
    found: dict[str, list[tuple[str, Block]]] = defaultdict(list)
    for path, text in sorted(files):
        if is_configuration(path):
            outline = hcl.parse_json(text) if path.endswith(".json") else hcl.parse(text)
            found[posixpath.dirname(path)].append((path, outline))
    return {
        path: Directory(
            path,
            tuple(name for name, _ in files_of),
            tuple(Place(name, block) for name, top in files_of for block in top.blocks),
        )
        for path, files_of in found.items()
    }


def unit(path: str, known: Mapping[str, Directory]) -> tuple[str, ...]:
    """Return the directories that the answer about one depends on: itself first, then what it calls, in order."""
    found = [path]
    for here in found:  # it grows while it is read
        directory = known.get(here)
        for call in directory.calls() if directory else ():
            called = directory.called(call.block) if directory else None
            if called is not None and called not in found:
                found.append(called)
    return tuple(found)


def components(known: Mapping[str, Directory]) -> tuple[tuple[str, ...], ...]:
    """Return the directories in groups that have nothing to do with each other: no module call leads out of one."""
    group = {path: {path} for path in known}
    for path in known:
        for other in unit(path, known)[1:]:
            if other in group and group[other] is not group[path]:
                group[path] |= group[other]
                for member in group[other]:
                    group[member] = group[path]
    distinct = {id(members): members for members in group.values()}
    return tuple(tuple(sorted(members)) for members in distinct.values())


def named_files(paths: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Return where the files may be that `file("…")` and its like name; terraform says where one is not there."""
    names = {name for text in texts for name in _FILE.findall(text)}
    found = {posixpath.normpath(posixpath.join(path, name)) for path in paths for name in names if name[:1] not in "/~"}
    return tuple(sorted(path for path in found if not path.startswith("..")))


def callers(known: Mapping[str, Directory]) -> Mapping[str, frozenset[str]]:
    """Return for each directory those whose answer depends on it, itself not counted."""
    found: dict[str, set[str]] = {path: set() for path in known}
    for path in known:
        for other in unit(path, known)[1:]:
            if other in found and other != path:
                found[other].add(path)
    return {path: frozenset(paths) for path, paths in found.items()}


def files_of(paths: Iterable[str], known: Mapping[str, Directory]) -> tuple[str, ...]:
    """Return the files of these directories."""
    return tuple(dict.fromkeys(file for path in paths if path in known for file in known[path].files))
