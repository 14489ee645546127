"""shellcheck: shell scripts, by their name and by their first line.

Takes sh, bash, dash, ksh and bats. Prints one JSON object; exits 0, 1 with findings, 2 where a file cannot be read,
which it names on standard error, 3 and 4 where it does not understand us. It follows `source` only to files that it was
given too: scripts that source others go into one process with them, so that what is found does not depend on the
number of cores. A template of a script (`start.sh.j2`, `start.sh.tpl`) is no script yet, whatever its first line says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from checks.lint import fields
from checks.lint.batches import Tools, argument, blamed, crashed, each, ended_badly, fitting, make, path_of, split
from checks.model import Done, Finding, Findings, Job, ToolError, ToolState, Unit
from checks.report.plain import counted
from checks.repository import File, Kind, Repository

NAME = "shellcheck"
CONFIG = (".shellcheckrc", "shellcheckrc")
_SOURCES = re.compile(r"(?:^|[\s;&|({])(?:\.|source)[ \t]+\S", re.MULTILINE)


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the scripts that belong together as one, and each of the others by itself."""
    linked, single = _together(repository.of_kind(Kind.SHELL))
    groups = fitting(linked)  # of thousands that source each other, a command line holds only so many
    return (*(Unit(tuple(file.path for file in group)) for group in groups), *each(single))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job for the scripts that belong together and one per group of the others."""
    command = (*tools.commands[NAME], "--color=never", "--format=json1", "--")
    linked = [unit for unit in wanted if len(unit.files) > 1]
    single = repository.files_of(unit for unit in wanted if len(unit.files) == 1)
    return [
        *(replace(make(NAME, command, repository.files_of([unit])), units=(unit,)) for unit in linked),
        *(make(NAME, command, group) for group in split(single, tools.workers) if group),
    ]


def _together(files: tuple[File, ...]) -> tuple[list[File], list[File]]:
    sourcing = [file.text for file in files if file.text and _SOURCES.search(file.text)]
    linked: list[File] = []
    single: list[File] = []
    for file in files:
        name = re.compile(rf"(?<![\w.-]){re.escape(file.path.rpartition('/')[2])}")
        belongs = file.text in sourcing or any(name.search(text) for text in sourcing)
        (linked if belongs else single).append(file)
    return linked, single


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON object."""
    files = blamed(job, done.err, ": openBinaryFile")
    if files:
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {', '.join(files)}", files)
    bad = ended_badly(job, done, expected=(0, 1))
    if bad:
        return bad
    try:
        comments = fields.listed(fields.mapping(json.loads(done.out)).get("comments"))
        found = tuple(_finding(item) for item in comments)
    except (ValueError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")
    if bool(found) != (done.code == 1):
        return crashed(job, done, f"exit code {done.code} with {counted(len(found), 'finding')}")
    return Findings(found)


def _finding(item: object) -> Finding:
    entry = fields.mapping(item)
    rule = f"SC{fields.number(entry.get('code')):04d}"
    return Finding(
        NAME,
        rule,
        fields.severity(entry.get("level")),
        path_of(fields.text(entry.get("file"))),
        fields.number(entry.get("line")),
        fields.number(entry.get("column")),
        fields.text(entry.get("message")),
        f"https://www.shellcheck.net/wiki/{rule}",
    )


def fixes(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return the jobs that print patches."""
    command = tools.commands[NAME]
    return [
        replace(job, argv=(*command, "--color=never", "--format=diff", "--", *map(argument, job.files)))
        for job in jobs(repository, wanted, tools)
    ]


def read_fix(job: Job, done: Done) -> str | ToolError:
    """Return the patch: what it cannot correct it says nothing of that could be applied."""
    bad = ended_badly(job, done, expected=(0, 1))
    if bad:
        return bad
    start = done.out.find("--- a/")
    return done.out[start:] if start >= 0 else ""


def version(tools: Tools) -> Job:
    """Return `shellcheck --version`."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read the line `version: 0.11.0`."""
    match = re.search(r"^version: (\S+)", done.out, re.MULTILINE)
    return match[1] if match else ""
