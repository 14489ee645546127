#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2025.2.9"]
# ///
"""The sessions: build, lint, integration are the main job; `nox -l` lists all of them.

Tags: `main` (the main job), `quick` (no engine is needed).
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_external_run = True
nox.options.reuse_venv = "yes"

# One nox invocation is one run: its sessions share the id, its reports carry it.
os.environ.setdefault("CHECKS_RUN", f"{time.strftime('%m%d%H%M%S')}-{secrets.token_hex(3)}")
CONSTRAINTS = "checks/constraints/checks.txt"
SCHEMAS = "checks/schemas"
MYPYPATH = "src/common:src/post-py:src/comment:src/ui:docker-monolith:src/mongo:tests/services:tests/faults"
APPLICATION = (
    "src/common",
    "src/post-py",
    "src/comment",
    "src/ui",
    "docker-monolith",
    "src/mongo",
    "tests/services",
    "tests/faults",
)
TESTS = (
    "tests/unit",
    "tests/e2e",
    "tests/integration",
    "tests/benchmarks",
    "tests/malformed",
    "tests/mutation",
    "tests/deploy",
    "tests/supply",
    "tests/docs",
    "tests/browser",
)
E2E = ("base", "engine", "no_engine", "registry", "stacks", "kingfisher", "inside")
"""What `nox -s tests` runs of tests/e2e; `nox -s slow` runs the rest, which takes longer than a CI job should."""
SERVICES = "tests/services/requirements.txt"
PATIENCE: Any = {"interrupt_timeout": 15.0, "terminate_timeout": 10.0}  # cleaning up takes a moment after Ctrl-C


def checks(session: nox.Session, *words: str, groups: tuple[str, ...] = ()) -> None:
    """Install the package with its pins and run one of its verbs; `--` hands arguments on."""
    install(session, *groups)
    session.run("checks", *words, *session.posargs, **PATIENCE)


def install(session: nox.Session, *groups: str) -> None:
    """Install the package, editable, and dependency groups, all of it pinned; nothing where nothing of that changed."""
    wanted = [Path(name).read_text(encoding="utf-8") for name in ("pyproject.toml", CONSTRAINTS, SERVICES)]
    mark = Path(session.virtualenv.location or ".") / "installed"
    if session.virtualenv.is_sandboxed and mark.exists() and mark.read_text(encoding="utf-8") == "".join(wanted):
        return
    extra = ["-r", SERVICES] if "tests" in groups else []
    session.install("-q", "-c", CONSTRAINTS, *(f"--group={name}" for name in groups), *extra, "-e", ".")
    # pip compiles what it installs, but not this; where Python may not do it later, each start would take longer.
    session.run("python", "-m", "compileall", "-q", "checks", silent=True)
    mark.write_text("".join(wanted), encoding="utf-8")


def types(session: nox.Session) -> None:
    """Check the types of the package, its tests, the application and the application's tests."""
    session.run("mypy")
    session.run("mypy", "--explicit-package-bases", "noxfile.py", "deploy", *TESTS)
    session.run("mypy", "--explicit-package-bases", *APPLICATION, env={"MYPYPATH": MYPYPATH})


@nox.session(default=False, tags=["main"])
def build(session: nox.Session) -> None:
    """Build every image of src/compose.yaml that is not there as the tree makes it."""
    # What follows -- is for the session that was asked for; this one also runs because integration requires it.
    for_us = "integration" not in sys.argv
    install(session)
    session.run("checks", "build", *(session.posargs if for_us else []), **PATIENCE)


@nox.session(default=False, tags=["main", "quick"])
def lint(session: nox.Session) -> None:
    """Lint every file that git knows, one table of findings."""
    checks(session, "lint")


@nox.session(default=False, tags=["main"], requires=["build"])
def integration(session: nox.Session) -> None:
    """Start the stack and the monolith, assert against them, remove them."""
    checks(session, "verify", *(["--"] if session.posargs else []))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Judge host, engine, images and containers by the CIS Docker Benchmark."""
    checks(session, "bench")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Write docs/cis.md and docs/rules.md anew; run the commands in README and docs that build, start or install."""
    install(session, "tests")
    session.run("python", "-P", "docs/generate.py")
    session.run("pytest", *(session.posargs or ["tests/docs"]), **PATIENCE)


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Run the project's own tests: style, types, unit, services, end to end on an engine of their own."""
    install(session, "tests")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    types(session)
    if not session.posargs:
        session.run("checks", "tools", silent=True, **PATIENCE)  # or the tests that ask the real ones would be skipped
    strict = ["--fail-on-skip"] if os.environ.get("CI") else []
    session.run(
        "pytest",
        *strict,
        *(session.posargs or ["tests/unit", "tests/services", *(f"tests/e2e/test_{name}.py" for name in E2E)]),
        **PATIENCE,
    )


