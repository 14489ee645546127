"""The files that give the variables of a Packer template their values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from checks.lint import packertemplates
from checks.lint.packertemplates import Template, Variable
from checks.repository import PACKER_EXAMPLE, File, Repository

_HCL = re.compile(rf".+\.pkrvars\.(?:hcl|json)(?:{PACKER_EXAMPLE})?", re.DOTALL)
_JSON = re.compile(rf"(?:.*[._-])?(?:variables|vars)(?:[._-].*)?\.json(?:{PACKER_EXAMPLE})?", re.DOTALL)
_EXAMPLE = re.compile(rf".+{PACKER_EXAMPLE}", re.DOTALL)
_ASSIGNED = re.compile(r"^[ \t]*([\w-]+)[ \t]*=", re.MULTILINE)


def assigned(path: str, text: str) -> frozenset[str]:
    """Return the names that a file of variables gives values to."""
    if ".json" in posixpath.basename(path):
        return frozenset(packertemplates.parsed(text))
    return frozenset(match[1] for match in _ASSIGNED.finditer(packertemplates.blanked(text)))


def variable_files(repository: Repository, template: Template) -> tuple[File, ...]:
    """Return the files that give a template's variables their values, in the order in which they are to be read.

    The one beside it that fits best, real ones before examples; and where a variable is left without a value, further ones,
    from anywhere. What packer reads by itself is not among them.
    """
    pattern = _HCL if template.hcl else _JSON
    fitting = []
    for file in repository.files:
        # Most are named otherwise, and the pattern takes a while to say so.
        named = ".pkrvars." in file.path or ".json" in file.path
        if not (named and pattern.fullmatch(posixpath.basename(file.path))):
            continue
        if file.text is not None or (not template.hcl and posixpath.dirname(file.path) == template.folder):
            fitting.append((_rank(file, template), file))
    ranked = [file for _, file in sorted(fitting, key=lambda pair: (pair[0], pair[1].path))]
    given = {name for file in ranked if is_automatic(file.path, template) for name in names_in(file, template)}
    left = {name for name, one in template.variables.items() if one.value is None} - given
    chosen: list[File] = []
    for file in ranked:
        beside = posixpath.dirname(file.path) == template.folder
        common = names_in(file, template) & set(template.variables)
        if is_automatic(file.path, template) or not (common & left or (beside and not chosen and common)):
            continue
        chosen.append(file)
        left -= common
    return tuple(chosen)


def is_automatic(path: str, template: Template) -> bool:
    """Return whether packer reads a file of variables by itself."""
    named = path.endswith((".auto.pkrvars.hcl", ".auto.pkrvars.json"))
    return named and template.path == posixpath.dirname(path)


def names_in(file: File, template: Template) -> frozenset[str]:
    """Return the names in a file of variables; of one that was not read, that it gives them all."""
    return frozenset(template.variables) if file.text is None else assigned(file.path, file.text)


def _rank(file: File, template: Template) -> tuple[bool, bool, bool, int]:
    """Return how far a file of variables is from a template: elsewhere, for another template, an example, fewer names."""
    name = posixpath.basename(file.path)
    stem = posixpath.basename(template.files[0]).partition(".")[0]
    plain = re.match(r"(?:variables|vars)\.|[^.]*\.auto\.", name) is not None
    beside = posixpath.dirname(file.path) == template.folder
    common = len(names_in(file, template) & set(template.variables))
    return not beside, not (plain or stem in re.split(r"[._-]", name)), _EXAMPLE.fullmatch(name) is not None, -common


def stand_in(variable: Variable) -> str:
    """Return a value for a variable that nothing gives one."""
    values = {"number": "1", "bool": "true", "list": "[]", "set": "[]", "tuple": "[]", "map": "{}", "object": "{}"}
    return values.get(variable.type, "stand-in")


def values_of(template: Template, files: Sequence[File]) -> dict[str, str]:
    """Return what is known of the variables' values."""
    values = {name: one.value for name, one in template.variables.items() if one.value is not None}
    for file in files:
        values.update(
            {name: value for name, value in packertemplates.parsed(file.text or "").items() if isinstance(value, str)}
        )
    return values
