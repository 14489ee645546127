"""`nox -s packer -- [validate|build]`: the image that hosts are made of.

Validating is what lint does. Building needs Google Cloud, and says what of that is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks import errors
from checks.errors import ConfigError, UsageError
from checks.host import proc
from checks.host.console import Console
from checks.host.tools import packages
from deploy import ansible, edge, google

FOLDER = Path("docker-monolith/packer")
TEMPLATE = FOLDER / "docker.json"
VARIABLES = FOLDER / "variables.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for and return an exit code of `checks`."""
    parser = argparse.ArgumentParser(prog="nox -s packer --", description="The image that hosts are made of.")
    parser.add_argument(
        "action", nargs="?", choices=("validate", "build"), default="validate", help="(default: validate)"
    )
    parser.add_argument("--root", type=Path, default=Path.cwd(), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    return edge.guarded(lambda out: (_build if args.action == "build" else _validate)(args.root.absolute(), out))


def _validate(root: Path, _out: Console) -> int:
    argv: list[str | Path] = [
        sys.executable,
        "-P",
        "-m",
        "checks",
        "lint",
        "--only",
        "packer",
        "--root",
        root,
        str(FOLDER),
    ]
    return proc.run(argv, cwd=root, timeout=600, on_line=edge.print_line).code


def missing(root: Path, environ: Mapping[str, str]) -> list[str]:
    """Return, a line each, what a build needs and has not got."""
    lacks = []
    if not environ.get(google.PROJECT) and not given(root).get("project_id"):
        lacks.append(f"{google.PROJECT}: the id of the project; or project_id in {VARIABLES} (see {VARIABLES}.example)")
    return lacks + google.lacking(environ)


def given(root: Path) -> dict[str, str]:
    """Return the variables of variables.json, {} where there is none; ConfigError where it cannot be read."""
    file = root / VARIABLES
    if not file.is_file():
        return {}
    try:
        return {str(name): str(value) for name, value in dict(json.loads(file.read_text(encoding="utf-8"))).items()}
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{VARIABLES} cannot be read: {error}", f"write it as {VARIABLES}.example is") from error


def _build(root: Path, out: Console) -> int:
    lacks = missing(root, os.environ)
    if lacks:
        raise UsageError("packer build needs what is not there", "set it", lacks)
    packages.ensure({"packer": "packer"}, out)
    words = [f"-var-file={root / VARIABLES}"] if given(root) else []
    if os.environ.get(google.PROJECT):
        words.append(
            f"-var=project_id={os.environ[google.PROJECT]}"
        )  # no secret: it is in every address of the project
    argv = [packages.which("packer") or "packer", "build", "-color=false", *words, str(root / TEMPLATE)]
    environ = {**google.environment(os.environ), "PATH": ansible.path(out), "CHECKPOINT_DISABLE": "1"}
    edge.must(proc.run(argv, cwd=root, env=environ, timeout=edge.LIMIT, on_line=edge.print_line), "packer build")
    return errors.OK


if __name__ == "__main__":
    sys.exit(main())
