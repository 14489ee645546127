"""compose-config: what `docker compose config --quiet` says of a project: the check that compose makes before it starts one.

Takes projects, as checks.lint.composeprojects makes them of compose files: one process each, a second one with every
profile where there are some. The variables are those of `.env`, else of an example beside it (`.env.example`), so that
nothing that only one machine has changes the answer. What the repository does not hold is said, and does not hide the rest:

- `required-variable` (info): `${NAME:?}` without a value; something stands in for it;
- `env-file` (info where an example of it is there, else warning): an env file that is missing is left out;
- `unset-variable` (info): as compose warns; it takes a blank for it. A mistake in a place that holds such a variable, or in
  none that it names, is a warning, since a value might mend it;
- `remote` (info): a file that is elsewhere is not fetched.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks.lint import composeplaces, composeprojects
from checks.lint.batches import Tools, argument, crashed, ended_badly
from checks.lint.composeplaces import Place
from checks.lint.composeprojects import Project
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import Repository

NAME = "compose-config"
CONFIG = ()
PAGE = "https://docs.docker.com/reference/cli/docker/compose/config/"
_SECONDS = 60.0
_LOCAL = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}
"""No file is fetched from elsewhere."""
_OURS = ("HOME", "LANG", "PATH", "TMPDIR", "TZ")
_LOG = re.compile(r'(?:time="[^"]*" )?level=(\w+) msg="((?:[^"\\]|\\.)*)"')
_UNSET = re.compile(r'The "(\w+)" variable is not set')
_RULES = (
    (re.compile(r"^validating "), "schema"),
    (re.compile(r"mapping key .* already defined"), "duplicate-key"),
    (re.compile(r"^yaml: |^empty compose file|^failed to parse "), "syntax"),
    (re.compile(r"is disabled by"), "remote"),
    (re.compile(r"required variable"), "required-variable"),
    (re.compile(r"env file .* not found"), "env-file"),
    (re.compile(r"no such file or directory|label file .* not found"), "missing-file"),
    (re.compile(r"undefined (?:service|network|volume|secret|config|model)"), "undefined"),
)
_BROKEN = re.compile(
    r"^panic:|^fatal error:|unknown (?:shorthand )?flag|unknown docker command|is not a docker command"
)


@dataclass(frozen=True)
class ComposeJob(Job):
    """A job that knows its project, so that the places of what compose says can be found."""

    project: Project = field(default_factory=lambda: Project((), ()))


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the projects."""
    return tuple(_unit(project) for project in composeprojects.projects(repository))


def _unit(project: Project) -> Unit:
    return Unit(project.about, tuple(path for path in project.inputs if path not in project.about))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return a job for each project, and one more with every profile where some services are in one."""
    made: list[Job] = []
    for project in composeprojects.projects(repository):
        if (unit := _unit(project)) in wanted:
            made.append(_job(tools.commands[NAME], project, unit))
            if project.profiles:
                made.append(_job((*tools.commands[NAME], "--profile", "*"), project, unit, files=()))
    return made


def _job(command: Sequence[str], project: Project, unit: Unit, files: tuple[str, ...] | None = None) -> Job:
    named = [word for path in project.files for word in ("-f", argument(posixpath.basename(path)))]
    env_file = argument(posixpath.basename(project.env_file)) if project.env_file else ""
    if not env_file and not any(posixpath.basename(path) == ".env" for path in project.inputs):
        env_file = "/dev/null"  # one that git ignores is not the repository's
    argv = (
        *(*command, "-p", "checks"),
        *(("--env-file", env_file) if env_file else ()),
        *(() if project.chosen else named),
        *(("-f", "-") if project.overlay else ()),
        *("config", "--quiet"),
    )
    stands_in = {one.name: one.stand_in for one in project.required if one.name not in _OURS}
    return ComposeJob(
        NAME,
        argv,
        project.folder,
        {**_LOCAL, **stands_in},
        unit.files if files is None else files,
        (unit,),
        weight=0.1,
        limit=_SECONDS,
        stdin=project.overlay or None,
        project=project,
    )


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return what compose says, and what the project lacks."""
    if not isinstance(job, ComposeJob):
        return crashed(job, done, "it was asked about no project")
    bad = ended_badly(job, done, expected=(0, 1, 14, 15))
    if bad:
        return bad
    logged, said = _split(done.err)
    if _BROKEN.search(said) or (done.code and not said):
        return crashed(job, done, f"exit code {done.code}")
    if "permission denied" in said:
        return ToolError(NAME, ToolState.UNREADABLE, said[:500])
    unset = sorted({match[1] for _, text in logged if (match := _UNSET.search(text))})
    found = [
        *_lacking(job.project),
        *(_unset(job.project, name) for name in unset),
        *(_warning(job.project, text) for level, text in logged if level == "warning" and not _UNSET.search(text)),
        *(_mistake(job.project, text, [*unset, *(one.name for one in job.project.required)]) for text in _each(said)),
    ]
    return Findings(tuple(dict.fromkeys(found)))


