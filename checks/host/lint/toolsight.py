"""Which tools there are, for who only wants to know: nothing is made, installed or compiled by looking."""

from __future__ import annotations

import os
from dataclasses import dataclass

from checks.errors import MissingToolError
from checks.host import proc, workers
from checks.host.lint import linters
from checks.host.tools import looking, toolenv
from checks.lint import registry
from checks.lint.batches import Tools
from checks.model import Output

VERSION_SECONDS = 30.0


@dataclass(frozen=True)
class Sight:
    """A tool: its version, "" where it is not there or does not start; where it is; what gets it, "" where it is there."""

    name: str
    version: str
    place: str
    advice: str = ""


def all_of_them(out: Output) -> list[Sight]:
    """Return compose and every linter, in the order of their names; they are asked for their versions side by side."""
    with looking.only():
        found = {name: _located(name, out) for name in registry.LINTERS}
        compose = _compose(out)
    with workers.pool(linters.workers()) as pool:
        futures = [pool.submit(_versioned, name, tool) for name, tool in found.items() if isinstance(tool, Tools)]
        seen = [future.result() for future in futures]
    return sorted(
        [compose, *seen, *(one for one in found.values() if isinstance(one, Sight))], key=lambda one: one.name
    )


def _located(name: str, out: Output) -> Tools | Sight:
    try:
        command = linters.PLACES[name](out)
    except MissingToolError as error:
        return _absent(name, error)
    if command is None:
        return Sight(name, "", "", f"not needed; where {name} is on PATH, it is used")
    return Tools({name: command}, 1, {})


def _absent(name: str, error: MissingToolError) -> Sight:
    return Sight(name, "", str(error), error.advice or str(error))


def _versioned(name: str, tools: Tools) -> Sight:
    linter, place = registry.LINTERS[name], " ".join(tools.commands[name])
    job = linter.version(tools)
    done = proc.run(job.argv, timeout=min(job.limit, VERSION_SECONDS), env={**os.environ, **job.env})
    version = linter.read_version(done)
    why = next(iter(done.last_lines(1)), f"exit code {done.code}")
    return Sight(name, version, place, "" if version else f"it does not say its version: {why}")


def _compose(out: Output) -> Sight:
    try:
        argv = toolenv.compose(out)
    except MissingToolError as error:
        return _absent("compose", error)
    done = proc.run([*argv, "version", "--short"], timeout=VERSION_SECONDS)
    return Sight("compose", done.out.strip(), " ".join(argv), "" if done.ok else "it does not start: checks tools")
