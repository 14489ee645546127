"""What terraform says, as findings: where, how bad, and how much it can be trusted where a schema stands in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checks.lint import fields, versions
from checks.model import Finding, Severity

DOCUMENTATION = "https://developer.hashicorp.com/terraform/cli/commands/validate"
FUNCTIONS = "what functions a provider has is not known where a schema stands in for it"
_PROVIDERS = "https://registry.terraform.io/providers"
_OURS = re.compile(r"(?:^|/)(?:\.checks-module-[^/]*/|checks-providers\.tf$|\.terraform/)")
_BY_SCHEMA = re.compile(
    r"unsupported-(?:argument|block-type|attribute)|missing-required-argument|incorrect-attribute-value-type"
    r"|(?:insufficient|too-many)-\S*blocks|invalid-(?:resource-type|data-source|ephemeral-resource-type)"
    r"|extraneous-json-object-property"
)
_BLOCK = re.compile(r'(?:resource|data|ephemeral|provider) "[^"]*"')
_REFERENCE = re.compile(r"(data\.)?\b([a-z][a-z0-9]*_[a-z0-9_]*)\.")
_SUGGESTION = re.compile(r'named "([^"]*)".*Did you mean (?:to define argument )?"([^"]*)"', re.DOTALL)
_MISSING = re.compile(r"local cache directory (\S+) could not be read")
_FAR_FILE = re.compile(r'no file exists at "?(?:~|/)')
_FORMAT_ERROR = re.compile(r"^Error: (?P<summary>.+)\n\n +on (?P<path>.+) line (?P<line>\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """What is known of a directory that terraform spoke of; `home` is a file in it, for what has no place.

    `types` are addresses of providers by block, as `resource "google_compute_instance"`; `schemas` the versions of the
    stand-ins by address, empty for one that was made up; `wanted` the versions that each directory asks for.
    """

    directory: str
    home: str
    types: Mapping[str, str]
    schemas: Mapping[str, str]
    wanted: Mapping[str, Mapping[str, tuple[str, ...]]]


def rule_of(summary: str) -> str:
    """Return a rule's code: terraform's own heading, without names in it, in lower case with hyphens."""
    words = re.sub(r'"[^"]*"', " ", summary.lower())
    return "-".join(re.findall(r"[a-z0-9_]+", words))[:80] or "validate"


def finding(tool: str, item: Mapping[str, Any], facts: Facts) -> Finding | None:
    """Return a diagnostic as a finding, None where it is about what only the copy has."""
    summary, detail = fields.text(item.get("summary")), fields.text(item.get("detail") or "")
    path, line, column = _place(item, facts)
    if _OURS.search(path):
        return None
    rule = rule_of(summary)
    severity = fields.severity(item.get("severity"))
    text = " ".join(f"{summary}: {detail}".split()) if detail else summary
    if rule == "module-not-installed":
        return _module(Finding(tool, rule, severity, path, line, column, text, DOCUMENTATION), detail)
    if rule == "unknown-provider-function" and facts.schemas:
        return Finding(tool, rule, Severity.INFO, path, line, column, f"{summary}: {FUNCTIONS}", DOCUMENTATION)
    block, address = _provider(item, facts)
    if address and _BY_SCHEMA.fullmatch(rule) and address in facts.schemas:
        severity, note = _trusted(severity, detail, address, facts, path)
        return Finding(tool, rule, severity, path, line, column, text + note, _page(block, address))
    if _FAR_FILE.search(text):
        text += " (it is not in the repository, so whether it is there depends on the machine)"
        severity = Severity.INFO
    return Finding(tool, rule, severity, path, line, column, text, DOCUMENTATION)


def elsewhere(found: Finding, home: str) -> Iterator[Finding]:
    """Yield what it means for the file `home` that something is wrong in one that is not linted."""
    if found.severity is Severity.ERROR:
        message = f"{found.path} is not linted, and wrong: {found.message}; what depends on it was not checked"
        yield replace(found, rule="not-checked", severity=Severity.INFO, path=home, line=0, column=0, message=message)


def _module(found: Finding, detail: str) -> Finding:
    """Return what it means that a module is not there, where nobody was to run `terraform init`."""
    missing = _MISSING.search(detail)
    if missing:
        return replace(
            found, rule="unreadable-module-directory", message=f"the module's directory {missing[1]} is not there"
        )
    message = "a module whose source is computed, or leads back here, cannot be followed: nothing here was checked"
    return replace(found, rule="not-checked", severity=Severity.INFO, message=message)


def _place(item: Mapping[str, Any], facts: Facts) -> tuple[str, int, int]:
    there = item.get("range")
    if there is None:
        return facts.home, 0, 0
    place = fields.mapping(there)
    start = fields.mapping(place.get("start"))
    path = posixpath.normpath(posixpath.join(facts.directory, fields.text(place.get("filename"))))
    return path, fields.number(start.get("line")), fields.number(start.get("column"))


def _provider(item: Mapping[str, Any], facts: Facts) -> tuple[str, str]:
    """Return the block that a diagnostic is about and its provider's address, empty where there is none."""
    snippet = item.get("snippet")
    if snippet is None:
        return "", ""
    found = fields.mapping(snippet)
    context, code = fields.text(found.get("context") or ""), fields.text(found.get("code") or "")
    if fields.text(item.get("summary")) == "Unsupported attribute":  # it is about what is read, wherever that is done
        for data, kind in _REFERENCE.findall(code):
            block = f'{"data" if data else "resource"} "{kind}"'
            if block in facts.types:
                return block, facts.types[block]
    match = _BLOCK.match(context)
    return (match[0], facts.types.get(match[0], "")) if match else ("", "")


