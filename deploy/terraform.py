"""`nox -s terraform -- [init [--no-backend]|plan|apply|destroy|test] [--project-wide]`, for the environment that ENV names.

It is Terraform itself: the program on PATH, else the library of the tool environment. What is missing (variables without a
value, the bucket of the state, credentials) is named before it is started.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checks import errors
from checks.errors import UsageError
from checks.host import proc
from checks.host.console import Console
from checks.host.tools import packages
from checks.model import Done
from deploy import edge, google

FOLDER = Path("docker-monolith/terraform")
BUCKET = "TF_STATE_BUCKET"
ACTIONS = ("init", "plan", "apply", "destroy", "test")
_VARIABLE = re.compile(r'^variable\s+"(?P<name>[\w-]+)"\s*\{(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_DEFAULT = re.compile(r"^\s+default\s*=", re.MULTILINE)
_GIVEN = re.compile(r"^(?P<name>[\w-]+)\s*=", re.MULTILINE)
_BACKEND = re.compile(r'^\s*backend\s+"gcs"', re.MULTILINE)
_SCRIPT = Path(__file__).with_name("terraform_api.py")


@dataclass(frozen=True)
class Root:
    """A root of Terraform's, and where it keeps what it knows ("" for itself)."""

    folder: Path
    environ: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of terraform's; values of variables go there, not to a command line that others see."""
        ours = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        given = {f"TF_VAR_{name}": value for name, value in self.variables.items()}
        return {**google.environment(self.environ), **ours, **given}

    def texts(self, pattern: str) -> str:
        """Return the text of the files that match, one after the other."""
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted(self.folder.glob(pattern)))


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for and return an exit code of `checks`."""
    parser = argparse.ArgumentParser(prog="nox -s terraform --", description="Terraform for the environment ENV.")
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="plan", help="(default: plan)")
    parser.add_argument("--no-backend", action="store_true", help="init: without the remote state")
    parser.add_argument("--project-wide", action="store_true", help="the state's bucket and the operator's key instead")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    return edge.guarded(lambda out: _run(args, os.environ, out))


def _run(args: argparse.Namespace, environ: Mapping[str, str], out: Console) -> int:
    if args.no_backend and args.action != "init":
        raise UsageError(f"--no-backend means nothing to {args.action}", "nox -s terraform -- init --no-backend")
    if args.action == "test":
        return test(args.root / FOLDER, out)
    root = Root(chosen(args.root / FOLDER, environ.get("ENV") or "stage", args.project_wide), environ)
    lacks = missing(root, args.action, backend=not args.no_backend)
    if lacks:
        raise UsageError(f"terraform {args.action} of {root.folder.name} needs what is not there", "set it", lacks)
    words = list(_WORDS[args.action])
    if args.action == "init":
        words += _backend(root, not args.no_backend)
    edge.must(run(root, words, out), f"terraform {args.action}")
    return errors.OK


_WORDS: Mapping[str, tuple[str, ...]] = {
    "init": ("init", "-input=false"),
    "plan": ("plan", "-input=false"),
    # Whoever writes the word has decided: under nox there is nobody to ask.
    "apply": ("apply", "-input=false", "-auto-approve"),
    "destroy": ("destroy", "-input=false", "-auto-approve"),
}


def _backend(root: Root, wanted: bool) -> list[str]:
    if not wanted:
        return ["-backend=false"]
    has_one = bool(_BACKEND.search(root.texts("*.tf")))
    return [f"-backend-config=bucket={root.environ[BUCKET]}"] if has_one and root.environ.get(BUCKET) else []


def chosen(folder: Path, env: str, project_wide: bool) -> Path:
    """Return the root for an environment, or the project-wide one; UsageError where there is no such environment."""
    known = sorted(path.parent.name for path in folder.glob("*/backend.tf"))
    if not project_wide and env not in known:
        raise UsageError(f"ENV={env} is no environment", f"there are: {', '.join(known) or 'none'}")
    return folder if project_wide else folder / env


def missing(root: Root, action: str, *, backend: bool = True) -> list[str]:
    """Return, a line each, what an action needs and has not got."""
    uses_bucket = backend and bool(_BACKEND.search(root.texts("*.tf")))
    lacks = []
    if action == "init":
        if uses_bucket and not root.environ.get(BUCKET):
            lacks.append(f"{BUCKET}: the bucket of the state, which --project-wide makes; or init --no-backend")
        return lacks + (google.lacking(root.environ) if uses_bucket else [])
    for name in unset(root):
        also = f" (or {google.PROJECT})" if name == "project" else ""
        lacks.append(f"the variable {name}: TF_VAR_{name}{also}, or a line in {root.folder.name}/terraform.tfvars")
    if not (root.folder / ".terraform" / "providers").is_dir() and not root.environ.get("TF_DATA_DIR"):
        lacks.append(f"an initialised {root.folder.name}: nox -s terraform -- init")
    return lacks + google.lacking(root.environ)


def unset(root: Root) -> list[str]:
    """Return the variables of a root that have no default and are given no value."""
    given = {
        match["name"] for match in _GIVEN.finditer(root.texts("terraform.tfvars") + "\n" + root.texts("*.auto.tfvars"))
    }
    given |= {name.removeprefix("TF_VAR_") for name in root.env if name.startswith("TF_VAR_")}
    declared = _VARIABLE.finditer(root.texts("*.tf"))
    return [match["name"] for match in declared if not _DEFAULT.search(match["body"]) and match["name"] not in given]


def run(root: Root, words: Sequence[str], out: Console, *, quiet: bool = False) -> Done:
    """Run terraform in a root; its words go to the terminal, but of a quiet one."""
    return proc.run(
        [*_program(out), *words, *([] if sys.stdout.isatty() else ["-no-color"])],
        cwd=root.folder,
        env=root.env,
        timeout=edge.LIMIT,
        on_line=None if quiet else edge.print_line,
    )


def _program(out: Console) -> list[str]:
    found = packages.which("terraform") or packages.which("tofu")
    return [found] if found else [str(edge.python(out, "terraform")), "-I", str(_SCRIPT), "run"]


def test(folder: Path, out: Console) -> int:
    """Run the tests of every module and root below a folder; no cloud is asked: their providers are mocked."""
    found = sorted(
        {path.parent.parent for path in folder.rglob("tests/*.tftest.hcl") if ".terraform" not in path.parts}
    )
    if not found:
        raise UsageError(f"there are no tests below {folder}", "write tests/NAME.tftest.hcl beside a module")
    program = packages.which("terraform") or packages.which("tofu")
    python = edge.python(out, "terraform-stub" if program else "terraform")
    failed = []
    for module in found:
        out.step(f"terraform test in {module.relative_to(folder)}")
        argv: list[str | Path] = [python, "-I", _SCRIPT, "test", "--program", program or "", module]
        done = proc.run(argv, timeout=600, on_line=edge.print_line)
        failed += [] if done.ok else [module.name]
    if failed:
        raise errors.FailedError(f"tests of {', '.join(failed)} failed", "see above")
    return errors.OK


if __name__ == "__main__":
    sys.exit(main())
