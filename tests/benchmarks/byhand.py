"""The linters by hand: each by its own command line, as a person runs it, and what it finds.

Offline, with the repository's configuration: ansible-lint in the root and in every folder where checks finds a project (of a
project with a configuration of its own, only there), checkov over everything, the others on the files that they are for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from checks import ansible
from checks.host import git
from checks.host.console import Console
from checks.host.lint import inventory, linters
from checks.host.tools import toolenv
from checks.lint import cifiles
from checks.repository import Repository

OUT = Console(quiet=True)
_script = Path(sys.executable).with_name
FRAMEWORKS = (
    *("terraform", "terraform_json", "cloudformation", "dockerfile", "ansible", "kubernetes", "secrets"),
    *("github_actions", "gitlab_ci", "circleci_pipelines", "azure_pipelines", "bitbucket_pipelines"),
)
Place = tuple[str, str, int | None]
"""A rule, a path, and a line, None where the tool names none."""


GIVEN_UP = "internal-error[given-up]"
"""That ansible-lint gave up on a playbook, for want of a password or of a plugin for the inventory."""
MISSING = "internal-error[missing-file]"
"""That a syntax check ended at a file that is not there."""
_WANTING = re.compile(r"vault (?:password|secret)|inventory plugins", re.IGNORECASE)


@dataclass(frozen=True)
class Desk:
    """Where a person runs the tools: a copy of the repository, and a home."""

    root: Path
    home: Path

    @cached_property
    def repository(self) -> Repository:
        return Repository.of(inventory.inventory(self.root, git.listing(self.root).paths))

    @cached_property
    def projects(self) -> tuple[ansible.Project, ...]:
        return ansible.projects(self.repository)

    def named(self, *globs: str) -> list[str]:
        """Return the files whose name fits one of `globs`; no links."""
        fine = (path for path in git.listing(self.root).paths if not (self.root / path).is_symlink())
        return [path for path in fine if any(fnmatch(path.rpartition("/")[2], glob) for glob in globs)]

    def say(self, *argv: str | Path, folder: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a person would."""
        own = {**os.environ, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "CHECKPOINT_DISABLE": "1", **env}
        return subprocess.run(argv, cwd=self.root / folder, env=own, capture_output=True, text=True, errors="replace")


def _hadolint(desk: Desk) -> Iterator[Place]:
    found = desk.named("Dockerfile*", "*.Dockerfile", "*.dockerfile", "Containerfile*")
    said = desk.say(_script("hadolint"), "-f", "json", "--", *found).stdout if found else "[]"
    yield from ((one["code"], one["file"], one["line"]) for one in json.loads(said))


def _yamllint(desk: Desk) -> Iterator[Place]:
    found = desk.named("*.yml", "*.yaml", ".yamllint")
    argv = (_script("yamllint"), "-f", "parsable", "--")
    said = desk.say(*argv, *found)
    # It ends at a file that it cannot decode: then one at a time.
    texts = [desk.say(*argv, path).stdout for path in found] if "Traceback" in said.stderr else [said.stdout]
    for path, line, text in re.findall(r"^(.*?):(\d+):\d+: \[\w+\] (.*)$", "".join(texts), re.MULTILINE):
        yield text.rpartition("(")[2].rstrip(")"), path, int(line)


def _shellcheck(desk: Desk) -> Iterator[Place]:
    shebang = re.compile(rb"#!.*[/ ](?:ba|da|k)?sh\b")
    by_shebang = (path for path in desk.named("*") if shebang.match((desk.root / path).read_bytes()))
    found = list(dict.fromkeys((*desk.named("*.sh", "*.bash", "*.ksh", "*.bats"), *by_shebang)))
    said = desk.say(_script("shellcheck"), "-f", "json", "--", *found).stdout if found else "[]"
    yield from ((f"SC{one['code']:04d}", one["file"], one["line"]) for one in json.loads(said))


def _ansible_lint(desk: Desk) -> Iterator[Place]:
    folder = toolenv.environment("ansible-lint", OUT) / "bin"
    argv = (folder / "ansible-lint", "--offline", "-q", "-f", "json", "--nocolor")
    # Without the password that a configuration names it says of each playbook that it is missing.
    vault = desk.home / "vault"
    vault.write_text("by hand\n", encoding="utf-8")
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "ANSIBLE_VAULT_PASSWORD_FILE": str(vault)}
    for place in dict.fromkeys(("", *(one.folder for one in desk.projects)) if desk.projects else ()):
        # What a project's own configuration leaves out is not told of it from elsewhere.
        below = (one.folder for one in desk.projects if one.config and one.folder != place)
        elsewhere = tuple(f"{folder}/" for folder in below if folder.startswith(f"{place}/" if place else ""))
        said = desk.say(*argv, folder=place, **own)
        if said.returncode not in (0, 2):
            print(f"ansible-lint by hand in {place or '.'} ends with {said.returncode}: {said.stderr[-300:]}")
        for one in json.loads(said.stdout or "[]"):
            where = one["location"]
            line = where["lines"]["begin"] if "lines" in where else where["positions"]["begin"]["line"]
            rule = one["check_name"]
            if rule == "internal-error" and _WANTING.search(str(one.get("content", ""))):
                rule = GIVEN_UP
            if rule == "internal-error" and "Could not find or access" in str(one.get("content", "")):
                rule = MISSING
            path = os.path.relpath(desk.root / place / where["path"], desk.root)
            if not path.startswith(elsewhere):
                yield rule, path, line


