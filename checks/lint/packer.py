"""packer: `packer validate` of templates in JSON and HCL2, and the form of HCL2 files (`packer fmt`, rule `fmt`).

Takes a JSON template, or a folder of HCL2 files, with the files of variables that fit: real ones before examples
(`variables.json.example`), which are handed over under a name that packer takes. A variable without any value gets a
stand-in and is said (`unset-variable`, info); a mistake that another value might mend is then a warning. It is run from the
folder where what the template names is found: the template's own, or one above.

`validate` runs the program of an ansible provisioner, a script of the repository perhaps, to ask for its version. Here it is
told not to (`skip_version_check`), on a copy. It asks nobody in the network. A packer that is too old for a
template, or has not its plugins, says nothing of the template: an error of the tool.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checks.lint import packerquiet, packersays, packertemplates, packervariables
from checks.lint.batches import Tools, argument, crashed, ended_badly, path_of
from checks.lint.packersays import Said
from checks.lint.packertemplates import Template
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import PACKER_EXAMPLE, File, Kind, Repository

NAME = "packer"
CONFIG = ()
_PAGES = "https://developer.hashicorp.com/packer/docs/commands/"
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE)
_ENV = {
    "CHECKPOINT_DISABLE": "1",
    "PACKER_NO_COLOR": "1",
    "PACKER_CACHE_DIR": "packer_cache",
    "no_proxy": "",
    **_PROXIES,
}
"""Some plugins ask their service while they validate: that ends at once, at a port where nobody listens."""
_STAND_INS = ".checks-stand-ins.json"
_HUNK = re.compile(r"^\+\+\+ new/(.+)\n@@ -(\d+)(?:,\d+)? .*@@\n((?: .*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class PackerJob(Job):
    """A job that knows the files as they are in the repository (none: it is about their form), and what has no value."""

    originals: Mapping[str, str] = field(default_factory=dict)
    stands_in: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the templates with what they read, and the folders of files in HCL2 that are in no template."""
    return tuple(_unit(repository, one) for one in packertemplates.templates(repository)) + tuple(
        Unit(paths) for paths in _folders(repository).values()
    )


def _unit(repository: Repository, template: Template) -> Unit:
    variables = packervariables.variable_files(repository, template)
    texts = [*template.texts.values(), *(file.text or "" for file in variables)]
    own = [file.path for file in variables]
    automatic = [path for path in repository.by_path if packervariables.is_automatic(path, template)]
    read = dict.fromkeys((*own, *automatic, *packertemplates.needed(repository, template, texts)))
    return Unit(template.files, tuple(path for path in read if path not in template.files))


def _folders(repository: Repository) -> Mapping[str, tuple[str, ...]]:
    """Return the files in HCL2, of any kind of packer's, by folder."""
    found: dict[str, list[str]] = {}
    for file in repository.of_kind(Kind.PACKER, utf8=True):
        if re.fullmatch(r".+\.(?:pkr|pkrvars)\.hcl", file.path, re.DOTALL):
            found.setdefault(posixpath.dirname(file.path), []).append(file.path)
    return {folder: tuple(paths) for folder, paths in found.items()}


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return a job for each template, and one for the form of the files in each folder."""
    made: list[Job] = [
        _validate(repository, tools.commands[NAME], template, unit)
        for template in packertemplates.templates(repository)
        if (unit := _unit(repository, template)) in wanted
    ]
    for folder, paths in _folders(repository).items():
        if (unit := Unit(paths)) in wanted:
            argv = (*tools.commands[NAME], "fmt", "-check", "-diff", argument(folder or "."))
            made.append(PackerJob(NAME, argv, "", _ENV, paths, (unit,), writes=True, weight=0.1))
    return made


def _validate(repository: Repository, command: Sequence[str], template: Template, unit: Unit) -> Job:
    variables = packervariables.variable_files(repository, template)
    values = packervariables.values_of(template, variables)
    cwd = packertemplates.from_where(repository, template, values)
    stands_in = _stand_ins(repository, template, variables)
    texts = {
        **packerquiet.rewritten(template.texts),
        **{_usable(file.path): file.text or "" for file in variables if _is_example(file)},
    }
    handed = [_usable(file.path) if template.hcl else file.path for file in variables]
    env = {**_ENV, **dict.fromkeys((name for name in template.environment if name not in ("HOME", "PATH")), "stand-in")}
    if template.hcl:
        env |= {f"PKR_VAR_{name}": value for name, value in stands_in.items()}
    elif stands_in:
        texts[posixpath.join(cwd, _STAND_INS)] = json.dumps(stands_in)
        handed.insert(0, posixpath.join(cwd, _STAND_INS))
    named = [f"-var-file={argument(posixpath.relpath(path, cwd or '.'))}" for path in handed]
    target = argument(posixpath.relpath(template.path or ".", cwd or "."))
    return PackerJob(
        NAME,
        (*command, "validate", *named, target),
        cwd,
        env,
        template.files,
        (unit,),
        writes=True,
        weight=0.3,
        limit=120.0,
        texts=texts,
        originals={**template.texts, **{file.path: file.text or "" for file in variables}},
        stands_in=(*stands_in, *template.environment),
        blank=tuple(name for name, value in values.items() if value == ""),
    )


def _stand_ins(repository: Repository, template: Template, variables: Sequence[File]) -> dict[str, str]:
    given = {name for file in variables for name in packervariables.names_in(file, template)}
    automatic = (file for file in repository.files if packervariables.is_automatic(file.path, template))
    given |= {name for file in automatic for name in packervariables.names_in(file, template)}
    left = {name: one for name, one in template.variables.items() if one.value is None and name not in given}
    return {name: packervariables.stand_in(one) for name, one in left.items()}


def _is_example(file: File) -> bool:
    return re.fullmatch(rf".+{PACKER_EXAMPLE}", file.path, re.DOTALL) is not None


def _usable(path: str) -> str:
    """Return the name under which packer takes an example of a file of variables."""
    return re.sub(rf"{PACKER_EXAMPLE}\Z", "", path)


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return what packer says, and the variables that nothing gives a value."""
    if not isinstance(job, PackerJob):
        return crashed(job, done, "it was asked about no template")
    bad = ended_badly(job, done, expected=(0, 1) if job.originals else (0, 1, 3))
    if bad:
        return bad
    if not job.originals:
        return _form(job, done)
    said = [one for one in packersays.everything(f"{done.out}\n{done.err}") if done.code or not one.error]
    if "panic:" in done.err or bool(done.code) != any(one.error for one in said):
        return crashed(job, done, f"exit code {done.code}")
    for one in said:
        if packersays.too_old(one):
            why = f"is too old for {job.files[0]}, put a newer one on PATH: {packersays.short(one)}"
            return ToolError(NAME, ToolState.UNREADABLE, why[:500])
        if packersays.lacks_plugin(one):
            why = f"lacks a plugin for {job.files[0]}, {_advice(job.files[0])}: {packersays.short(one)}"
            return ToolError(NAME, ToolState.UNREADABLE, why[:500])
    return Findings((*_unset(job), *(_finding(job, one) for one in said)))