@nox.session(default=False)
def slow(session: nox.Session) -> None:
    """Run the tests that take long: malformed input, the benchmark's, publishing, other machines, hung engines."""
    install(session, "tests")
    rest = sorted(str(path) for path in Path("tests/e2e").glob("test_*.py") if path.stem[5:] not in E2E)
    session.run("pytest", *(session.posargs or ["tests/malformed", "tests/supply", *rest]), **PATIENCE)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Use the application's pages and the report in Debian's Chromium: -- [--pictures] [PYTEST…]."""
    install(session, "browser")
    session.run("python", "-P", "tests/browser/run.py", *session.posargs, **PATIENCE)


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Do harm and look for what it did: -- --count 60 | --writes 10000 | --malformed 2000 [--seed S]."""
    install(session, "tests")
    session.run("python", "-P", "tests/faults/run.py", *session.posargs, **PATIENCE)


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Change the benchmark's checks in every small way, and count what its tests notice: -- [--write] [--module NAME]."""
    install(session, "tests")
    session.run("python", "-P", "tests/mutation/run.py", *session.posargs, **PATIENCE)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Look up known vulnerabilities of everything that is pinned, where their source can be reached."""
    install(session)
    session.run("python", "-P", "tests/supply/audit.py", **PATIENCE)


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Measure against the peers, side by side: -- lint [--root DIR], -- bench; compare with them: -- equality [--root DIR]."""
    install(session, "tests")
    # The installed command: compiled, as the peers are, and not by way of a finder.
    session.install("-q", "--no-deps", ".")
    name, *words = session.posargs or ["lint"]
    session.run("python", "-P", f"tests/benchmarks/{name}.py", *words, **PATIENCE)


@nox.session(default=False)
def publish(session: nox.Session) -> None:
    """Push every image that is built to CHECKS_REGISTRY, or to Docker Hub as DOCKERHUB_LOGIN."""
    checks(session, "publish")


@nox.session(default=False)
def terraform(session: nox.Session) -> None:
    """Run Terraform for the environment ENV: -- init [--no-backend]|plan|apply|destroy|test [--project-wide]."""
    install(session)
    session.run("python", "-m", "deploy.terraform", *session.posargs, **PATIENCE)


@nox.session(default=False)
def packer(session: nox.Session) -> None:
    """Validate the image of hosts, or build it: -- [validate|build]."""
    install(session)
    session.run("python", "-m", "deploy.packer", *session.posargs, **PATIENCE)


@nox.session(default=False)
def remote(session: nox.Session) -> None:
    """Make a host with a Docker engine and a docker context for it, or remove both: -- create|rm [NAME]."""
    install(session)
    session.run("python", "-m", "deploy.remote", *session.posargs, **PATIENCE)


@nox.session(default=False)
def engine(session: nox.Session) -> None:
    """Start, stop or show the Docker engine: -- up|down|status|env."""
    checks(session, "engine", *([] if session.posargs else ["status"]))


@nox.session(default=False)
def deploy(session: nox.Session) -> None:
    """Deploy with Ansible: -- [PLAYBOOK] [--env ENV] [--list] [--check], or try it all: -- --check-host."""
    install(session)
    session.run("python", "-m", "deploy", *session.posargs, **PATIENCE)


@nox.session(default=False, tags=["quick"])
def doctor(session: nox.Session) -> None:
    """Say what is there, what is missing, and the command that gets it."""
    checks(session, "doctor")


@nox.session(default=False)
def clean(session: nox.Session) -> None:
    """Remove what runs that are over have left: -- [--images|--all]."""
    checks(session, "clean")


@nox.session(default=False)
def tools(session: nox.Session) -> None:
    """Make the environments of the tools that do not come with the package, ahead of their first use."""
    checks(session, "tools")


@nox.session(default=False)
def pins(session: nox.Session) -> None:
    """Write checks/constraints/checks.txt anew from what the newest releases resolve to."""
    session.install("-q", "--group=tests", "--group=browser", "-r", SERVICES, "-e", ".")
    found = session.run("python", "-m", "pip", "freeze", "--exclude-editable", silent=True)
    Path(CONSTRAINTS).write_text("".join(f"{line}\n" for line in str(found).split() if "==" in line), encoding="utf-8")


@nox.session(default=False)
def schemas(session: nox.Session) -> None:
    """Write checks/schemas anew from the packages that it names."""
    wheels = Path(session.create_tmp(), "wheels")
    session.run(
        "python", "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), "-r", f"{SCHEMAS}/packages.txt"
    )
    session.run("python", "-m", "checks.host.lint.schemas", SCHEMAS, *map(str, sorted(wheels.glob("*.whl"))))
