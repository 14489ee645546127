"""Whether `checks lint` says all that its tools say when a person runs them by hand.

    nox -s benchmarks -- equality --root DIR [--only TOOL]

Each tool is run by its own command line on a copy of the repository, offline, with the repository's configuration:
ansible-lint in the root and in every folder where checks finds a project, checkov over everything, the others on the files
that they are for. A finding is a rule, a path and a line; compose, packer, check-jsonschema and `terraform fmt` name no line.
What is neither in our JSON nor in the `also` of a finding there is missing: exit 1. What is left out on purpose
(docs/promises.md) is counted with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from checks import ansible
from checks.host import git, inventory, linters, toolenv
from checks.host.console import Console
from checks.lint import cifiles
from checks.repository import Repository

OUT = Console(quiet=True)
_script = Path(sys.executable).with_name
FRAMEWORKS = ("terraform", "dockerfile", "ansible", "kubernetes", "secrets")
Place = tuple[str, str, int | None]
"""A rule, a path, and a line, None where the tool names none."""


@dataclass(frozen=True)
class Desk:
    """Where a person runs the tools: a copy of the repository, and a home."""

    root: Path
    home: Path

    @cached_property
    def repository(self) -> Repository:
        return Repository.of(inventory.inventory(self.root, git.listing(self.root).paths))

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
    projects = [one.folder for one in ansible.projects(desk.repository)]
    for place in dict.fromkeys(("", *projects) if projects else ()):
        said = desk.say(*argv, folder=place, PATH=f"{folder}:{os.environ['PATH']}")
        if said.returncode not in (0, 2):
            print(f"ansible-lint by hand in {place or '.'} ends with {said.returncode}: {said.stderr[-300:]}")
        for one in json.loads(said.stdout or "[]"):
            where = one["location"]
            line = where["lines"]["begin"] if "lines" in where else where["positions"]["begin"]["line"]
            yield one["check_name"], os.path.relpath(desk.root / place / where["path"], desk.root), line


def _checkov(desk: Desk) -> Iterator[Place]:
    argv = (toolenv.environment("checkov", OUT) / "bin/checkov", "-d", ".", "--framework", *FRAMEWORKS)
    said = desk.say(*argv, "-o", "json", "--skip-download", "--quiet", "--compact").stdout
    answer = json.loads(said or "[]")
    for report in answer if isinstance(answer, list) else [answer]:
        for one in report.get("results", {}).get("failed_checks", ()):
            yield one["check_id"], os.path.relpath(one["file_abs_path"], desk.root), (one["file_line_range"] or [0])[0]
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
        yield from ((one["rule_id"], path, one["line"]) for one in counted)


def _terraform(desk: Desk) -> Iterator[Place]:
    program = shutil.which("terraform")
    said = desk.say(program, "fmt", "-check", "-recursive").stdout if program else ""
    yield from (("fmt", os.path.normpath(path), None) for path in said.splitlines())


def _packer(desk: Desk) -> Iterator[Place]:
    templates = [path for path in desk.named("*.json") if b'"builders"' in (desk.root / path).read_bytes()]
    found = [*templates, *desk.named("*.pkr.hcl")]
    yield from _refused(desk, found, linters.packer(OUT)[-1], "validate", "-syntax-only", "{}")


def _compose_config(desk: Desk) -> Iterator[Place]:
    found = desk.named("compose.y*ml", "docker-compose.y*ml")
    yield from _refused(desk, found, linters.compose(OUT)[0], "-f", "{}", "config", "-q")


def _check_jsonschema(desk: Desk) -> Iterator[Place]:
    composed = dict.fromkeys(desk.named("compose.y*ml", "docker-compose.y*ml"), "compose-spec")
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


def _reason(desk: Desk, tool: str, place: Place) -> str:
    """Return why a finding is left out on purpose, "" where it should be in our JSON."""
    known, (rule, path, _line) = desk.repository.by_path, place
    if (desk.root / path).is_file() and path not in known:
        return "vendored"
    if tool in ("shellcheck", "yamllint") and path in known and known[path].kind is None:
        return "templates, which are neither yet"
    if rule.startswith("yaml[") and not any(path in one.files for one in ansible.projects(desk.repository)):
        return "no Ansible"
    own_role = rule == "syntax-check[specific]" and "meta/main.yml" in known
    return "its own role, found only online" if own_role else ""


class Ours:
    """What `checks lint` says of a repository."""

    def __init__(self, root: Path, tools: Sequence[str]) -> None:
        only = [word for name in tools for word in ("--only", name)]
        argv = (sys.executable, "-P", "-m", "checks", "lint", "--no-cache", "--format", "json", "--root", str(root))
        done = subprocess.run([*argv, *only], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"checks lint ended with {done.returncode}: {done.stderr[-1000:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        self.seconds: float = answer["seconds"]
        self.errors = {one["name"]: one["message"] for one in answer["tools"] if one["state"] != "ok"}
        self.places: dict[str, set[tuple[str, str, int]]] = {}
        for one in answer["findings"]:
            for tool, _, rule in (name.partition(":") for name in (f"{one['tool']}:{one['rule']}", *one["also"])):
                self.places.setdefault(tool, set()).add((rule, one["path"], one["line"]))

    def has(self, tool: str, place: Place) -> bool:
        """Return whether a finding is there; of a tool that failed, the line that says so."""
        rule, path, line = place
        told = [one for one in self.places.get(tool, ()) if one[1] == path and rule in ("*", one[0])]
        return any(line in (None, one[2]) for one in told) or (rule == "*" and tool in self.errors)


def main() -> int:
    """Compare, print, and return 1 where something is missing."""
    parser = argparse.ArgumentParser(prog="nox -s benchmarks -- equality")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: this one)")
    parser.add_argument("--only", action="append", choices=list(BY_HAND), help="compare only these tools")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="checks-equality-") as scratch:
        return _compare(args.root.absolute(), Path(scratch), args.only or ())


def _compare(source: Path, scratch: Path, only: Sequence[str]) -> int:
    ours = Ours(_copied(source, scratch / "ours"), only)
    print(
        f"checks lint: {ours.seconds:.1f} s",
        *(f"  {name}: {said[:200]}" for name, said in ours.errors.items()),
        sep="\n",
    )
    (scratch / "home").mkdir()
    lost = 0
    for tool in only or BY_HAND:
        desk = Desk(_copied(source, scratch / tool), scratch / "home")
        found = sorted(set(BY_HAND[tool](desk)), key=str)
        absent = {place: _reason(desk, tool, place) for place in found if not ours.has(tool, place)}
        missing = [place for place, reason in absent.items() if not reason]
        left_out = "".join(f"  left out {n}: {reason}" for reason, n in Counter(absent.values()).items() if reason)
        counts = f"by hand {len(found):5}  ours {len(ours.places.get(tool, ())):5}  missing {len(missing):4}"
        print(f"{tool:18} {counts}{left_out}", *(f"    {one}" for one in missing[:10]), sep="\n", flush=True)
        lost += len(missing)
    return 1 if lost else 0


def _copied(source: Path, to: Path) -> Path:
    """Copy what git knows of a repository, links as links, into a repository of its own."""
    for path in git.listing(source).paths:
        if os.path.lexists(source / path) and not (source / path).is_dir():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, to / path, follow_symlinks=False)
    who = ("-c", "user.name=equality", "-c", "user.email=equality@localhost")
    for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-qm", "x")):
        subprocess.run(["git", *who, *words], cwd=to, check=True, capture_output=True)
    return to


if __name__ == "__main__":
    sys.exit(main())
