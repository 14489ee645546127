"""yamllint: YAML files that are YAML already: no templates of Helm charts.

Takes what can be decoded. Runs through yamllint's own programming interface in a process (checks/host/lint/yamllint_api.py),
because its command line prints a file's name unquoted, stops at the first file that it cannot open, and ends with a
traceback at one that it cannot decode. The configuration is looked up by yamllint's own function; what that ignores is
left out, as by `yamllint .`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from checks.lint import fields
from checks.lint.batches import Tools, crashed, each, ended_badly, make, split
from checks.model import Done, Finding, Findings, Job, ToolError, ToolState, Unit
from checks.repository import Kind, Repository

NAME = "yamllint"
CONFIG = (".yamllint", ".yamllint.yaml", ".yamllint.yml")


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the YAML files that can be decoded, each by itself."""
    return each(repository.of_kind(Kind.YAML, utf8=True))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per group of files; their names go to standard input."""
    groups = split(repository.files_of(wanted), tools.workers)
    return [make(NAME, tools.commands[NAME], group, stdin=True) for group in groups if group]


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON object; a file without an answer is an error."""
    bad = ended_badly(job, done, expected=(0,))
    if bad:
        return bad
    try:
        answer = fields.mapping(json.loads(done.out))
        if answer.get("error") is not None:
            message = f"its configuration cannot be read: {fields.text(answer['error'])}"
            return ToolError(NAME, ToolState.UNREADABLE, message[:500])
        return _findings(job, fields.mapping(answer.get("files")))
    except (ValueError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")


def _findings(job: Job, files: Mapping[str, Any]) -> Findings | ToolError:
    answers = {path: fields.mapping(files.get(path)) for path in job.files}
    failed = {path: fields.text(answer["error"]) for path, answer in answers.items() if answer.get("error") is not None}
    if failed:
        said = "; ".join(f"{path}: {error}" for path, error in failed.items())
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {said}"[:500], tuple(failed))
    skipped = tuple(path for path, answer in answers.items() if answer.get("ignored") is True)
    found = (_finding(path, item) for path, answer in answers.items() for item in fields.listed(answer.get("problems")))
    return Findings(tuple(found), skipped)


def _finding(path: str, item: object) -> Finding:
    entry = fields.mapping(item)
    rule = fields.text(entry.get("rule") or "syntax")
    page = "https://yamllint.readthedocs.io/en/stable/rules.html"
    return Finding(
        NAME,
        rule,
        fields.severity(entry.get("level")),
        path,
        fields.number(entry.get("line")),
        fields.number(entry.get("column")),
        fields.text(entry.get("message")).removesuffix(" (syntax)"),
        page if rule == "syntax" else f"{page}#module-yamllint.rules.{rule.replace('-', '_')}",
    )


def version(tools: Tools) -> Job:
    """Return the command that says the version."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `1.38.0`."""
    match = re.fullmatch(r"(\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
