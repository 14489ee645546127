"""A copy of what terraform reads, so that nothing is ever written where the repository is.

Configuration is copied and made fit for a place without network; everything beside it is a link to the original, so
that `file()` and `templatefile()` find what they name. Positions in the copy are those of the original: what is taken
away is replaced by blanks.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from checks.lint import hcl
from checks.lint.hcl import Block
from checks.lint.terraform_dirs import META, Directory, is_configuration

STAND_IN = ".checks-module-"
"""What the folders begin with that stand in for modules of elsewhere."""
ALIASES = "checks-providers.tf"
"""The file that declares, while a module is validated by itself, what its callers hand to it."""
_NEVER = re.compile(r"\.terraform|\.terraform\.lock\.hcl|\.git|.*\.tfstate(?:\..*)?|.*\.tf(?:test|mock)\.hcl")
_VARIABLES = re.compile(r"([\w-]+)(?:\.([\w-]+))?\s*=")
_AFTER_A_DOT = re.compile(r"\.\s*([A-Za-z_][\w-]*)")
MOST_CALLS = 2000
"""How many calls of modules by modules are followed: their number may grow with the power of their depth."""


def make(root: Path, target: Path, known: Mapping[str, Directory], texts: Mapping[str, str]) -> None:
    """Lay out below `target` the directories of `root` that are known, with all that lies beside their files."""
    there = {path for path in known if known[path].files}
    real = {parent for path in there for parent in _with_parents(path)} | {_join(path, "tests") for path in there}
    for folder in sorted(real):
        if not (root / folder).is_dir():
            continue
        (target / folder).mkdir(parents=True, exist_ok=True)
        for name in _names(root / folder):
            path = _join(folder, name)
            if path in real or _NEVER.fullmatch(name) or (folder in there and is_configuration(name)):
                continue
            (target / path).symlink_to(root / path)
    for directory in known.values():
        for path in directory.files:
            (target / path).write_text(texts[path], encoding="utf-8", errors="surrogateescape", newline="")


def _with_parents(path: str) -> Iterator[str]:
    yield path
    while path:
        path = posixpath.dirname(path)
        yield path


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 (names are what is asked for)
    except OSError:
        return []


def without_core_version(path: str, text: str) -> str:
    """Return a file whose configuration no longer asks for a version of terraform itself."""
    if "required_version" not in text:
        return text
    if path.endswith(".json"):
        return re.sub(r'("required_version"\s*:\s*)"[^"]*"', r'\1">=0"', text)
    for block in hcl.parse(text).of("terraform"):
        value = block.values.get("required_version")
        if value and value.plain is not None:
            text = text[: value.start] + _as_long(value.text, ' ">=0"') + text[value.end :]
    return text


def _as_long(old: str, new: str) -> str:
    return new + " " * max(0, len(old) - len(new))


def with_stand_ins(path: str, text: str, names: Collection[str]) -> str:
    """Return a file of a directory whose calls of these modules lead to stand-ins in folders beside it."""
    if not names:
        return text
    if path.endswith(".json"):
        return _json_with_stand_ins(text, names)
    edits = []
    for block in hcl.parse(text).of("module"):
        if block.labels and block.labels[0] in names and "source" in block.values:
            source, version = block.values["source"], block.values.get("version")
            edits.append((source.start, source.end, f' "./{STAND_IN}{block.labels[0]}"'))
            if version:
                start = text.rindex("version", 0, version.start)
                edits.append((start, version.end, " " * (version.end - start)))
    for start, end, new in sorted(edits, reverse=True):
        text = f"{text[:start]}{_as_long(text[start:end], new)}{text[end:]}"
    return text


def _json_with_stand_ins(text: str, names: Collection[str]) -> str:
    """Return the same for JSON, where `"//"` begins what is not read."""
    for block in hcl.parse_json(text).of("module"):
        if block.labels and block.labels[0] in names:
            source = re.escape(json.dumps(block.plain("source")))
            text = re.sub(rf'("source"\s*:\s*){source}', rf'\1"./{STAND_IN}{block.labels[0]}"', text, count=1)
            version = re.escape(json.dumps(block.plain("version")))
            text = re.sub(rf'"version"(\s*:\s*{version})', r'"//"\1', text, count=1)
    return text


def stand_in(call: Block, directory: Directory, texts: Iterable[str]) -> str:
    """Return the text of a module that takes what the call gives, and gives whatever may be read of it."""
    words = sorted({word for text in texts for word in _AFTER_A_DOT.findall(text)})
    lines = [f'variable "{name}" {{\n  default = null\n}}' for name in call.values if name not in META]
    lines += [f'output "{name}" {{\n  value = null\n}}' for name in words]
    handed = call.values.get("providers")
    aliases: dict[str, list[str]] = {}
    for name, alias in _VARIABLES.findall(handed.text) if handed else ():
        aliases.setdefault(name, []).extend([f"{name}.{alias}"] if alias else [])
    required = [
        f'    {name} = {{\n      source = "{directory.provider(name)}"\n'
        f"      configuration_aliases = [{', '.join(found)}]\n    }}"
        for name, found in aliases.items()
    ]
    return "\n".join([*lines, "terraform {\n  required_providers {", *required, "  }\n}", ""])


def manifest(path: str, known: Mapping[str, Directory], stand_ins: Mapping[str, Collection[str]]) -> str:
    """Return `.terraform/modules/modules.json` of a directory, as `terraform get` would write it."""
    found = [{"Key": "", "Source": "", "Dir": "."}]
    queue: list[tuple[str, tuple[str, ...], frozenset[str]]] = [(path, (), frozenset({path}))]
    for here, key, above in queue:  # it grows while it is read
        for name, source, called in _calls(here, known, stand_ins) if len(queue) < MOST_CALLS else ():
            folder = posixpath.relpath(f"/{called}", f"/{path}")
            found.append({"Key": ".".join((*key, name)), "Source": source, "Dir": folder})
            if called not in above:
                queue.append((called, (*key, name), above | {called}))
    return json.dumps({"Modules": found})


def _calls(
    here: str, known: Mapping[str, Directory], stand_ins: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield of each module call its name, its source as the copy has it, and the directory that this means."""
    directory = known.get(here)
    for place in directory.calls() if directory else ():
        name = place.block.labels[0]
        called = directory.called(place.block) if directory else None
        if name in stand_ins.get(here, ()):
            yield name, f"./{STAND_IN}{name}", _join(here, f"{STAND_IN}{name}")
        elif called is not None:
            yield name, place.block.plain("source"), called
