"""Whether `checks lint` says all that its tools say when a person runs them by hand.

    nox -s benchmarks -- equality --root DIR [--only TOOL]

Each tool is run by its own command line (byhand.py) on a copy of the repository. A finding is a rule, a path and a line;
compose, packer, check-jsonschema and `terraform fmt` name no line. What is neither in our JSON nor in the `also` of a finding
there is missing: exit 1. What is left out on purpose (docs/promises.md) is counted with the reason.
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
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from checks.host import git

sys.path.append(str(Path(__file__).parents[2]))

from tests.benchmarks.byhand import BY_HAND, GIVEN_UP, MISSING, Desk, Place


def _reason(desk: Desk, tool: str, place: Place) -> str:
    """Return why a finding is left out on purpose, "" where it should be in our JSON."""
    (rule, path, line), known = place, desk.repository.by_path
    file = known.get(path)
    if rule == GIVEN_UP:  # of a playbook, or of the folder of a role
        return "given up by hand and linted here"
    if rule in (MISSING, "load-failure[filenotfounderror]"):
        return "told at the line that names the missing file"
    if file is None:
        return "vendored" if (desk.root / path).is_file() else ""
    if file.trouble and (rule == "*" or rule.startswith("load-failure")):
        return f"told by our own rule {file.trouble}"
    of_templates = tool in ("hadolint", "shellcheck", "yamllint") or rule.startswith(("CKV_DOCKER", "CKV2_DOCKER"))
    if of_templates and file.kind is None:
        return "templates, which are neither yet"
    if rule.startswith(("yaml[", "schema[requirements]", "load-failure")) and all(
        path not in one.files for one in desk.projects
    ):
        return "no Ansible"
    if rule == "syntax-check[specific]" and _has_role(
        known, "".join((file.text or "").splitlines()[(line or 1) - 1 :][:1])
    ):
        return "a role that the repository has"
    return ""


def _has_role(paths: Iterable[str], line: str) -> bool:
    """Return whether the role that a line names is there: in a folder of roles, or as the repository itself."""
    name = ["", *re.findall(r"[\w./-]+", line)][-1]
    return any(f"/roles/{name}/" in f"/{path}" or path == "meta/main.yml" for path in paths)


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