def _trusted(severity: Severity, detail: str, address: str, facts: Facts, path: str) -> tuple[Severity, str]:
    """Return how bad it is, and the note that says by which schema."""
    version, wanted = facts.schemas[address], facts.wanted.get(posixpath.dirname(path), {}).get(address, ())
    if not version:
        return Severity.INFO, f" (the schema of {address} is not known here)"
    other = sorted(
        {text for text in wanted if not versions.allows(text, versions.parse(version)) or _newer(text, version)}
    )
    if not other:
        return severity, f" (against the schema stub of {address} {version})"
    note = f" (against the schema stub of {address} {version}; {' and '.join(other)} is asked for)"
    return severity if _is_a_slip(detail) else Severity.INFO, note


def _is_a_slip(detail: str) -> bool:
    """Return whether a name is wrong in every version: terraform knows one like it, and not as the plural of it.

    Everything else may be right in the version that is asked for: names come, go and are changed, also to lists.
    """
    block = re.search(r'Blocks of type "([^"]*)".* Did you mean to define argument "([^"]*)"', detail)
    if block:
        return True  # a block where an equals sign is asked for: no version reads that
    match = _SUGGESTION.search(detail)
    return match is not None and match[1].rstrip("s") != match[2].rstrip("s")


def _newer(constraint: str, version: str) -> bool:
    """Return whether a constraint has the next major version in mind: `< 8`, where we know 6."""
    major = versions.parse(version)[:1]
    return any(sign.startswith("<") and named[0] > major[0] + 1 for sign, named in versions.parts(constraint) if major)


def _page(block: str, address: str) -> str:
    kind, _, name = block.partition(" ")
    folder = {"resource": "resources", "data": "data-sources", "ephemeral": "ephemeral-resources"}.get(kind)
    if address.count("/") != 1:
        return DOCUMENTATION
    page, name = f"{_PROVIDERS}/{address}/latest/docs", name.strip('"').partition("_")[2]
    return f"{page}/{folder}/{name}" if folder else page


def core_version(tool: str, note: Mapping[str, Any], version: str) -> Iterator[Finding]:
    """Yield a finding where a configuration asks for another terraform than the one that validated it."""
    wanted = fields.text(note.get("constraint"))
    if version and not versions.allows(wanted, versions.parse(version)):
        message = f"asks for Terraform {wanted}; it was validated with {version}"
        yield _note(tool, "other-version", note, message)


def limit(tool: str, note: Mapping[str, Any]) -> Finding:
    """Return what could not be looked at, as information; that a module calls itself is an error."""
    if "cycle" in note:
        found = _note(tool, "module-cycle", note, f"module {fields.text(note['cycle'])} leads back to this directory")
        return replace(found, severity=Severity.ERROR)
    if "opentofu" in note:
        message = "only OpenTofu reads this file, and `tofu` is not on PATH: it was not checked"
    elif "provider" in note:
        message = f"provider {fields.text(note['provider'])} cannot be had here: its resources were not checked"
    else:
        name, source = fields.text(note.get("module")), fields.text(note.get("source"))
        message = f"module {name} ({source}) cannot be had here: its arguments and outputs were not checked"
    return _note(tool, "not-checked", note, message)


def _note(tool: str, rule: str, note: Mapping[str, Any], message: str) -> Finding:
    path, line = fields.text(note.get("path")), fields.number(note.get("line"))
    return Finding(tool, rule, Severity.INFO, path, line, 1 if line else 0, message, DOCUMENTATION)


def format_errors(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and message of each error that `terraform fmt` printed."""
    for match in _FORMAT_ERROR.finditer(text):
        yield match["path"], int(match["line"][:9]), match["summary"]
