"""`checks lint`: file list → Repository → jobs → Done → findings → reports → exit code."""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from checks.args import Args
from checks.config import Config
from checks.errors import UsageError
from checks.host import files, git, history
from checks.host.console import Console, is_coloured
from checks.host.lint import asked as asked_for
from checks.host.lint import fixes, judging, lintrun, reporting
from checks.host.lint.asked import Asked
from checks.lint import baseline, findings, outcome, registry
from checks.lint.changes import followed
from checks.lint.outcome import Lint
from checks.model import Finding, Severity, Step, ToolError
from checks.report import github, jsons, sarif, text

FORMATS = ("text", "json", "sarif", "junit", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `checks lint`."""
    known = ", ".join((*registry.RULES, *registry.LINTERS))
    parser.add_argument("paths", nargs="*", metavar="PATH", help="what to lint (default: all of the repository)")
    parser.add_argument("--only", action="append", default=[], metavar="LINTER", help=f"run only these: {known}")
    parser.add_argument("--skip", action="append", default=[], metavar="LINTER", help="do not run these")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="paths that are not linted")
    parser.add_argument(
        "--fail-on",
        choices=[str(severity) for severity in Severity],
        default="warning",
        help="the least severity that fails the run (default: warning)",
    )
    parser.add_argument("--since", metavar="REV", help="only what differs from where this branch left REV")
    parser.add_argument(
        "--write-baseline", action="store_true", help=f"take what is found as given: write {baseline.PLACE}"
    )
    parser.add_argument("--no-baseline", action="store_true", help="report also what is in the baseline")
    parser.add_argument(
        "--fix",
        action="store_true",
        help=f"correct what {', '.join(registry.FIXERS)} can correct, on a clean tree, and show the difference",
    )
    parser.add_argument("--no-cache", action="store_true", help="ask every tool again, and keep nothing that it finds")


def run(args: Args, out: Console) -> int:
    """Lint, report, and return the exit code."""
    only, skip = registry.names(args["only"]), registry.names(args["skip"])
    linters = registry.choose(only, skip)
    config = files.load_config(args.root)
    known = _baseline(args)
    if unread := files.unread_above(args.root, config, [baseline.PLACE]):
        out.warn(unread)
    written = reporting.may_write(args.root, out) and reporting.remove(args.root, out)
    if written:
        history.begin(args.root, "lint")
    broken = _fix(args, config, linters, out) if args["fix"] else ()
    linted = _lint(args, config, linters, known, out)
    result = replace(linted, errors=(*broken, *linted.errors))
    if args["write_baseline"]:
        return _write_baseline(args, result, only, out)
    reports = _made(args, result)
    _say(args, result, reports, out)  # first: what was found is not lost where a report cannot be written
    if written:
        reporting.write(args.root, reports, out)
    return outcome.exit_code(result, only)


def _fix(args: Args, config: Config, names: Sequence[str], out: Console) -> tuple[ToolError, ...]:
    """Correct what can be corrected, show it, and return what could not do its work."""
    fixes.require_clean(args.root)
    asked = _asked(args, config, lambda _said: None)  # what there is to say the run that follows says
    chosen = {name: fixer for name, fixer in registry.FIXERS.items() if name in names}
    fixed = fixes.run(args.root, asked.repository, chosen, asked.wanted, out)
    if fixed.paths:
        out.line(text.plain_lines(fixes.shown(args.root)))
    out.step(f"corrected {text.counted(len(fixed.paths), 'file')}")
    return fixed.errors


def _asked(args: Args, config: Config, warn: Callable[[str], None]) -> Asked:
    return asked_for.of(args.root, args["paths"], config.exclude, args["exclude"], warn)


def _baseline(args: Args) -> Counter[str]:
    place = args.root / baseline.PLACE
    if args["write_baseline"]:
        if args["since"] or args["paths"] or args["only"] or args["skip"]:
            raise UsageError("a baseline is of everything", "leave out paths, --since, --only and --skip")
        return Counter()
    if args["no_baseline"] or not place.exists():
        return Counter()
    return baseline.parse(files.read_text(place))


def _write_baseline(args: Args, result: Lint, only: Sequence[str], out: Console) -> int:
    """Write what was found as the baseline, where every tool did its work: what one did not say would fail later."""
    if result.errors:
        out.result(text.lint(result))
        out.failure("no baseline is written: not every tool did its work", "see the lines above")
        return outcome.exit_code(result, only)
    written = baseline.written(result.findings)
    files.write_atomic(args.root / baseline.PLACE, written)
    out.result(f"{baseline.PLACE} holds {text.counted(sum(baseline.parse(written).values()), 'finding')}: commit it")
    return 0


def _lint(args: Args, config: Config, linters: Sequence[str], known: Counter[str], out: Console) -> Lint:
    start, clock = datetime.datetime.now().astimezone(), time.monotonic()
    since = git.changes(args.root, args["since"]) if args["since"] else None
    asked = _asked(args, config, out.warn)
    if since is not None:
        since = followed(since, {file.path: file.target for file in asked.repository.files if file.target})
    listed = time.monotonic()
    judge = judging.Judge(args.root, config, asked, since, start.date(), cached=not args["no_cache"])
    ran = lintrun.run(
        *(args.root, asked.repository, linters, out),
        scope=judge.scope,
        cached=judge.cached,
        named=bool(args["only"]),
        beside=_import_for_reports,
    )
    done = time.monotonic()
    runs = [outcome.tool_run(name, one.version, one.results, one.cached) for name, one in ran.items()]
    errors = tuple(error for _, failed in runs for error in failed)
    if asked.doubtful and not errors and not any(tool.files for tool, _ in runs):
        out.warn(f"no linter takes anything in {' '.join(asked.doubtful)}")
    everything = not (args["paths"] or args["only"] or args["skip"] or args["since"] or errors)
    settled, gone = judge.judged(ran, known, out, unused=everything)
    _warn(settled, gone if everything else 0, out)
    return Lint(
        tuple(tool for tool, _ in runs),
        errors,
        settled,
        start.isoformat(timespec="seconds"),
        time.monotonic() - clock,
        (Step("list files", "ok", listed - clock), Step("run linters", "ok", done - listed)),
        Severity.parse(args["fail_on"]),
        (args.root / baseline.PLACE).exists(),
    )


def _import_for_reports() -> None:
    """Import what is only needed once the tools are through: it takes a while, and they run meanwhile."""
    for name in ("checks.report.junit", "checks.host.page"):
        importlib.import_module(name)


def _warn(found: Iterable[Finding], gone: int, out: Console) -> None:
    for one in found:
        if one.rule == "waiver-unused" and one.tool == findings.OWN:
            out.warn(f"{one.path}{f':{one.line}' if one.line else ''}: {one.message}")
    if gone:
        out.warn(f"{text.counted(gone, 'entry', 'entries')} of {baseline.PLACE} can go: write it again")


def _made(args: Args, result: Lint) -> Mapping[str, str]:
    """Return the reports by format, in the order of reporting.REPORTS."""
    from checks.report import junit  # see _import_for_reports

    asked = {name: args[name] for name in ("paths", "only", "skip", "exclude", "since")}
    said = jsons.lint(result, os.environ.get("CHECKS_RUN", ""), asked)
    return {"json": said, "sarif": sarif.lint(result), "junit": junit.lint(result)}


def _say(args: Args, result: Lint, reports: Mapping[str, str], out: Console) -> None:
    if args.format in reports:
        said = reports[args.format]
    elif args.format == "github":
        said = github.lint(result)
    else:
        said = text.lint(result, colour=args.output is None and is_coloured(os.environ))
    out.result(said)
    if args.output is not None and args.format != "text":
        out.line(text.lint(result).splitlines()[-1])
