"""`checks lint`: file list → Repository → jobs → Done → findings → reports → exit code."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from checks import __version__
from checks.args import Args
from checks.config import Config
from checks.errors import FailedError, UsageError
from checks.host import files, git, inventory, jobs
from checks.host import linters as places
from checks.host.console import Console, is_ci
from checks.lint import batches, findings, outcome, registry, waivers
from checks.lint.outcome import Lint, Result
from checks.lint.registry import Linter
from checks.model import Done, Finding, Findings, Job, Severity, Step, ToolError
from checks.report import github, jsons, sarif, text
from checks.repository import Repository

FORMATS = ("text", "json", "sarif", "junit", "github")
REPORTS = ("reports/lint.json", "reports/checks.sarif", "reports/junit/lint.xml")
_ROUNDS = 20
"""How often a job is given again without the files that its tool could not read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `checks lint`."""
    known = ", ".join(registry.LINTERS)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="what to lint (default: all of the repository)")
    parser.add_argument("--only", action="append", default=[], metavar="LINTER", help=f"run only these: {known}")
    parser.add_argument("--skip", action="append", default=[], metavar="LINTER", help="do not run these")
    parser.add_argument(
        "--fail-on",
        choices=[str(severity) for severity in Severity],
        default="warning",
        help="the least severity that fails the run (default: warning)",
    )


def run(args: Args, out: Console) -> int:
    """Lint, report, and return the exit code."""
    if args.format not in FORMATS:
        raise UsageError(f"lint has no format {args.format}", f"formats: {', '.join(FORMATS)}")
    only, skip = registry.names(args["only"]), registry.names(args["skip"])
    linters = registry.choose(only, skip)
    config = files.load_config(args.root)
    _remove_reports(args.root)
    result = _lint(args, config, linters, out)
    reports = _made(result)
    _say(args, result, reports, out)  # first: what was found is not lost where a report cannot be written
    _write_reports(args.root, reports)
    return outcome.exit_code(result, only)


def _lint(args: Args, config: Config, linters: Sequence[Linter], out: Console) -> Lint:
    start, clock = datetime.datetime.now().astimezone(), time.monotonic()
    repository = _repository(args, config, out)
    listed = time.monotonic()
    ran = _run(args.root, repository, linters)
    done = time.monotonic()
    runs = [outcome.tool_run(name, version, results) for name, (version, results) in ran.items()]
    errors = tuple(error for _, failed in runs for error in failed)
    everything = not (args["paths"] or args["only"] or args["skip"] or errors)
    return Lint(
        tuple(tool for tool, _ in runs),
        errors,
        _judge(repository, config, _found(ran), start.date(), everything=everything),
        start.isoformat(timespec="seconds"),
        time.monotonic() - clock,
        (Step("list files", "ok", listed - clock), Step("run linters", "ok", done - listed)),
        Severity.parse(args["fail_on"]),
    )


def _repository(args: Args, config: Config, out: Console) -> Repository:
    listing = git.listing(args.root)
    if listing.warning:
        out.warn(listing.warning)
    paths = inventory.chosen(args.root, listing.paths, args["paths"])
    repository = Repository.of(inventory.inventory(args.root, paths), config.exclude)
    if args["paths"] and not any(file.kind for file in repository.files):
        out.warn(f"no linter takes anything in {' '.join(args['paths'])}")
    return repository


def _run(root: Path, repository: Repository, linters: Sequence[Linter]) -> Mapping[str, tuple[str, Sequence[Result]]]:
    """Return for each linter its version and what its jobs came to."""
    found = places.locate(linter.NAME for linter in linters)
    there = [linter for linter in linters if linter.NAME in found.commands]
    versions = [linter.version(found) for linter in there]
    work = [(linter, job) for linter in there for job in linter.jobs(repository, found)]
    done = jobs.run([*versions, *(job for _, job in work)], root, found.workers)
    results = [_read(root, linter, job, did) for (linter, job), did in zip(work, done[len(versions) :], strict=True)]
    ran: dict[str, tuple[str, Sequence[Result]]] = {}
    for linter in linters:
        if linter in there:
            version = linter.read_version(done[there.index(linter)])
            ran[linter.NAME] = (version, [one for many in results for one in many if one[0].tool == linter.NAME])
        else:
            job, nothing = Job(linter.NAME, ()), Done((), 127, "", "", 0.0)
            ran[linter.NAME] = ("", [(job, nothing, outcome.missing(linter.NAME))])
    return ran


def _read(root: Path, linter: Linter, job: Job, done: Done) -> list[Result]:
    """Read what a job did; where the tool names files that it could not read, give it the others again."""
    results: list[Result] = []
    for _ in range(_ROUNDS):
        answer = linter.read(job, done)
        results.append((job, done, answer))
        rest = batches.without(job, answer.files) if isinstance(answer, ToolError) and answer.files else None
        if rest is None:
            break
        job, done = rest, jobs.run([rest], root, 1)[0]
    return results


def _found(ran: Mapping[str, tuple[str, Sequence[Result]]]) -> list[Finding]:
    answers = [answer for _, results in ran.values() for _, _, answer in results]
    return [finding for answer in answers if isinstance(answer, Findings) for finding in answer.items]


def _judge(
    repository: Repository,
    config: Config,
    found: Iterable[Finding],
    today: datetime.date,
    *,
    everything: bool,
) -> tuple[Finding, ...]:
    settled = findings.settle([*found, *findings.of_troubles(repository)], repository.lines)
    inline, wrong = waivers.inline(repository.lines)
    placed = [*inline, *waivers.configured(config.waivers, config.source)]
    marked, said = waivers.apply(settled, placed, today, unused=everything)
    return findings.in_order([*marked, *findings.settle([*wrong, *said], repository.lines)])


def _remove_reports(root: Path) -> None:
    for name in REPORTS:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (root / name).unlink()


def _made(result: Lint) -> Mapping[str, str]:
    """Return the reports by format, in the order of REPORTS."""
    from checks.report import junit  # its library takes a while to import, and the tools are faster without

    return {"json": jsons.lint(result), "sarif": sarif.lint(result, __version__), "junit": junit.lint(result)}


def _write_reports(root: Path, reports: Mapping[str, str]) -> None:
    for name, content in zip(REPORTS, reports.values(), strict=True):
        try:
            files.write_atomic(root / name, content)
        except OSError as error:
            raise FailedError(f"{name} cannot be written: {error.strerror}", "make the folder writable") from error


def _say(args: Args, result: Lint, reports: Mapping[str, str], out: Console) -> None:
    if args.format in reports:
        said = reports[args.format]
    elif args.format == "github":
        said = github.lint(result)
    else:
        said = text.lint(result, colour=args.output is None and sys.stdout.isatty() and not is_ci(os.environ))
    if args.output is None:
        out.result(said)
        return
    try:
        files.write_atomic(args.output, said)
    except OSError as error:
        raise UsageError(f"--output {args.output} cannot be written: {error.strerror}", "name another file") from error
    if args.format != "text":
        out.line(text.lint(result).splitlines()[-1])
