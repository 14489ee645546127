"""`checks tools`: make the environments of tools that do not come with the package, and say which tools there are."""

from __future__ import annotations

import argparse
import os

from checks import errors
from checks.args import Args
from checks.host import proc
from checks.host.console import Console
from checks.host.lint import linters
from checks.host.tools import toolenv
from checks.lint import registry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options: none."""
    del parser


def run(args: Args, out: Console) -> int:
    """Make them; 4 where one cannot be made."""
    del args
    argv = toolenv.compose(out)
    done = proc.run([*argv, "version", "--short"], timeout=30)
    if not done.ok:
        raise errors.MissingToolError("compose is there and does not start", "see what it says", done.last_lines(5))
    out.result(f"compose {done.out.strip()}: {' '.join(argv)}")
    return max(errors.OK, *(_linter(name, out) for name in registry.LINTERS))


def _linter(name: str, out: Console) -> int:
    """Say which version of a linter there is and where; nobody has to have one that is used where PATH has it."""
    found = linters.locate([name], out)
    if name not in found.commands:
        why = found.absent[name]
        out.result(f"{name}: {why or 'not on PATH, and not needed'}")
        return errors.NO_TOOL if why else errors.OK
    job = registry.LINTERS[name].version(found)
    version = registry.LINTERS[name].read_version(proc.run(job.argv, timeout=job.limit, env={**os.environ, **job.env}))
    out.result(f"{name} {version or '?'}: {' '.join(found.commands[name])}")
    return errors.OK if version else errors.NO_TOOL
