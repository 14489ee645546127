"""The texts that `checks init` writes into somebody's repository: they are theirs from then on."""

from __future__ import annotations

CONFIGURATION = """\
exclude = []  # paths that are not linted: globs, or folders
# All keys: docs/configuration.md of stackchecks. `checks doctor` says which configuration is used."""

DOCKERIGNORE = """\
# What checks, nox and pytest leave here: it would be in images built from this folder, and have them built anew each time.
.nox
.pytest_cache
**/__pycache__
"""

NOXFILE = '''\
"""The sessions of checks, which lints, builds and verifies this repository: `nox -l` lists them."""

from __future__ import annotations

import os
import secrets
import time

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"

# What pip is given to install checks: a requirement, a folder or a wheel. CHECKS_PACKAGE names another one.
PACKAGE = os.environ.get("CHECKS_PACKAGE") or @PACKAGE@
# One call of nox is one run: what its sessions make and report has the same id.
os.environ.setdefault("CHECKS_RUN", f"{time.strftime('%m%d%H%M%S')}-{secrets.token_hex(3)}")


def checks(session: nox.Session, *words: str) -> None:
    """Install checks and run one of its verbs, which has a moment to clean up after Ctrl-C; `--` hands arguments on."""
    session.install("-q", PACKAGE)
    session.run("checks", *words, *session.posargs, interrupt_timeout=15.0, terminate_timeout=10.0)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Lint every file that git knows."""
    checks(session, "lint")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Judge host, engine, images and containers by the CIS Docker Benchmark."""
    checks(session, "bench")


@nox.session(default=False)
def doctor(session: nox.Session) -> None:
    """Say what is there, what is missing, and the command that gets it."""
    checks(session, "doctor")


@nox.session(default=False)
def clean(session: nox.Session) -> None:
    """Remove what runs that are over have left: -- [--images|--all]."""
    checks(session, "clean")
'''

STACK_SESSIONS = '''

@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the images of the compose file: -- [IMAGE...]."""
    checks(session, "build")


@nox.session(default=False)
def integration(session: nox.Session) -> None:
    """Start the stack, assert against it, remove it: -- [PYTEST...]."""
    checks(session, "verify", *(["--"] if session.posargs else []))
'''

STACK_TEST = '''\
"""What must hold of the running stack. `nox -s integration` (checks verify) starts it, runs this, and removes it.

The fixture `stack` comes with stackchecks. `stack["name"]` is a service: its `url()`, `logs()`, `health`, `inspect()`,
and `host`, with which testinfra looks into the container: `stack["name"].host.process.filter(comm="nginx")`.
`stack.containers` are all of them, also where a service has several.
"""

from __future__ import annotations

import socket
import time

from checks.testing import Service, Stack

MUST_ANSWER: dict[str, list[str]] = {}
# Ports of the containers that somebody has to listen at, by service: {"web": ["80/tcp", "443/tcp"]}. Of a service that is not
# named here one published port has to answer: others may be opened only when they are needed, as those of passive FTP.

SECONDS = 20.0
"""How long a service may take until it listens: one without a health check counts as ready when it runs."""


def test_every_container_runs_or_has_done_its_work(stack: Stack) -> None:
    states = [(container.name, container.inspect()["State"]) for container in stack.containers]
    assert states, "the compose file has no service that runs"
    assert [(name, state) for name, state in states if not state["Running"] and state["ExitCode"] != 0] == []


def test_no_container_was_restarted(stack: Stack) -> None:
    restarts = [(container.name, container.inspect()["RestartCount"]) for container in stack.containers]
    assert [(name, count) for name, count in restarts if count] == []


def test_somebody_listens_behind_the_published_ports(stack: Stack) -> None:
    assert set(MUST_ANSWER) - set(stack.services) == set(), "MUST_ANSWER names services that there are not"
    deadline = time.monotonic() + SECONDS
    while silent(stack) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert silent(stack) == []


def silent(stack: Stack) -> list[str]:
    """Return the services, with their ports, behind whose published ports nobody listens."""
    found = []
    for container in stack.containers:
        ports = [port for port, places in container.published().items() if places and port.endswith("/tcp")]
        if container.name in MUST_ANSWER:
            found += [f"{container.name} {port}" for port in MUST_ANSWER[container.name] if not answers(container, port)]
        elif ports and not any(answers(container, port) for port in ports):
            found.append(f"{container.name} {', '.join(ports)}")
    return found


def answers(container: Service, port: str) -> bool:
    """Return whether somebody listens behind a port of a container, at one of the places where it is published."""
    places = container.published().get(port, [])
    return any(is_taken(*container.engine.reach(*place)) for place in places)


def is_taken(address: str, port: int) -> bool:
    """Whether a connection is taken and kept: Docker's proxy takes it for everybody, and closes it where nobody listens."""
    try:
        with socket.create_connection((address, port), timeout=10) as connection:
            connection.settimeout(1)
            return connection.recv(1) != b""
    except TimeoutError:
        return True  # it waits for us to speak
    except OSError:
        return False
'''