def _split(err: str) -> tuple[list[tuple[str, str]], str]:
    """Return what compose logged, as level and text, and what it said last."""
    logged, rest = [], []
    for line in err.split("\n"):
        match = _LOG.match(line)
        if match:
            logged.append((match[1], _unquoted(match[2])))
        else:
            rest.append(line)
    return logged, "\n".join(rest).strip()


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _each(said: str) -> Iterator[str]:
    """Yield every mistake: compose stops at the first one, but where it gives values their types."""
    several = re.findall(r"^'[^'\n]+' .+$", said, re.MULTILINE)
    if several and said.startswith("decoding failed"):
        yield from several
    elif said:
        yield re.sub(r"\s*\n\s*", " ", said)


def _lacking(project: Project) -> Iterator[Finding]:
    for one in project.required:
        message = (
            f"{one.name} has to be set, and nothing in the repository does{f': {one.message}' if one.message else ''}"
        )
        yield _finding("required-variable", Severity.INFO, Place(one.said_in, one.line), message)
    for file in project.missing:
        level = Severity.INFO if file.example else Severity.WARNING
        hint = "an example of it is" if file.example else "compose does not start without it"
        message = f"the env file {file.path} is not in the repository: {hint}"
        yield _finding("env-file", level, Place(file.said_in, file.line), message)


def _unset(project: Project, name: str) -> Finding:
    message = f"{name} is not set and has no default: compose takes a blank for it"
    return _finding("unset-variable", Severity.INFO, composeplaces.of_variable(project, name), message)


def _warning(project: Project, text: str) -> Finding:
    obsolete = "`version` is obsolete" in text
    place = composeplaces.of_key(project, text, "version") if obsolete else composeplaces.of(project, text)
    message = text.partition(": ")[2] if obsolete else composeplaces.relative(project, text)
    return _finding("obsolete" if obsolete else "warning", Severity.INFO, place, message)


def _mistake(project: Project, text: str, open_names: Sequence[str]) -> Finding:
    rule = next((rule for pattern, rule in _RULES if pattern.search(text)), "config")
    place = composeplaces.of(project, text)
    message = composeplaces.relative(project, text)
    if rule in ("remote", "required-variable"):
        return _finding(rule, Severity.INFO, place, message)
    if rule == "env-file":
        return _finding(rule, Severity.WARNING, place, message)
    if open_names and rule not in ("syntax", "duplicate-key") and composeplaces.may_hold(place, open_names):
        message += f" (with nothing to set {', '.join(open_names)})"
        return _finding(rule, Severity.WARNING, place, message)
    return _finding(rule, Severity.ERROR, place, message)


def _finding(rule: str, severity: Severity, place: Place, message: str) -> Finding:
    return Finding(NAME, rule, severity, place.path, place.line, place.column, message, PAGE)


def version(tools: Tools) -> Job:
    """Return the command that says the version."""
    return Job(NAME, (*tools.commands[NAME], "version", "--short"), limit=20)


def read_version(done: Done) -> str:
    """Read `2.40.3` or `v2.40.3`."""
    match = re.fullmatch(r"v?(\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
