"""What single Dockerfile instructions say: flags, the exec form, assignments, sources, and commands with their shell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checks.dockerfile import Dockerfile, Instruction, expand

_FLAG = re.compile(r"\s*--(?P<name>[a-z][a-z-]*)(?:=(?P<value>\S*))?(?=\s|$)")
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+""", re.DOTALL)
_QUOTES = re.compile(r"""\\(?P<escaped>.)|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'""", re.DOTALL)
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)", re.ASCII)
_HEREDOC = re.compile(r"<<-?[\"']?[A-Za-z_]")


@dataclass(frozen=True)
class Said:
    """An instruction without its flags: `flags` are pairs of name and value, a name may be there several times."""

    flags: tuple[tuple[str, str], ...]
    rest: str


def inner(step: Instruction) -> Instruction:
    """Return what ONBUILD keeps for later, any other instruction as it is."""
    while step.keyword == "ONBUILD":
        keyword, _, rest = step.value.strip().partition(" ")
        step = replace(step, keyword=keyword.upper(), value=rest.strip())
    return step


def said(step: Instruction) -> Said:
    """Return flags and rest: what begins with -- before anything else."""
    place, flags = 0, []
    while match := _FLAG.match(step.value, place):
        flags.append((match["name"], (match["value"] or "").strip("\"'")))
        place = match.end()
    return Said(tuple(flags), step.value[place:].strip())


def exec_form(text: str) -> tuple[str, ...] | None:
    """Return the words of a JSON array of strings; None where the builder takes the text for a shell's."""
    if not text.lstrip().startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def words(text: str) -> list[str]:
    """Return the words of a text, those in quotes in one piece and with their quotes."""
    return _WORD.findall(text)


def unquoted(word: str) -> str:
    """Return a word without the quotes and backslashes that group it."""
    return _QUOTES.sub(lambda match: next(group for group in match.groups() if group is not None), word)


def assignments(step: Instruction) -> list[tuple[str, str | None]]:
    """Return names and values of ENV, ARG or LABEL as they are written, without quotes; None for an ARG without value."""
    parts = words(step.value)
    if step.keyword in ("ENV", "LABEL") and len(parts) > 1 and "=" not in parts[0]:
        return [(unquoted(parts[0]), unquoted(step.value.split(None, 1)[1].strip()))]
    pairs = [part.partition("=") for part in parts]
    return [(unquoted(name), unquoted(value) if mark else None) for name, mark, value in pairs if name]


def sources(step: Instruction) -> list[str]:
    """Return what ADD or COPY takes, without where it goes."""
    rest = said(step).rest
    parts = exec_form(rest)
    return list(parts[:-1]) if parts is not None else [unquoted(word) for word in words(rest)[:-1]]


def is_heredoc(source: str) -> bool:
    """Return whether a source of ADD or COPY stands in the Dockerfile itself."""
    return _HEREDOC.match(source) is not None


def variables(file: Dockerfile, index: int, until: int) -> Mapping[str, str]:
    """Return what is known of the variables that a stage has before its line `until`, those of its parents too.

    Values that hold unknown variables are left out: whoever finds a name in here may rely on its value.
    """
    before = {name: value for name, value in file.values({}).items() if value and "$" not in value}
    known: dict[str, str] = {}
    local: dict[str, str] = {}
    for at in file.lineage(index):
        local = {}  # what ARG says lasts as long as its stage
        for step in file.stages[at].instructions:
            if at == index and step.line >= until:
                break
            if step.keyword == "ENV":
                _learn(known, assignments(step), {**local, **known})
            elif step.keyword == "ARG":
                defaults = [(name, before.get(name) if value is None else value) for name, value in assignments(step)]
                _learn(local, defaults, {**local, **known})
    return {**local, **known}


def _learn(known: dict[str, str], pairs: Iterable[tuple[str, str | None]], values: Mapping[str, str]) -> None:
    for name, value in pairs:
        result = resolved(value, values) if value is not None else None
        if result is None:
            known.pop(name, None)
        else:
            known[name] = result


def resolved(text: str, values: Mapping[str, str]) -> str | None:
    """Return a text with its variables replaced, None where one of them is not among `values`."""
    if any(match[1] not in values for match in _NAME.finditer(text)):
        return None
    done = expand(text, values)
    return None if "$" in done else done
