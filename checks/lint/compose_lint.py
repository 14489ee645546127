"""compose-lint: the security of compose files: privileges, capabilities, mounts, ports, credentials.

Takes compose files, of which it reads what compose reads with them (override, extended and included files, env files).
Prints one JSON object; exits 0, 1 with findings, 2 where something is not covered. Runs on a copy of exactly what the
repository holds: beside a file it would also read an `.env` that git ignores. Its severities as in its own SARIF: critical
and high are errors, medium is a warning, low is information. Of a file that only adds to another one, what it misses is
information: that other file may well say it. What it cannot read is a finding of rule `syntax` or `parse`, what it could
not follow one of rule `coverage-gap`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.lint import composefiles, composeprojects, fields, yamlnodes
from checks.lint.batches import Tools, crashed, ended_badly, fitting, make, path_of
from checks.lint.composefiles import Document
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import File, Repository

NAME = "compose-lint"
CONFIG = (".compose-lint.yml", ".compose-lint.yaml")
_LEVELS = {"critical": Severity.ERROR, "high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.INFO}
_OF_ABSENCE = frozenset({"CL-0003", "CL-0006", "CL-0007", "CL-0026"})
"""Rules that say what a service lacks."""
_PLACE = re.compile(r"line (\d+)(?:, column (\d+))?")
_SERVICE = re.compile(r"^Not a valid Compose file: service '([^']+)'")
_QUOTED = re.compile(r"^'(?:include|extends)[^:]*: ([^']+)'")
_ADVICE = re.compile(r"\s*Lint the merged output .*", re.DOTALL)
_REMOTE = re.compile(r"remote resource")
_RULES = "https://github.com/tmatens/compose-lint/blob/main/docs/rules/"


@dataclass(frozen=True)
class ComposeLintJob(Job):
    """A job that knows which of its files only add to others, and what its files say."""

    parts: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return each compose file with what compose reads with it: findings may be in any of that."""
    files = composefiles.found(repository)
    folders: dict[str, list[str]] = {}
    for file in files:
        folders.setdefault(posixpath.dirname(file.path), []).append(file.path)
    return tuple(_unit(repository, file.path, folders[posixpath.dirname(file.path)]) for file in files)


def _unit(repository: Repository, path: str, neighbours: Sequence[str]) -> Unit:
    folder = posixpath.dirname(path)
    env = posixpath.join(folder, ".env")
    # An .env may name any of its folder to be merged, else compose merges the override.
    names = composefiles.DEFAULT + composefiles.OVERRIDES
    default = posixpath.basename(path) in names
    merged = [one for one in neighbours if env in repository.by_path or (default and posixpath.basename(one) in names)]
    start = tuple(dict.fromkeys((path, *merged, *((env,) if env in repository.by_path else ()))))
    related = dict.fromkeys((*start, *composeprojects.reached(repository, start)))
    return Unit(tuple(related), _configurations(repository, folder))


def _configurations(repository: Repository, folder: str) -> tuple[str, ...]:
    """Return the configuration files that hold for a folder: its own, else the root's."""
    for place in dict.fromkeys((folder, "")):
        found = tuple(path for name in CONFIG if (path := posixpath.join(place, name)) in repository.by_path)
        if found:
            return found
    return ()


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job for all files with the same configuration, and one for each that shares with others what it reads."""
    command = (*tools.commands[NAME], "check", "--format", "json", "--")
    uses = Counter(path for unit in units(repository) for path in unit.files)
    groups: dict[tuple[str, ...], dict[str, Unit]] = {}
    for unit in wanted:
        alone = any(uses[path] > 1 for path in unit.files)
        group = groups.setdefault((*unit.inputs, *(unit.files[:1] if alone else ())), {})
        group[unit.files[0]] = unit
    parts = frozenset(file.path for file in composefiles.found(repository) if not _is_whole(file))
    return [
        _job(command, files, [group[file.path] for file in files], parts)
        for group in groups.values()
        for files in fitting(repository.by_path[path] for path in group)
    ]


def _is_whole(file: File) -> bool:
    return composefiles.is_whole(Document(file.text or ""))


def _job(command: Sequence[str], files: Sequence[File], units: Sequence[Unit], parts: frozenset[str]) -> Job:
    job = make(NAME, command, files)
    everything = tuple(dict.fromkeys(path for unit in units for path in unit.files))
    said = {file.path: file.text or "" for file in files}
    mine = parts.intersection(job.files)
    own = {"files": everything, "units": tuple(units), "writes": True, "parts": mine, "said": said}
    return ComposeLintJob(**{**vars(job), **own})


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON object, and what it could not read as findings too."""
    bad = ended_badly(job, done, expected=(0, 1, 2))
    if bad:
        return bad
    parts, said = (job.parts, job.said) if isinstance(job, ComposeLintJob) else (frozenset[str](), {})
    try:
        answer = fields.mapping(json.loads(done.out))
        errors = [fields.mapping(item) for item in fields.listed(answer.get("errors"))]
        kinds = {fields.text(one.get("kind")): fields.text(one.get("message")) for one in errors}
        if "rule_crash" in kinds:
            return crashed(job, done, kinds["rule_crash"])
        if "run" in kinds:
            return ToolError(NAME, ToolState.UNREADABLE, f"its configuration cannot be read: {kinds['run']}"[:500])
        found = [_finding(item, parts) for item in map(fields.mapping, fields.listed(answer.get("findings")))]
        return Findings(tuple(one for one in found if one) + tuple(_unread(item, said) for item in errors))
    except (ValueError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")


def _finding(item: Mapping[str, Any], parts: frozenset[str]) -> Finding | None:
    if item.get("suppressed") is True:
        return None
    rule, path = fields.text(item.get("rule_id")), path_of(fields.text(item.get("file")))
    severity = _LEVELS.get(fields.text(item.get("severity")))
    if severity is None:
        raise fields.UnexpectedOutputError(f"unknown severity {item.get('severity')!r:.40}")
    message = fields.text(item.get("message"))
    if path in parts and rule in _OF_ABSENCE:
        severity, message = Severity.INFO, f"{message} (this file only adds to another one, which may say so)"
    line = item.get("line")
    return Finding(NAME, rule, severity, path, fields.number(line or 0), 0, message, f"{_RULES}{rule}.md")


def _unread(item: Mapping[str, Any], said: Mapping[str, str]) -> Finding:
    message, path = fields.text(item.get("message")), path_of(fields.text(item.get("file")))
    line, column = _place(message, said.get(path, ""))
    if fields.text(item.get("kind")) != "parse":
        severity = Severity.INFO if _REMOTE.search(message) else Severity.WARNING
        return Finding(NAME, "coverage-gap", severity, path, line, column, _ADVICE.sub("", message))
    rule = "syntax" if message.startswith("Invalid YAML") else "parse"
    return Finding(NAME, rule, Severity.ERROR, path, line, column, message)


def _place(message: str, text: str) -> tuple[int, int]:
    """Return the place that a message names, by its number, by a service, or by what it quotes from there."""
    place, service, quoted = _PLACE.search(message), _SERVICE.search(message), _QUOTED.search(message)
    if place:
        return int(place[1]), int(place[2] or 0)
    node = Document(text).top.get("services")
    if service and node is not None:
        return yamlnodes.place(node, [service[1]])
    at = text.find(quoted[1]) if quoted else -1
    return (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) if at >= 0 else (1, 1)


def version(tools: Tools) -> Job:
    """Return `compose-lint --version`."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `compose-lint 0.36.2`."""
    match = re.fullmatch(r"compose-lint (\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