def _checkov(desk: Desk) -> Iterator[Place]:
    argv = (toolenv.environment("checkov", OUT) / "bin/checkov", "-d", ".", "--framework", *FRAMEWORKS)
    said = desk.say(*argv, "-o", "json", "--skip-download", "--quiet", "--compact").stdout
    answer = json.loads(said or "[]")
    for report in answer if isinstance(answer, list) else [answer]:
        for one in report.get("results", {}).get("failed_checks", ()):
            path = os.path.relpath(
                desk.root / one["file_abs_path"], desk.root
            )  # of CloudFormation it is a relative one
            yield one["check_id"], path, (one["file_line_range"] or [0])[0]
        for path in report.get("results", {}).get("parsing_errors", ()):
            yield "parse-error", os.path.relpath(desk.root / path, desk.root), None


def _kingfisher(desk: Desk) -> Iterator[Place]:
    program = toolenv.kingfisher(OUT)[0]
    options = ("--no-validate", "--no-update-check", "--git-history", "none", "--format", "jsonl", "--redact")
    said = desk.say(program, "scan", ".", *options, KF_RULE_CACHE_DIR=str(Path(program).with_name("rules")))
    for entry in (json.loads(line) for line in said.stdout.splitlines() if '"finding":' in line):
        path = os.path.relpath(desk.root / entry["finding"]["path"], desk.root)
        archive = "" if (desk.root / path).exists() else path.partition("!")[0]
        yield entry["rule"]["id"], archive or path, None if archive else entry["finding"]["line"]


def _compose_lint(desk: Desk) -> Iterator[Place]:
    for path in desk.named("*compose*.yml", "*compose*.yaml"):
        answer = json.loads(desk.say(_script("compose-lint"), "check", "--format", "json", path).stdout or "{}")
        counted = (one for one in answer.get("findings", ()) if not one.get("suppressed"))
        yield from ((one["rule_id"], one["file"], one["line"]) for one in counted)


def _terraform(desk: Desk) -> Iterator[Place]:
    program = shutil.which("terraform")
    if program is None:
        return
    said = desk.say(program, "fmt", "-check", "-recursive").stdout
    yield from (("fmt", os.path.normpath(path), None) for path in said.splitlines())
    folders = dict.fromkeys(path.rpartition("/")[0] for path in desk.named("*.tf", "*.tf.json"))
    yield from (place for folder in folders for place in _validated(desk, program, folder))


def _validated(desk: Desk, program: str, folder: str) -> Iterator[Place]:
    """Yield what `terraform validate` says of a directory, where what it needs can be had: without a registry no provider."""
    if desk.say(program, "init", "-backend=false", "-input=false", folder=folder).returncode:
        return
    said = desk.say(program, "validate", "-json", folder=folder).stdout
    for one in json.loads(said).get("diagnostics", ()):
        if where := one.get("range"):
            path = os.path.relpath(desk.root / folder / where["filename"], desk.root)
            yield "*", path, where["start"]["line"]


def _packer(desk: Desk) -> Iterator[Place]:
    templates = [path for path in desk.named("*.json") if b'"builders"' in (desk.root / path).read_bytes()]
    found = [*templates, *desk.named("*.pkr.hcl")]
    yield from _refused(desk, found, linters.packer(OUT)[-1], "validate", "-syntax-only", "{}")


def _compose_config(desk: Desk) -> Iterator[Place]:
    yield from _refused(desk, _composed(desk), linters.compose(OUT)[0], "-f", "{}", "config", "-q")


def _composed(desk: Desk) -> list[str]:
    found = desk.named("compose.y*ml", "docker-compose.y*ml")
    return [path for path in found if b"services" in (desk.root / path).read_bytes()]


def _check_jsonschema(desk: Desk) -> Iterator[Place]:
    composed = dict.fromkeys(_composed(desk), "compose-spec")
    for path, schema in {**cifiles.schemas(desk.repository), **composed}.items():
        yield from _refused(desk, [path], _script("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", "{}")


def _refused(desk: Desk, paths: Iterable[str], *argv: str | Path) -> Iterator[Place]:
    """Yield the files that a command refuses, run in the folder of each; {} is the file's name."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if desk.say(*(name if word == "{}" else word for word in argv), folder=folder).returncode:
            yield "*", path, None


_FIRST = (_ansible_lint, _checkov, _hadolint, _kingfisher, _shellcheck, _yamllint)
_MORE = (_check_jsonschema, _compose_config, _compose_lint, _packer, _terraform)
BY_HAND: Mapping[str, Callable[[Desk], Iterable[Place]]] = {
    by_hand.__name__[1:].replace("_", "-"): by_hand for by_hand in (*_FIRST, *_MORE)
}
