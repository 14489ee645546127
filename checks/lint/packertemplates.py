"""Packer templates: which there are, which files of variables go with them, from where they are meant to be run, what they need.

A template is a JSON file with builders, or a folder of HCL2 files (each of these by itself where they define the same
things, since then nobody reads them together).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.repository import Kind, Repository

_HCL = re.compile(r".+\.pkr\.(?:hcl|json)", re.DOTALL)
_VARIABLES = re.compile(r"(?:.*[._-])?(?:variables|vars|pkrvars)(?:[._-].*)?\.json", re.DOTALL)
_BLOCK = re.compile(
    r'^(variable|source|build|local|data)(?![\w-])[ \t]*("[^"\n]*"|\w[\w-]*)?[ \t]*("[^"\n]*")?[ \t]*\{', re.MULTILINE
)
_NO_CODE = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*|/\*.*?\*/|<<-?(\w+)\n.*?^\s*\1$', re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_PATH = re.compile(r"[\w.@+/-]+")
_USER = re.compile(r"\{\{\s*user\s+`([^`]+)`\s*\}\}")
_ENVIRONMENT = re.compile(r"\{\{\s*env\s+`(\w+)`\s*\}\}|\benv\(\s*\"(\w+)\"\s*\)")
MOST_FILES = 2000
"""Files beyond which only those are taken along that are named themselves, not all of a folder that is."""


@dataclass(frozen=True)
class Variable:
    """A variable: whether it has a value of its own, which, and its type in HCL2."""

    value: str | None
    type: str = "string"


@dataclass(frozen=True)
class Template:
    """A template: what packer is given (a file or a folder, "" the root), its files, and its variables by name."""

    path: str
    files: tuple[str, ...]
    texts: Mapping[str, str] = field(compare=False)
    variables: Mapping[str, Variable] = field(compare=False)
    hcl: bool = False

    @property
    def folder(self) -> str:
        """Return the folder of its files."""
        return posixpath.dirname(self.files[0])

    @property
    def environment(self) -> tuple[str, ...]:
        """Return the environment variables that it reads."""
        found = (match for text in self.texts.values() for match in _ENVIRONMENT.finditer(text))
        return tuple(dict.fromkeys(match[1] or match[2] for match in found))


def templates(repository: Repository) -> tuple[Template, ...]:
    """Return the templates of a repository."""
    files = {file.path: file.text for file in repository.of_kind(Kind.PACKER, utf8=True) if file.text is not None}
    folders: dict[str, dict[str, str]] = {}
    single = []
    for path, text in files.items():
        if _HCL.fullmatch(path):
            folders.setdefault(posixpath.dirname(path), {})[path] = text
        elif path.endswith(".json") and not _VARIABLES.fullmatch(posixpath.basename(path)):
            single.append(_json(path, text))
    return (*single, *(one for folder, texts in sorted(folders.items()) for one in _hcl(folder, texts)))


def _json(path: str, text: str) -> Template:
    given = parsed(text).get("variables")
    values = given if isinstance(given, dict) else {}
    return Template(
        path,
        (path,),
        {path: text},
        {name: Variable(None if value is None else str(value)) for name, value in values.items()},
    )


def parsed(text: str) -> Mapping[str, Any]:
    """Return a JSON object; {} for what is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _hcl(folder: str, texts: Mapping[str, str]) -> Iterator[Template]:
    names = Counter(name for text in texts.values() for name in _defined(text))
    if all(count == 1 for count in names.values()):
        yield Template(folder, tuple(sorted(texts)), texts, _variables(texts), hcl=True)
    else:
        for path, text in sorted(texts.items()):
            yield Template(path, (path,), {path: text}, _variables({path: text}), hcl=True)


def _defined(text: str) -> set[str]:
    """Return what may be defined once only: sources and variables."""
    blocks = (match for match in _BLOCK.finditer(blanked(text)) if match[1] in ("variable", "source", "local"))
    return {" ".join(text[slice(*match.span())].split()) for match in blocks}


def blanked(text: str) -> str:
    """Return HCL with comments, heredocs and what stands in quotes (but names of blocks) replaced by blanks."""

    def blank(match: re.Match[str]) -> str:
        if match[0].startswith('"') and "{" not in match[0] and "}" not in match[0]:
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])

    return _NO_CODE.sub(blank, text)


def _variables(texts: Mapping[str, str]) -> dict[str, Variable]:
    found = {}
    for text in texts.values():
        code = blanked(text)
        for match in _BLOCK.finditer(code):
            if match[1] == "variable" and match[2]:
                body = code[match.end() : _end(code, match.end())]
                default = re.search(r"(?:^|\{)\s*default\s*=\s*([^\n]*)", body, re.MULTILINE)
                kind = re.search(r"(?:^|\{)\s*type\s*=\s*(\w+)", body, re.MULTILINE)
                value = default[1].strip().strip('"') if default else None
                found[match[2].strip('"')] = Variable(value, kind[1] if kind else "string")
    return found


def end_of(text: str, at: int) -> int:
    """Return where the block of HCL ends that begins before `at`."""
    return _end(blanked(text), at)


def _end(code: str, at: int) -> int:
    depth = 1
    for match in re.finditer(r"[{}]", code[at:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return at + match.start()
    return len(code)


def from_where(repository: Repository, template: Template, values: Mapping[str, str]) -> str:
    """Return the folder that a template is meant to be run from: where most of what it names is, its own if in doubt."""
    named = {name for text in template.texts.values() for name in _referred(text, values)}
    known = set(repository.by_path)
    known |= {folder for path in repository.by_path for folder in _above(path)}
    candidates = [template.folder, *_above(template.folder)]
    return max(
        candidates, key=lambda base: sum(posixpath.normpath(posixpath.join(base, one)) in known for one in named)
    )


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first, the root as ""."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _referred(text: str, values: Mapping[str, str]) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        name = _USER.sub(lambda user: values.get(user[1], user[0]), match[1])
        if ("/" in name or "." in name) and "://" not in name and not re.search(r"[\s{}$`\\]|^/", name):
            yield name


def needed(repository: Repository, template: Template, texts: Iterable[str]) -> tuple[str, ...]:
    """Return the files that a template may read: those whose name it says, and those in folders that it names.

    A folder is named from the template's own or from one above it, wherever packer is run.
    """
    words = {word.strip("/") for text in texts for word in _PATH.findall(text)}
    words |= {part for word in words for part in (word.rstrip("."), word.removeprefix("."))}
    names = {word.rpartition("/")[2] for word in words}
    said = {word for word in words if word.strip("./")}
    bases = (template.folder, *_above(template.folder))
    folders = {posixpath.normpath(posixpath.join(base, word)) for base in bases for word in said}
    named = [path for path in repository.by_path if path.rpartition("/")[2] in names]
    inside = [path for path in repository.by_path if not folders.isdisjoint(_above(path))]
    around = inside if len(inside) <= MOST_FILES else []
    return tuple(sorted({*named, *around} - set(template.files)))
