"""The command line: argparse → one frozen Args → a verb → exit code."""

from __future__ import annotations

if __name__ == "__main__":  # as in checks.entry, before anything is imported that takes a while
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import contextlib
import errno
import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from checks import __version__, errors
from checks.args import Args, output
from checks.host import console, interrupts, proc

_REFUSALS = frozenset(
    (
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
        *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP),
    )
)
VERBS = {
    "lint": "lint every file git knows, with every linter that takes it",
    "build": "build the images of the compose file, in dependency order",
    "up": "start the stack and wait until every container is healthy",
    "down": "stop the stack that `up` started",
    "verify": "start a stack of its own, run the assertions against it, remove it",
    "bench": "judge the host, its engine, images and containers by the CIS Docker Benchmark",
    "publish": "push every image that is built, each version once",
    "engine": "the Docker engine: up, down, status, env",
    "tools": "make the environments of tools that do not come with the package",
    "clean": "remove what runs that are over have left behind",
    "doctor": "say what is there, what is missing and the command that gets it",
    "report": "write reports/index.html, one page of all that the reports in a folder say",
    "init": "write a configuration, a noxfile and a first test for what is found here",
}
_CLOSED = ("lint", "build", "verify", "bench", "publish")
"""The verbs that end with a line in the history and the page of reports."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    console.open_streams()
    args = _parse(sys.argv[1:] if argv is None else argv)
    proc.die_with_parent(signal.SIGTERM)
    out = console.Console(quiet=args.format != "text" and args.output is None, output=args.output)
    with interrupts.interrupts():
        return _closed(args, out) if args.verb in _CLOSED else _guarded(args, out)


def _closed(args: Args, out: console.Console) -> int:
    """Run a verb that reports, and close its reports; whatever comes of that, the verb's own result stands."""
    from checks.host import closing
    from checks.report import history

    called = history.called(args.verb, str(args.options.get("name", "")))
    began = time.time()
    code = _guarded(args, out)
    try:
        with contextlib.suppress(KeyboardInterrupt), interrupts.held():
            closing.end(args.root, called, code, began, out)
    except Exception as error:
        out.warn(f"summary, history or page cannot be made: {type(error).__name__}: {error}")
    return code


def _parse(argv: Sequence[str]) -> Args:
    parser = argparse.ArgumentParser(prog="checks", description="Build and verify Dockerised microservices.")
    parser.add_argument("--version", action="version", version=f"checks {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    wanted = next((word for word in argv if not word.startswith("-")), "")
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        verb.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the repository (default: here)")
        # Only the verb that is asked for is imported: a quick command stays quick.
        module = importlib.import_module(f"checks.verbs.{name}") if name == wanted else None
        formats = getattr(module, "FORMATS", ("text",))
        verb.add_argument("--format", choices=formats, default="text", help="how to say it (default: text)")
        verb.add_argument("--output", type=output, metavar="FILE", help="write it there (-: to standard output)")
        if module is not None:
            module.add_arguments(verb)
    return Args.of(parser.parse_args(argv))


def _guarded(args: Args, out: console.Console) -> int:
    try:
        if not args.root.is_dir():
            raise errors.UsageError(f"--root {args.root} is no folder", "name the folder of a repository")
        verb = importlib.import_module(f"checks.verbs.{args.verb}")
        _refuse_output(args, verb)
        return int(verb.run(args, out))
    except errors.ChecksError as error:
        out.failure(str(error), error.advice, error.details)
        return errors.INTERRUPTED if interrupts.caused(error) else error.code
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt), interrupts.held():
            proc.end_all()
            out.failure("interrupted", "what this run had started is removed; run the same command again to go on")
        return errors.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.FAILED
    except Exception as error:
        from checks.host.docker import engine  # takes a while, and most commands do not come here

        known = engine.explain(error) or _of_the_machine(error)
        if known is not None:
            out.failure(str(known), known.advice, known.details)
            return errors.INTERRUPTED if interrupts.caused(error) else known.code
        out.failure(f"a bug in checks: {type(error).__name__}: {error}", f"please report it with {_bug_report(args)}")
        return errors.BUG


def _refuse_output(args: Args, verb: ModuleType) -> None:
    """Refuse what a verb would ignore: of its FORMATS it writes those in SPOKEN to no file."""
    formats = getattr(verb, "FORMATS", ("text",))
    if args.output is not None and args.format in getattr(verb, "SPOKEN", ()):
        others = [name for name in formats if name not in verb.SPOKEN]
        advice = f"add --format {others[0]}" if others else "leave out --output"
        raise errors.UsageError(f"{args.verb} writes no {args.format} to a file", advice)


def _of_the_machine(error: Exception) -> errors.ChecksError | None:
    """Return what a file system that refuses means, None for any other error."""
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return None
    place = f"{error.filename}: " if error.filename else ""
    return errors.FailedError(f"{place}{error.strerror}", "make room, or correct its owner, mode or place")


def _bug_report(args: Args) -> Path:
    """Write what a maintainer needs to know and return where."""
    import platform
    import tempfile
    import traceback

    text = (
        f"checks {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n{args}\n\n{traceback.format_exc()}"
    )
    with tempfile.NamedTemporaryFile("w", prefix="checks-bug-", suffix=".log", delete=False) as file:
        file.write(text)
    return Path(file.name)


if __name__ == "__main__":
    ended = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(ended)
