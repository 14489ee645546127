"""Tools that do not come with the package: found where they are, else made under the cache from exact pins."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import filelock

from checks.errors import MissingToolError
from checks.host import cache, packages, proc
from checks.lint.kingfisher import RULES
from checks.model import Output

COMPOSE_OLDEST = (2, 24)
"""The oldest compose that knows everything we ask of it (`--wait-timeout`, resolved `config --format json`)."""
_INSTALL_SECONDS = 600.0


def compose(out: Output, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return how compose is called: the `docker compose` that is there and new enough, else the pinned one."""
    if packages.which("docker"):
        # It would speak to the engine first, and to one on another machine over a connection of its own.
        env = {
            **{name: value for name, value in os.environ.items() if name != "DOCKER_HOST"},
            "DOCKER_CONTEXT": "default",
        }
        done = proc.run(["docker", "compose", "version", "--short"], env=env, timeout=20)
        if done.ok and version_of(done.out) >= COMPOSE_OLDEST:
            return ("docker", "compose")
    # The package's own command is a Python wrapper that ends 0 whatever compose did: call what it wraps.
    found = sorted(environment("compose", out, environ).glob("lib/python*/site-packages/compose/docker-compose"))
    if not found:
        raise MissingToolError("the pinned compose carries no program", "install the docker compose plugin")
    return (str(found[0]),)


def kingfisher(out: Output, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return how kingfisher is called, with its rules compiled: each run without that takes six seconds longer."""
    # The package's own command is a Python wrapper that costs a start of Python: call what it wraps.
    found = sorted(environment("kingfisher", out, environ).glob("lib/python*/site-packages/kingfisher/bin/kingfisher"))
    if not found:
        raise MissingToolError("the pinned kingfisher carries no program", "install checks again")
    rules = found[0].with_name(RULES)
    if not any(rules.glob("*")):
        out.step("compiling kingfisher's rules")
        argv = (found[0], "--no-update-check", "--quiet", "rules", "compile-cache", "--rule-cache-dir", rules)
        done = proc.run(argv, timeout=_INSTALL_SECONDS)
        if not done.ok:
            raise MissingToolError("kingfisher cannot compile its rules", "see what it says", done.last_lines(5))
    return (str(found[0]),)


def version_of(text: str) -> tuple[int, ...]:
    """Return the first dotted version in a text as numbers, () where there is none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in match.groups() if part) if match else ()


def environment(name: str, out: Output, environ: Mapping[str, str] | None = None) -> Path:
    """Return the virtual environment of a tool, made from constraints/<name>.txt on first need.

    Its folder is named by the hash of its pins and of the Python; two commands at once make it once. Raises
    MissingToolError where it cannot be made.
    """
    pins = resources.files("checks.constraints").joinpath(f"{name}.txt").read_text()
    key = hashlib.sha256(f"{sys.version}\n{pins}".encode()).hexdigest()[:16]
    folder = cache.root(environ) / "tools" / f"{name}-{key}"
    done = folder / ".complete"
    if done.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder, name):
        if not done.exists():
            out.step(f"installing {name} ({pins.split()[0]}) into the tool cache")
            _make(folder, name, pins)
            done.touch()
    return folder


@contextlib.contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    lock = filelock.FileLock(f"{folder}.lock")
    try:
        lock.acquire(timeout=2 * _INSTALL_SECONDS)
    except filelock.Timeout as error:
        raise MissingToolError(
            f"another command has been installing {name} for too long", f"end it; it holds {lock.lock_file}"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _make(folder: Path, name: str, pins: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # what a killed command left
    made = proc.run([_python(), "-m", "venv", folder], timeout=_INSTALL_SECONDS)
    if made.ok:
        (folder / "pins.txt").write_text(pins)
        argv: list[str | Path] = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "-r",
            folder / "pins.txt",
        ]
        made = proc.run([*argv, *(("--require-hashes",) if "--hash" in pins else ())], timeout=_INSTALL_SECONDS)
    if not made.ok:
        raise MissingToolError(
            f"{name} could not be installed", "see pip's words; is a package index reachable?", made.last_lines(8)
        )


def _python() -> str:
    """Return the interpreter to make environments with: the one below a virtual environment, if we are in one."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return base if os.access(base, os.X_OK) else sys.executable
