"""kingfisher: secrets by their form (keys, tokens, passwords in addresses), in every text file that the repository has.

Takes all files but links, not the history. Asks nobody whether a secret is valid (`--no-validate`), looks for no update, and
replaces every value in its output by a hash (`--redact`), so that no report of ours can show one. Prints one JSON object
per finding, and last an audit that names each file that it was given and how far it read it: what is not in there as
completed was not scanned, whatever the exit code is (0, or 200 with findings). A file that is not there stops it, one that it
may not read it only notes in the audit; at a name that is not UTF-8 it crashes. Binary files it leaves out. Archives it looks
into: told not to, it passes over every file that is named like one, text or not, and `server.key` is a presentation to it.
`kingfisher:ignore` in a line silences it there. Many files are given to it by checks/host/lint/kingfisher_api.py, as folders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from checks.lint import fields
from checks.lint.batches import (
    BYTES_PER_SECOND,
    SECONDS,
    Tools,
    argument,
    crashed,
    each,
    ended_badly,
    fitting,
    make,
    path_of,
)
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.report.plain import counted
from checks.repository import File, Repository, Trouble

NAME = "kingfisher"
RULES = "rules"
"""The folder beside the program with its compiled rules: it compiles them again, six seconds each time, where that is not
there, or where others may write to it or to a folder above it."""
OPTIONS = (
    *("--quiet", "--no-update-check", "--no-validate", "--redact", "--no-dedup", "--format", "jsonl", "--jobs", "1"),
    *("--git-history", "none", "--no-binary"),
)
CONFIG: tuple[str, ...] = ()
"""It reads a configuration only where one is named on its command line."""
_STARTUP = 0.3
_PER_FILE = 0.001
"""Seconds a file, of whatever size, where they are given as folders."""
_BYTES_PER_SECOND = 20_000_000
_FILES_PER_SECOND = 20
"""The slowest machine's, where each file is given by itself."""
_WORTH_A_PROCESS = 1000
"""Files below which a second process costs more than it saves."""
_WORTH_FOLDERS = 20
"""Files below which it takes longer to make folders of them than to scan each by itself."""
_MISSING = re.compile(r"(?:path does not exist|No such file or directory)[^\n]*")
_SEVERITIES = {"high": Severity.ERROR, "medium": Severity.WARNING, "low": Severity.INFO}


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return all files that are no links, each by itself; those that other tools take and nobody can read were told."""
    return each(file for file in repository.files if file.is_named and not _is_link(file) and not _is_told(file))


def _is_link(file: File) -> bool:
    return bool(file.target) or file.trouble is Trouble.OUTSIDE or file.detail.startswith("the link")


def _is_told(file: File) -> bool:
    return file.kind is not None and file.trouble is Trouble.UNREADABLE


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per group of files, as many groups as are worth a process."""
    files = repository.files_of(wanted)
    count = max(1, min(tools.workers, len(files) // _WORTH_A_PROCESS))
    groups = [part for first in range(count) for part in fitting(files[first::count])]
    return [_job(group, tools.commands[NAME]) for group in groups if group]


def _job(group: Sequence[File], called: tuple[str, ...]) -> Job:
    """Return the job for some files; `called` ends with the program, before it is what gives it files as folders."""
    program = called if len(group) >= _WORTH_FOLDERS else called[-1:]
    job = make(NAME, (*program, "scan", *OPTIONS, "--"), group, startup=_STARTUP)
    rules = PurePosixPath(called[-1]).with_name(RULES)
    return replace(
        job,
        env={"KF_RULE_CACHE_DIR": str(rules)},
        weight=_STARTUP + _PER_FILE * len(group) + sum(file.size for file in group) / _BYTES_PER_SECOND,
        limit=SECONDS + len(group) / _FILES_PER_SECOND + sum(file.size for file in group) / BYTES_PER_SECOND,
    )


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings, once the audit says that every file was read."""
    files = _not_there(job, done.err)
    if files:
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {', '.join(files)}", files)
    bad = ended_badly(job, replace(done, out=""), expected=(0, 200))
    if bad:
        return bad
    try:
        entries = [fields.mapping(json.loads(line)) for line in done.out.split("\n") if line.strip()]
        found = tuple(_finding(entry, job.files) for entry in entries if "finding" in entry)
        audit = _audit(job, entries)
    except (ValueError, RecursionError) as error:
        return crashed(job, replace(done, out=""), f"its output is not what it should be: {error}")
    if audit.unread:
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {', '.join(audit.unread)}"[:500], audit.unread)
    if bool(found) != (done.code == 200):
        return crashed(job, replace(done, out=""), f"exit code {done.code} with {counted(len(found), 'finding')}")
    return Findings(found, audit.skipped)


def _not_there(job: Job, said: str) -> tuple[str, ...]:
    complaints = "\n".join(match[0] for match in _MISSING.finditer(said))
    return tuple(file for file in job.files if complaints and f"{argument(file)}\n" in f"{complaints}\n")


@dataclass(frozen=True)
class _Audit:
    unread: tuple[str, ...]
    skipped: tuple[str, ...]


def _audit(job: Job, entries: Sequence[Mapping[str, Any]]) -> _Audit:
    """Return which files were not read, and which were left out as binary; UnexpectedOutputError without an audit."""
    audits = [fields.mapping(entry["audit"]) for entry in entries if "audit" in entry]
    if len(audits) != 1:
        raise fields.UnexpectedOutputError(counted(len(audits), "audit"))
    scans = [fields.mapping(scan) for scan in fields.listed(audits[0].get("repositories"))]
    blobs = {
        fields.text(scan.get("repository")): fields.number(fields.mapping(scan.get("stats")).get("blobs_scanned"))
        for scan in scans
        if fields.mapping(scan.get("scan")).get("status") == "completed"
    }
    root = _root(job.files, blobs)
    unread = tuple(file for file in job.files if f"{root}{file}" not in blobs)
    return _Audit(unread, tuple(file for file in job.files if blobs.get(f"{root}{file}") == 0))


def _root(files: Sequence[str], read: Collection[str]) -> str:
    """Return what stands before the paths in the audit, which are absolute: that with which most are ours."""
    roots = {path.removesuffix(f"/{file}") for file in files[:20] for path in read if path.endswith(f"/{file}")}
    best = max(sorted(roots), key=lambda root: sum(f"{root}/{file}" in read for file in files), default="")
    return f"{best}/"


def _finding(entry: Mapping[str, Any], files: Collection[str]) -> Finding:
    rule, place = fields.mapping(entry.get("rule")), fields.mapping(entry.get("finding"))
    path, inside = _apart(path_of(fields.text(place.get("path"))), files)
    line, column = fields.number(place.get("line")), fields.number(place.get("column_start")) + 1
    what = fields.text(rule.get("description") or rule.get("name"))
    return Finding(
        NAME,
        fields.text(rule.get("id")),
        _SEVERITIES.get(fields.text(place.get("confidence")), Severity.WARNING),
        path,
        0 if inside else line,
        0 if inside else column,
        f"{what} (in its {inside}, line {line})" if inside else what,
        secret=True,
    )


def _apart(path: str, files: Collection[str]) -> tuple[str, str]:
    """Return the file that was given, and what in it is meant where that is an archive: `a.zip!b/c`."""
    parts = path.split("!")
    ends = (at for at in range(len(parts), 0, -1) if "!".join(parts[:at]) in files)
    end = next(ends, len(parts))
    return "!".join(parts[:end]), "!".join(parts[end:])


def version(tools: Tools) -> Job:
    """Return `kingfisher --version`."""
    return Job(NAME, (tools.commands[NAME][-1], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `kingfisher 2.14.0`."""
    match = re.search(r"^kingfisher (\d[\w.+-]*)", done.out, re.MULTILINE)
    return match[1] if match else ""
