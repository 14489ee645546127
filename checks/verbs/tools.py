"""`checks tools`: make the environments of tools that do not come with the package, and say which tools there are."""

from __future__ import annotations

import argparse

from checks import errors
from checks.args import Args
from checks.host import proc, toolenv
from checks.host.console import Console


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
    return errors.OK
