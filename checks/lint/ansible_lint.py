"""ansible-lint: playbooks, roles and collections, with Ansible's own syntax check, one project at a time.

Runs through checks/host/lint/ansible_lint_api.py, which calls ansible-lint's own entry in a copy of the project and says what
that changes. In the copy is only what git knows and Ansible reads, so that ansible-lint's own search finds the files,
its kinds of files and its exclusions mean the same as by hand in the project's folder. Of YAML that is no Ansible's, which it
reads too when it is run from the root, yamllint speaks. Exits 0 whatever was found, and answers with
ansible-lint's code: 0, 2 with findings, 3 where its configuration cannot be read, 5 where that excludes
everything, 8 where it corrected all that it found. An `ansible.cfg` that Ansible cannot read is a finding, `load-failure`, and
the rest is linted without it.

A role or a collection that is not vendored is a finding, at the place that asks for it, and the rest is linted all the
same: nothing is downloaded when linting. So is what Ansible itself fails at (`internal-error`), but not a command of its
that somebody killed: that is a crash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from checks import ansible
from checks.ansible import Project
from checks.lint import fields
from checks.lint.batches import Tools, crashed, ended_badly
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import Repository

NAME = "ansible-lint"
CONFIG = (*ansible.LINT_CONFIG, *ansible.STEERING)

_SEVERITIES = {
    "VERY_HIGH": Severity.ERROR,
    "HIGH": Severity.ERROR,
    "MEDIUM": Severity.WARNING,
    "LOW": Severity.WARNING,
    "VERY_LOW": Severity.WARNING,
    "INFO": Severity.INFO,
}
_REQUIRED = re.compile(
    r"^ *-? *(?:src|name|role|source) *: *[\"']?([\w.-]+)|^ *- *[\"']?([\w-]+\.[\w.-]+)", re.MULTILINE
)
_ROLE = re.compile(r"the role '([^']+)' was not found(?= in )")
_MODULE = re.compile(r"couldn't resolve module/action '((\w+\.\w+)\.[\w.]+)'")
_REASON = re.compile(r"^(?:\[ERROR\]: |[\w.]+Error: )(.+)$", re.MULTILINE)
_LINE = re.compile(r"\bline:? +(\d+)")
_NO_FILE = re.compile(r"\n?(?:While reading from |file: )'<string>',? \[?line:? +\d+\]?:? ?|'<string>'\n")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_STARTUP, _PLAYBOOK, _FILE = 1.0, 0.3, 0.05
"""Seconds of one core: to begin with, for the syntax check of a playbook, for the rules on a file."""


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the Ansible projects: what is found in a playbook depends on the roles and variables beside it."""
    return tuple(Unit(project.files, project.inputs) for project in ansible.projects(repository))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per project."""
    return [_job(project, others, repository, tools) for project, others in _chosen(repository, wanted)]


def _chosen(repository: Repository, wanted: Sequence[Unit]) -> Iterator[tuple[Project, list[str]]]:
    """Return the projects that are asked about, each with those of its inputs that are linted with another project."""
    asked, projects = {unit.files for unit in wanted}, ansible.projects(repository)
    linted = {path for project in projects for path in project.files}
    return ((project, sorted(linted.intersection(project.inputs))) for project in projects if project.files in asked)


def _job(project: Project, others: Sequence[str], repository: Repository, tools: Tools) -> Job:
    weight = _STARTUP + _PLAYBOOK * len(project.playbooks) + _FILE * len(project.files)
    question = {**_question(project), "required": _required(project, repository), "others": others}
    return Job(
        NAME,
        tools.commands[NAME],
        files=project.files,
        units=(Unit(project.files, project.inputs),),
        writes=True,
        weight=weight,
        limit=60 + 10 * weight,
        stdin=json.dumps(question),
    )


def _question(project: Project) -> dict[str, object]:
    return {"project": project.folder or ".", "config": project.config}


def _required(project: Project, repository: Repository) -> dict[str, str]:
    """Return the roles and collections that the project's requirements name → the file that does."""
    paths = (path for path in project.files if path.rpartition("/")[2] in ("requirements.yml", "requirements.yaml"))
    texts = {path: repository.by_path[path].text or "" for path in paths}
    return {one or other: path for path, text in texts.items() for one, other in _REQUIRED.findall(text)}


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON object."""
    bad = ended_badly(job, done, expected=(0,))
    if bad:
        return bad
    try:
        answer = fields.mapping(json.loads(done.out))
        question = fields.mapping(json.loads(job.stdin or "{}"))
        required = fields.mapping(question.get("required", {}))
        trouble = _trouble(answer, fields.text(question.get("project", ".")))
        found = tuple(_finding(fields.mapping(item), required) for item in fields.listed(answer.get("matches")))
        found += tuple(_unknown(fields.mapping(item)) for item in fields.listed(answer.get("named")))
        found += tuple(_unread(fields.text(answer.get("mistake", "")), fields.text(question.get("project", "."))))
        seen = {fields.text(path) for path in fields.listed(answer.get("files"))}
    except (ValueError, RecursionError) as problem:
        return crashed(job, done, f"its output is not what it should be: {problem}")
    return trouble or Findings(found, tuple(path for path in job.files if path not in seen))


def _trouble(answer: Mapping[str, object], project: str) -> ToolError | None:
    """Return why a project could not be linted."""
    where = "" if project == "." else f"in {project}: "
    stage, code = fields.text(answer.get("stage")), fields.number(answer.get("code"))
    lines = _COLOURS.sub("", fields.text(answer.get("error"))).splitlines()
    said = " / ".join(line.strip() for line in lines if line.strip())
    if said.startswith("KilledError: "):
        return ToolError(NAME, ToolState.CRASHED, said.removeprefix("KilledError: "))
    if stage == "ansible":
        return ToolError(NAME, ToolState.CRASHED, f"{where}Ansible does not start: {said}"[:500])
    if stage == "configuration":
        return ToolError(NAME, ToolState.UNREADABLE, f"{where}its configuration cannot be read: {said}"[:500])
    if stage != "end" or code not in (0, 2, 5, 8):
        return ToolError(NAME, ToolState.CRASHED, f"{where}it ended with {code}: {said}"[:500])
    return None


def _finding(item: Mapping[str, object], required: Mapping[str, object]) -> Finding:
    severity = _SEVERITIES.get(fields.text(item.get("severity")), Severity.WARNING)
    return Finding(
        NAME,
        fields.text(item.get("rule")),
        Severity.INFO if item.get("warned") is True else severity,
        fields.text(item.get("path")),
        fields.number(item.get("line")),
        fields.number(item.get("column")),
        _message(fields.text(item.get("message")), fields.text(item.get("details")), required),
        fields.text(item.get("url")),
    )


def _unknown(item: Mapping[str, object]) -> Finding:
    what = f"there is no rule {fields.text(item.get('name'))!r}, and ansible-lint says nothing of that"
    path, line = fields.text(item.get("path")), fields.number(item.get("line"))
    return Finding(NAME, "unknown-rule", Severity.WARNING, path, line, 0, what)


def _unread(mistake: str, project: str) -> Iterator[Finding]:
    """Return what Ansible says of an ansible.cfg that it cannot read."""
    if mistake:
        path, line = f"{project}/ansible.cfg".removeprefix("./"), _LINE.search(mistake)
        what = f"{' / '.join(_NO_FILE.sub('', mistake).split(chr(10)))}; the project was linted without it"
        yield Finding(NAME, "load-failure", Severity.ERROR, path, int(line[1]) if line else 0, 0, what)


def _message(message: str, details: str, required: Mapping[str, object]) -> str:
    role, module = _ROLE.search(message), _MODULE.search(message)
    if role:  # where it was looked for says nothing: that was a copy
        return f"{role[0]}: {_where(role[1], required)}"
    if module and required.get(module[2]):
        return f"{module[0]}: {_where(module[2], required)}"
    if message.startswith("Unexpected error code"):
        return ": ".join([message, *_REASON.findall(details)[-1:]])
    first = details.strip().partition("\n")[0]
    return f"{message} {first}" if first and first not in message and len(details.splitlines()) == 1 else message


def _where(name: str, required: Mapping[str, object]) -> str:
    asked = f"{required[name]} asks for it, but " if name in required else ""
    return f"{asked}it is not in the repository, and nothing is downloaded when linting"


def fixes(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return the jobs that correct the projects' files."""
    return [
        replace(
            _job(project, others, repository, tools),
            writes=False,
            stdin=json.dumps({**_question(project), "fix": True, "files": [*project.files, *project.inputs]}),
        )
        for project, others in _chosen(repository, wanted)
    ]


def read_fix(job: Job, done: Done) -> str | ToolError:
    """Return no patch: the files are written."""
    answer = read(job, done)
    return answer if isinstance(answer, ToolError) else ""


def version(tools: Tools) -> Job:
    """Return the command that says the version."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `26.10.1`."""
    match = re.fullmatch(r"(\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
