"""How terraform is called: by the program that is on PATH, else by the library in an environment of its own.

Both through checks/host/lint/terraform_api.py, which does what has to be done around it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

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
    program = next((path for name in PROGRAMS if (path := _program(name, env))), "")
    name = "terraform-stub" if program else "terraform"
    python = toolenv.environment(name, out, env) / "bin" / "python"
    options = ["--program", program] if program else []
    if env.get("CHECKS_OFFLINE") != "1":
        options += ["--real", str(cache.root(env) / "terraform-providers")]
        configured = Path(env.get("TF_CLI_CONFIG_FILE") or Path(env.get("HOME") or "/") / _CONFIG)
        options += ["--cli-config", str(configured.absolute())] if configured.is_file() else []
    return (str(python), "-I", str(_SCRIPT), *options)


def _program(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program on PATH, where it is new enough."""
    found = packages.which(name)
    return found if found and _version(Path(found).resolve(), environ) >= OLDEST else ""


def _version(program: Path, environ: Mapping[str, str]) -> tuple[int, ...]:
    """Return a program's version; asked once, since that takes longer than many a whole run."""
    notes = cache.root(environ) / "terraform-versions.json"
    known = _read(notes)
    facts = program.stat()
    key = f"{program}:{facts.st_size}:{facts.st_mtime_ns}"
    if key not in known:
        done = proc.run([program, "version", "-json"], timeout=20, env={**environ, "CHECKPOINT_DISABLE": "1"})
        known[key] = list(toolenv.version_of(done.out.partition('"terraform_version"')[2]) if done.ok else ())
        with contextlib.suppress(OSError):  # the next one asks again
            write_atomic(notes, json.dumps(known))
    return tuple(known[key])


def _read(path: Path) -> dict[str, list[int]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