def _advice(path: str) -> str:
    folder = posixpath.dirname(path) or "."
    command = f"packer init {folder}" if ".pkr." in path else "packer plugins install"
    return f"run `{command}`, or put a packer on PATH that has it"


def _unset(job: PackerJob) -> list[Finding]:
    found = []
    for name in job.stands_in:
        path, line, column = packersays.first(job.originals, (f'"{name}"', f"`{name}`", name))
        message = f"{name} has no value here: validated with a stand-in"
        found.append(Finding(NAME, "unset-variable", Severity.INFO, path, line, column, message, f"{_PAGES}validate"))
    return found


def _finding(job: PackerJob, said: Said) -> Finding:
    names = {_usable(path): path for path in job.originals}
    named = (said.path, *re.findall(r"'([^'\n]+)'", said.message))
    here = (posixpath.normpath(posixpath.join(job.cwd, one)) for one in named if one)
    path, line, column = packersays.place(said, next((names[one] for one in here if one in names), ""), job.originals)
    if said.line:
        line = packerquiet.original_line(job.texts.get(path, ""), line)
    near = packersays.suggestion(said)
    message = packersays.short(said) + (f"; did you mean {near}?" if near else "")
    severity, why = packersays.weighed(said, message, job.blank, job.stands_in)
    rule = "syntax" if said.summary.startswith("Failed to parse template: Error parsing JSON") else "validate"
    return Finding(NAME, rule, severity, path, line, column, message + why, f"{_PAGES}validate")


def _form(job: Job, done: Done) -> Findings | ToolError:
    if done.code == 1:
        # A file that is no HCL: what is wrong with it, `validate` says, and where.
        broken = "failed to parse HCL" in done.out + done.err
        return Findings() if broken else crashed(job, done, "packer fmt failed")
    found = []
    for match in _HUNK.finditer(done.out + "\n"):
        path = path_of(posixpath.normpath(match[1]))
        line = int(match[2]) + match[3].count("\n")
        message = "is not in packer's canonical form: packer fmt writes it"
        found.append(Finding(NAME, "fmt", Severity.WARNING, path, line, 1, message, f"{_PAGES}fmt"))
    if done.code == 3 and not found:
        return crashed(job, done, "packer fmt named no file")
    return Findings(tuple(found))


def fixes(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return the jobs that write files in HCL2 in their form."""
    found = []
    touched = {path for unit in wanted for path in unit.files}
    for folder, paths in _folders(repository).items():
        if not touched.isdisjoint(paths):
            argv = (*tools.commands[NAME], "fmt", argument(folder or "."))
            found.append(Job(NAME, argv, "", _ENV, paths, (Unit(paths),)))
    return found


def read_fix(job: Job, done: Done) -> str | ToolError:
    """Return nothing: the files are written."""
    return ended_badly(job, done, expected=(0, 1)) or ""


def version(tools: Tools) -> Job:
    """Return `packer version`."""
    return Job(NAME, (*tools.commands[NAME], "version"), env=_ENV, limit=20)


def read_version(done: Done) -> str:
    """Read `Packer v1.6.6`."""
    match = re.search(r"Packer v(\d[\w.+-]*)", done.out)
    return match[1] if match else ""
