"""hadolint: Dockerfiles, and with shellcheck's rules the commands in them.

Takes every Dockerfile; a template of one (`Dockerfile.j2`) is none yet. Prints a JSON array, as the last thing on standard
output: its configuration may ask for other formats before it. Exits 0 or 1, which says nothing: `no-fail` and
`failure-threshold` change it. A missing input gives no JSON and hides the other files' findings. A configuration that it
cannot read it complains of and does without: an error here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from checks.lint import fields
from checks.lint.batches import Tools, blamed, crashed, each, ended_badly, make, path_of, split
from checks.model import Done, Finding, Findings, Job, ToolError, ToolState, Unit
from checks.repository import Kind, Repository

NAME = "hadolint"
CONFIG = (".hadolint.yaml", ".hadolint.yml")
_BAD_CONFIG = re.compile(r"Error parsing your config file in\s+'([^']*)'")
_START = re.compile(r"\[(?=\{|\])")


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the Dockerfiles, each by itself."""
    return each(repository.of_kind(Kind.DOCKERFILE))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per group of Dockerfiles."""
    command = (*tools.commands[NAME], "--no-color", "--format", "json", "--")
    return [make(NAME, command, group) for group in split(repository.files_of(wanted), tools.workers) if group]


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON array."""
    config = _BAD_CONFIG.search(done.err)
    if config:
        reason = done.err.strip().strip('"').removesuffix("\\n").rpartition("\\n")[2]
        return ToolError(NAME, ToolState.UNREADABLE, f"its configuration cannot be read: {config[1]}: {reason}"[:500])
    files = blamed(job, done.err, ": withBinaryFile")
    if files:
        return ToolError(NAME, ToolState.UNREADABLE, f"cannot read {', '.join(files)}", files)
    bad = ended_badly(job, done, expected=(0, 1))
    if bad:
        return bad
    try:
        found = tuple(_finding(item) for item in _array(done.out))
    except (ValueError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")
    if done.code == 1 and not found:
        return crashed(job, done, "it failed and found nothing")
    return Findings(found)


def _array(out: str) -> list[object]:
    for match in _START.finditer(out):
        try:
            value, end = json.JSONDecoder().raw_decode(out, match.start())
        except ValueError:
            continue
        if not out[end:].strip():
            return fields.listed(value)
    raise fields.UnexpectedOutputError("no JSON array at its end")


def _finding(item: object) -> Finding:
    entry = fields.mapping(item)
    rule = fields.text(entry.get("code"))
    return Finding(
        NAME,
        rule,
        fields.severity(entry.get("level")),
        path_of(fields.text(entry.get("file"))),
        fields.number(entry.get("line")),
        fields.number(entry.get("column")),
        fields.text(entry.get("message")),
        _url(rule),
    )


def _url(rule: str) -> str:
    home = "https://www.shellcheck.net/wiki" if rule.startswith("SC") else "https://github.com/hadolint/hadolint/wiki"
    return f"{home}/{rule}"


def version(tools: Tools) -> Job:
    """Return `hadolint --version`."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `Haskell Dockerfile Linter 2.15.1`."""
    match = re.search(r"Linter v?(\d[\w.+-]*)", done.out)
    return match[1] if match else ""
