"""Where in a compose project that is what compose complains of: it names values by their path, and files by where they are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from checks.lint import yamlnodes
from checks.lint.composefiles import Document, is_remote
from checks.lint.composeprojects import Project
from checks.lint.yamlnodes import Key, NotYamlError

_VALIDATING = re.compile(r"^validating (\S.*?): (\S*) (.*)")
_INDEXED = re.compile(r"^'(\w+)\[([^\]]+)\]([^']*)'")
_INTERPOLATING = re.compile(r"while interpolating (\S+): |interpolation format for (\S+)\.(?: |$)")
_DOTTED = re.compile(r"^((?:services|networks|volumes|secrets|configs)\.[^:\s]+): ")
_EXTRA = re.compile(r"additional propert(?:y|ies) '([^']+)'")
_UNDEFINED = re.compile(r'service "([^"]+)" .*undefined (\w+) "?([^":]+)')
_SERVICE = re.compile(r'service "([^"]+)"')
_CIRCLE = re.compile(r"cycle detected: (\S+) -> (\S+)")
_FILE = re.compile(r"(?:open|env file|label file|failed to read|stat|failed to parse) (/.+?)(?:: | not found|$)")
_LINE = re.compile(r"\bline (\d+)")
_VALUE = re.compile(r":\s*([^\s:][^:]*|\S*:\S*)$")
_QUOTING = re.compile(r"(You may need to escape any \$ with another \$\.).*", re.DOTALL)
_KINDS = {"service": "depends_on", "network": "networks", "volume": "volumes", "secret": "secrets", "config": "configs"}


@dataclass(frozen=True)
class Place:
    """A place: path, line and column (0: unknown), and the node that is there."""

    path: str
    line: int = 0
    column: int = 0
    node: Node | None = None


def of(project: Project, said: str) -> Place:
    """Return the place that compose means."""
    wrong = _broken(project, said)
    if wrong:
        return wrong
    for steps in _paths(said):
        found = _deepest(project, steps)
        if found:
            return found
    return _of_file(project, said) or _of_remote(project, said) or _of_value(project, said) or _nowhere(project)


def _nowhere(project: Project) -> Place:
    return Place(project.about[-1], 1, 1)


def _broken(project: Project, said: str) -> Place | None:
    """Return the place of a mistake in YAML, as other linters see it, or where compose sees it."""
    if not said.startswith(("yaml: ", "failed to parse ")):
        return None
    line = _LINE.search(said)
    names = [name for name in project.texts if f"/{name}:" in said] or list(project.texts)
    for name in names:
        try:
            yamlnodes.documents(project.texts[name])
        except NotYamlError as error:
            return Place(name, error.line, error.column)
    return Place(names[0] if names else project.about[-1], int(line[1]) if line else 1)


def _paths(said: str) -> Iterator[list[str]]:
    """Yield the paths of values that are named: as dotted text in one piece where keys may hold dots."""
    validating, indexed, interpolating = _VALIDATING.match(said), _INDEXED.match(said), _INTERPOLATING.search(said)
    if validating:
        extra = _EXTRA.search(validating[3])
        yield [validating[2], *([extra[1]] if extra else [])]
    if indexed:
        yield [indexed[1], indexed[2], indexed[3].lstrip(".")]
    if dotted := _DOTTED.match(said):
        yield [dotted[1]]
    if interpolating:
        yield [interpolating[1] or interpolating[2]]
    undefined, circle, service = _UNDEFINED.search(said), _CIRCLE.search(said), _SERVICE.search(said)
    if undefined:
        yield ["services", undefined[1], _KINDS.get(undefined[2], undefined[2]), undefined[3].strip()]
    if circle:
        yield ["services", circle[1], "depends_on", circle[2]]
    if service:
        yield ["services", service[1]]


def _deepest(project: Project, steps: Sequence[str]) -> Place | None:
    """Return the place of the longest part of a path that is in one of the files; of equal ones in the last file."""
    best: tuple[int, Place] | None = None
    for name in (*project.files[::-1], *(name for name in project.texts if name not in project.files)):
        for node in _nodes(project.texts.get(name, "")):
            path = [key for step in steps for key in _resolved(node, [], step)] if len(steps) == 1 else None
            path = path if path is not None else _walked(node, steps)
            if path and (best is None or len(path) > best[0]):
                best = len(path), Place(name, *yamlnodes.place(node, path), yamlnodes.at(node, path))
    return best[1] if best else None


def _walked(node: Node, steps: Iterable[str]) -> list[Key]:
    path: list[Key] = []
    for step in steps:
        here = yamlnodes.at(node, path)
        longer = _resolved(here, [], step) if here is not None else []
        if not longer and isinstance(here, SequenceNode):
            longer.extend([number for number, item in enumerate(here.value) if _names(item, step)][:1])
        if not longer and step:
            return path
        path += longer
    return path


def _names(item: Node, name: str) -> bool:
    text = yamlnodes.scalar(item) or yamlnodes.scalar(yamlnodes.at(item, ["source"])) or ""
    return text == name or text.startswith(f"{name}:")


def _resolved(node: Node | None, path: list[Key], dotted: str) -> list[Key]:
    """Return the keys that a dotted text names from a node on, as far as they are there; a key may hold dots itself."""
    if not dotted or node is None:
        return path
    if isinstance(node, SequenceNode):
        number, _, rest = dotted.partition(".")
        if not number.isdecimal() or int(number) >= len(node.value):
            return path
        return _resolved(node.value[int(number)], [*path, int(number)], rest)
    if isinstance(node, MappingNode):
        known = sorted(yamlnodes.pairs(node), key=len, reverse=True)
        for key in known:
            if key and (dotted == key or dotted.startswith(f"{key}.")):
                return _resolved(yamlnodes.pairs(node)[key], [*path, key], dotted[len(key) + 1 :])
    return path


def _of_file(project: Project, said: str) -> Place | None:
    """Return the place in a file that compose names, or where that one is named."""
    match = _FILE.search(said)
    if not match:
        return None
    line = _LINE.search(said)
    for name in project.inputs:
        if match[1].endswith(f"/{name}") and line:
            return Place(name, int(line[1]))
    return _naming(project, match[1])


def _naming(project: Project, path: str) -> Place | None:
    """Return where a file says the end of an absolute path."""
    for name, text in project.texts.items():
        for node in _scalars(text):
            tail = posixpath.normpath(posixpath.join("/", node.value))
            if len(tail) > 1 and path.endswith(tail):
                return _at(name, node)
    return None


def _at(name: str, node: ScalarNode) -> Place:
    return Place(name, node.start_mark.line + 1, node.start_mark.column + 1, node)


def _of_remote(project: Project, said: str) -> Place | None:
    if "remote resource is disabled" not in said:
        return None
    found = ((name, node) for name, text in project.texts.items() for node in _scalars(text) if is_remote(node.value))
    return next((_at(name, node) for name, node in found), None)


def _of_value(project: Project, said: str) -> Place | None:
    """Return the place of a value that compose quotes at the end of what it says."""
    match = _VALUE.search(said)
    value = match[1].strip() if match else ""
    if len(value) < 2:
        return None
    for name, text in project.texts.items():
        for node in _scalars(text):
            if value in node.value:
                return _at(name, node)
    return None


def of_variable(project: Project, name: str) -> Place:
    """Return the first place where a variable is used; in the file of values where no compose file uses it."""
    pattern = re.compile(rf"(?<!\$)(?:\$\$)*\$(?:\{{{name}\b|{name}\b)")
    for path, text in project.texts.items():
        for node in _scalars(text):
            if pattern.search(node.value):
                return _at(path, node)
    values = [path for path in project.inputs if path == project.env_file or posixpath.basename(path) == ".env"]
    return Place(values[0]) if values else _nowhere(project)


def of_key(project: Project, said: str, key: str) -> Place:
    """Return the place of a top-level key in the file that compose names."""
    for path, text in project.texts.items():
        if f"/{path}:" in said:
            for node in _nodes(text):
                if key in yamlnodes.pairs(node):
                    return Place(path, *yamlnodes.place(node, [key]))
    return _nowhere(project)


def may_hold(place: Place, names: Sequence[str]) -> bool:
    """Return whether a value of one of these variables may decide what is in a place: one that is unknown may be any."""
    if place.node is None:
        return True
    pattern = re.compile(rf"\$\{{?(?:{'|'.join(map(re.escape, names))})\b")
    return any(pattern.search(node.value) for node in yamlnodes.scalars(place.node))


def relative(project: Project, said: str) -> str:
    """Return what compose said with paths from the root on, and without the values and env files that it quotes."""
    if said.startswith("failed to read "):
        said = said.partition('"')[0].rstrip() + (" …" if '"' in said else "")
    said = _QUOTING.sub(r"\1", re.sub(r"`[^`]*`", "`…`", said) if "unmarshal" in said else said)
    file = _FILE.search(said)
    naming = _naming(project, file[1]) if file else None
    if file and naming and isinstance(naming.node, ScalarNode):
        named = posixpath.normpath(posixpath.join(posixpath.dirname(naming.path), naming.node.value))
        said = said.replace(file[1], named)
    known = {*project.inputs, *project.texts}
    for path in sorted(known, key=len, reverse=True):
        said = re.sub(rf"/(?:[^\s:'\"]*/)?{re.escape(path)}(?=[\s:'\"]|$)", path, said)
    folder = re.escape(project.folder)
    said = re.sub(rf"/(?:[^\s:'\"]*/){folder}/(?=[^/])", f"{project.folder}/", said) if folder else said
    return " ".join(said.split())


def _nodes(text: str) -> tuple[Node, ...]:
    try:
        return yamlnodes.documents(text)
    except NotYamlError:
        return ()


def _scalars(text: str) -> Iterator[ScalarNode]:
    for node in Document(text).top.values():
        yield from yamlnodes.scalars(node)
