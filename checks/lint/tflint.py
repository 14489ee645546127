"""tflint: best practices and provider-specific mistakes in Terraform, where it is on PATH; it does not come with checks.

Takes each directory with configuration, one process for each: only so does it read each directory's own settings.
Where a directory has none, those of the root are handed to it. Prints one JSON object; exits 0, 2 with issues, 1 with
errors. An error with a place is what it cannot parse, a finding; one without is about itself: a plugin that was not
installed (`tflint --init`), a broken configuration.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from checks.lint import fields, terraform_dirs
from checks.lint.batches import Tools, crashed, ended_badly
from checks.lint.terraform_says import rule_of
from checks.model import Done, Finding, Findings, Job, ToolError, ToolState, Unit
from checks.repository import Kind, Repository

NAME = "tflint"
SETTINGS = ".tflint.hcl"
CONFIG = (SETTINGS,)
_RULES = "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules"


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return each directory with configuration, and as what it reads the modules that it calls."""
    files = {file.path: file.text or "" for file in repository.of_kind(Kind.TERRAFORM)}
    known = terraform_dirs.directories(files.items())
    values = {path for path in files if path.endswith(".tfvars")}
    return tuple(
        Unit(
            there.files,
            (
                *terraform_dirs.files_of(terraform_dirs.unit(path, known)[1:], known),
                *(name for name in sorted(values) if posixpath.dirname(name) == path),
            ),
        )
        for path, there in sorted(known.items())
    )


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per directory."""
    return [_job(repository, unit, tools) for unit in wanted]


def _job(repository: Repository, unit: Unit, tools: Tools) -> Job:
    path = posixpath.dirname(unit.files[0])
    argv = (*tools.commands[NAME], "--format=json", "--no-color", f"--chdir={path or '.'}")
    if SETTINGS in repository.by_path and path and f"{path}/{SETTINGS}" not in repository.by_path:
        argv += (f"--config={posixpath.relpath(f'/{SETTINGS}', f'/{path}')}",)
    return Job(NAME, argv, files=unit.files, weight=0.2, units=(unit,))


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the issues, and what it could not parse."""
    bad = ended_badly(job, done, expected=(0, 1, 2))
    if bad:
        return bad
    try:
        answer = fields.mapping(json.loads(done.out))
        errors = [fields.mapping(item) for item in fields.listed(answer.get("errors"))]
        ours = [fields.text(item.get("message")) for item in errors if item.get("range") is None]
        if ours:
            return ToolError(NAME, ToolState.CRASHED, "; ".join(ours)[:500])
        issues = [_issue(job, fields.mapping(item)) for item in fields.listed(answer.get("issues"))]
        found = (*issues, *(_error(job, item) for item in errors))
    except (ValueError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")
    if done.code == 1 and not errors:
        return crashed(job, done, "exit code 1 without an error")
    return Findings(found)


def _issue(job: Job, item: Mapping[str, Any]) -> Finding:
    rule = fields.mapping(item.get("rule"))
    name, link = fields.text(rule.get("name")), fields.text(rule.get("link"))
    path, line, column = _place(job, item)
    page = link or (f"{_RULES}/{name}.md" if name.startswith("terraform_") else "")
    return Finding(
        NAME, name, fields.severity(rule.get("severity")), path, line, column, fields.text(item.get("message")), page
    )


def _error(job: Job, item: Mapping[str, Any]) -> Finding:
    summary, message = fields.text(item.get("summary") or "error"), fields.text(item.get("message"))
    path, line, column = _place(job, item)
    return Finding(
        NAME, rule_of(summary), fields.severity(item.get("severity")), path, line, column, f"{summary}: {message}"
    )


def _place(job: Job, item: Mapping[str, Any]) -> tuple[str, int, int]:
    """Return where it is; names are relative to where tflint was started, and of what it cannot parse to `--chdir`."""
    place = fields.mapping(item.get("range"))
    start, path = fields.mapping(place.get("start")), posixpath.normpath(fields.text(place.get("filename")) or ".")
    inside = posixpath.join(posixpath.dirname(job.files[0]) if job.files else "", path)
    chosen = inside if path not in job.files and inside in job.files else path
    return chosen, fields.number(start.get("line")), fields.number(start.get("column"))


def version(tools: Tools) -> Job:
    """Return `tflint --version`."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=20)


def read_version(done: Done) -> str:
    """Read the line `TFLint version 0.50.3`."""
    match = re.search(r"^TFLint version (\S+)", done.out, re.MULTILINE)
    return match[1] if match else ""
