"""checkov: policies for Dockerfiles, Terraform, CloudFormation, Kubernetes, Ansible and pipelines, and a search for secrets.

Runs through checks/host/lint/checkov_api.py, which calls checkov's own class once for everything that is asked for, on a copy:
checkov takes longer to start than to look. What depends on other files is one unit with them: Terraform folders with
the modules that they call, all of Terraform's JSON, and all Kubernetes manifests, because whether a network policy selects
a pod can be said in any of them. Everything else is a unit by itself. As by hand, names that begin with a dot are left
out, but for pipelines' own, and secrets are looked for in the formats that checkov knows.

Answers with checkov's reports. A file that checkov could not parse, which it passes over, is a finding here. Of a
secret it says only where it is. Nothing is downloaded: a module from a registry is not looked into, as by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from checks.lint import fields
from checks.lint.batches import Tools, crashed, ended_badly
from checks.lint.checkov_units import CONFIG, frameworks, units
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import Repository

__all__ = ["CONFIG", "NAME", "jobs", "read", "read_version", "units", "version"]

NAME = "checkov"
_CHECK = re.compile(
    r"(?:CKV2?|BC)_\w*[\w*]|\*|[A-Z0-9_]*\*[A-Z0-9_*]*|LOW|MEDIUM|HIGH|CRITICAL|INFO|NONE|OFF", re.IGNORECASE
)
_PARSE = "parse-error"
_PAGES = "https://www.checkov.io/5.Policy%20Index"
_GUESSED = ("CKV_SECRET_6", "CKV_SECRET_19", "CKV_SECRET_80")
"""Secrets that it only takes for some because they look like noise."""
_SEVERITIES = {
    "CRITICAL": Severity.ERROR,
    "HIGH": Severity.ERROR,
    "MEDIUM": Severity.WARNING,
    "LOW": Severity.INFO,
    "INFO": Severity.INFO,
}
_STARTUP, _FILE, _BYTES_PER_SECOND = 1.5, 0.01, 300_000
"""Seconds of one core to begin with and per file, and how much it reads in one."""


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job for everything, so that checkov starts once."""
    files = repository.files_of(wanted)
    looks: dict[str, list[str]] = {}
    for file in files:
        for framework in sorted(frameworks(file)):
            looks.setdefault(framework, []).append(file.path)
    templates = [file.path for file in files if file.kind is None]
    weight = _STARTUP + _FILE * len(files) + sum(file.size for file in files) / _BYTES_PER_SECOND
    job = Job(
        NAME,
        tools.commands[NAME],
        files=tuple(file.path for file in files),
        units=tuple(wanted),
        writes=True,
        weight=weight,
        limit=60 + 10 * weight,
        stdin=json.dumps({"files": dict(sorted(looks.items())), "templates": templates}),
    )
    return [job] if files else []


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the reports, what checkov could not parse, and what its configuration names in vain."""
    bad = ended_badly(job, done, expected=(0,))
    if bad:
        return bad
    try:
        answer = fields.mapping(json.loads(done.out))
        stage, error = fields.text(answer.get("stage")), fields.text(answer.get("error"))
        reports = [fields.mapping(report) for report in fields.listed(answer.get("reports"))]
        found = [
            _finding(fields.mapping(item), fields.text(report.get("framework")))
            for report in reports
            for item in fields.listed(report.get("failed"))
        ]
        found += [_broken(fields.text(path)) for report in reports for path in fields.listed(report.get("unread"))]
        found += [_unread(fields.mapping(item)) for item in fields.listed(answer.get("unread"))]
        looked = _looked(job, fields.listed(answer.get("frameworks")))
        named = [fields.mapping(item) for item in fields.listed(answer.get("named"))]
        found += [_unknown(item) for item in named if not _CHECK.fullmatch(fields.text(item.get("name")))]
        found += [_elsewhere(fields.mapping(item)) for item in fields.listed(answer.get("elsewhere"))]
    except (ValueError, RecursionError) as problem:
        return crashed(job, done, f"its output is not what it should be: {problem}")
    if stage == "configuration":
        return ToolError(NAME, ToolState.UNREADABLE, f"its configuration cannot be read: {error}"[:500])
    if stage != "end":
        return ToolError(NAME, ToolState.CRASHED, f"it failed at its {stage}: {error}"[:500])
    return Findings(tuple(found), tuple(path for path in job.files if path not in looked))


def _looked(job: Job, chosen: Sequence[object]) -> set[str]:
    """Return the files that a framework looked into: the repository's configuration may leave out some."""
    files = fields.mapping(fields.mapping(json.loads(job.stdin or "{}")).get("files", {}))
    return {path for framework in chosen for path in fields.listed(files.get(fields.text(framework), []))}


def _finding(item: Mapping[str, object], framework: str) -> Finding:
    rule, name, resource = (fields.text(item.get(key)) for key in ("rule", "name", "resource"))
    is_secret = rule.startswith("CKV_SECRET_")
    is_said = "." in resource and not is_secret and framework not in ("dockerfile", "bitbucket_pipelines")
    usual = Severity.ERROR if is_secret and rule not in _GUESSED else Severity.WARNING
    return Finding(
        NAME,
        rule,
        _SEVERITIES.get(fields.text(item.get("severity")).upper(), usual),
        fields.text(item.get("path")),
        fields.number(item.get("line")),
        0,
        f"{name} ({resource})" if is_said else name,
        fields.text(item.get("url")) or f"{_PAGES}/{framework.removesuffix('_json')}.html",
        secret=is_secret,
    )


def _broken(path: str) -> Finding:
    return Finding(
        NAME, _PARSE, Severity.ERROR, path, 0, 0, "checkov cannot parse this file: nothing of it was checked"
    )


def _unread(item: Mapping[str, object]) -> Finding:
    path, line, why = fields.text(item.get("path")), fields.number(item.get("line")), fields.text(item.get("why"))
    if line:
        return Finding(NAME, _PARSE, Severity.ERROR, path, line, 0, f"checkov cannot parse this file: {why}")
    what = "checkov cannot read this file, it holds what checkov does not know: nothing of it was checked"
    return Finding(NAME, _PARSE, Severity.INFO, path, 0, 0, what)


def _unknown(item: Mapping[str, object]) -> Finding:
    what = f"there is no check {fields.text(item.get('name'))!r}, and checkov says nothing of that"
    path, line = fields.text(item.get("path")), fields.number(item.get("line"))
    return Finding(NAME, "unknown-check", Severity.WARNING, path, line, 0, what)


def _elsewhere(item: Mapping[str, object]) -> Finding:
    what = f"the checks of {fields.text(item.get('name'))} were not applied: nothing is downloaded when linting"
    path, line = fields.text(item.get("path")), fields.number(item.get("line"))
    return Finding(NAME, "external-checks", Severity.WARNING, path, line, 0, what)


def version(tools: Tools) -> Job:
    """Return the command that says the version."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `3.3.30`."""
    match = re.fullmatch(r"(\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
