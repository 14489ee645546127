"""`checks bench`: the CIS Docker Benchmark: Snapshot → judgements → gate → reports → exit code."""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks import __version__, errors
from checks.args import Args
from checks.cis import baseline, catalogue, gate, registry
from checks.cis.bench import Bench, HostResult
from checks.cis.check import Check
from checks.cis.mine import SECTIONS as OF_RUNS
from checks.cis.snapshot import Policy, Snapshot
from checks.cis.unknown import Unknown
from checks.config import Config
from checks.errors import ConfigError, UsageError
from checks.host import files, history
from checks.host import run as runs
from checks.host.bench import benching
from checks.host.bench.probing import Way
from checks.host.console import Console, is_coloured
from checks.model import Judgement, Step
from checks.report import bench_json, bench_junit, bench_sarif, bench_text, benchwords
from checks.report.plain import counted

FORMATS = ("text", "json", "sarif", "junit", "html", "github")
REPORTS = {"json": "bench.json", "sarif": "bench.sarif", "junit": "junit/bench.xml"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    add: Callable[..., Any] = parser.add_argument
    several: dict[str, Any] = {"action": "append", "default": []}
    add(
        "--benchmark",
        choices=catalogue.BENCHMARKS,
        help="the edition, whose numbers name the checks (default: configured, else 1.8)",
    )
    add("--section", **several, metavar="N", help="only these sections: 4, 4,5")
    add("--check", **several, metavar="ID", help="only these checks or groups of checks: 2.14, 1.1")
    add(
        "--only-mine", action="store_true", help="only what this run, or this repository's compose project, has started"
    )
    add(
        "--host",
        **several,
        metavar="ADDRESS",
        help="ssh://user@host[:port], or as DOCKER_HOST takes it; several at once",
    )
    add("--ssh-config", default="", metavar="FILE", help="configuration of ssh, for --host")
    add("--sudo", action="store_true", help="look at --host as root, by sudo without a password")
    add("--snapshot", type=Path, metavar="FILE", help="write the facts there, too")
    add("--from", **several, dest="recorded", type=Path, metavar="FILE", help="judge facts that --snapshot wrote")
    add("--baseline", action="store_true", help=f"fail only on what got worse than {baseline.PLACE}")
    add("--write-baseline", action="store_true", help=f"take what fails as given: write {baseline.PLACE}")
    add("--score", action="store_true", help="say only the score, as docker-bench-security counts it")
    add("--fail-under", type=int, metavar="N", help="fail where the score is less")
    add("--strict", action="store_true", help="fail, too, on what could not be judged")
    add("--trusted-user", **several, metavar="NAME", help="who may be in the docker group")
    add("--quiet", action="store_true", help="leave out what passed and what does not apply")
    add("--list", action="store_true", dest="only_list", help="say which checks there are, and judge nothing")


def run(args: Args, out: Console) -> int:
    """Judge, report, and return the exit code; NoEngineError where there is no engine to look at."""
    config = files.load_config(args.root)
    benchmark = args["benchmark"] or config.bench.benchmark
    checks = _checks(args, benchmark)
    if args["only_list"]:
        out.result("".join(f"{one.id_in(benchmark):7} {_kind(one)} {one.title}\n" for one in checks))
        return errors.OK
    known = _baseline(args)
    history.begin(args.root, "bench")
    runs.forget(args.root, *REPORTS.values())
    result = _bench(args, config, benchmark, checks, known, out)
    if args["write_baseline"]:
        return _write_baseline(args, result, out)
    _report(args, result, out)
    return result.exit_code


def _checks(args: Args, benchmark: str) -> tuple[Check, ...]:
    sections, ids = _split(args["section"]), _split(args["check"])
    if args["only_mine"] and not sections and not ids:
        sections = list(OF_RUNS)
    if args["recorded"] and args["host"]:
        raise UsageError("--from judges what was recorded, --host looks at hosts", "leave out one of them")
    return registry.choose(benchmark, ids, sections)


def _split(words: Sequence[str]) -> list[str]:
    return [part for word in words for part in word.split(",") if part]


def _kind(one: Check) -> str:
    return "manual   " if one.manual else "automated"


def _baseline(args: Args) -> baseline.Known | None:
    if not args["baseline"] or args["write_baseline"]:
        return None
    place = args.root / baseline.PLACE
    if not place.exists():
        raise ConfigError(f"there is no {baseline.PLACE}", "write it with `checks bench --write-baseline`")
    return baseline.parse(files.read_text(place))


def _bench(
    args: Args, config: Config, benchmark: str, checks: Sequence[Check], known: baseline.Known | None, out: Console
) -> Bench:
    start, clock = datetime.datetime.now().astimezone(), time.monotonic()
    looked = _look(args, out)
    seen = time.monotonic()
    policy = _policy(args, config)
    judged = [
        (one, () if one.facts is None else registry.judge(one.facts, checks, benchmark, policy)) for one in looked
    ]
    every = [judgement for _, some in judged for judgement in some]
    everything = not args["only_mine"] and not any(one.error for one in looked)
    replaced = gate.replaced(config.standins, [one.facts for one in looked if one.facts])
    today = start.date()
    gated = gate.apply(every, config.bench.waivers, today, benchmark, everything=everything, replaced=replaced)
    compared = baseline.compare(gated.judgements, known, benchmark) if known is not None else None
    hosts = tuple(_result(one, benchmark, gated.judgements, compared) for one in looked)
    return Bench(
        benchmark,
        hosts,
        start.isoformat(timespec="seconds"),
        time.monotonic() - clock,
        (Step("look", "ok", seen - clock), Step("judge", "ok", time.monotonic() - seen)),
        gated.expired,
        gated.unused,
        compared.gone if compared and everything and not (args["section"] or args["check"]) else 0,
        strict=args["strict"],
        fail_under=args["fail_under"],
        codes=tuple(one.code for one in looked),
    )


def _look(args: Args, out: Console) -> list[benching.Looked]:
    """Return the facts: what was recorded, else what is there now; write them where that is asked for."""
    recorded = args["recorded"]
    looked = (
        benching.recorded(recorded)
        if recorded
        else benching.look(args["host"], os.environ, out, Way(args["ssh_config"], args["sudo"]))
    )
    if args["snapshot"]:
        benching.record(args["snapshot"], [one.facts for one in looked if one.facts])
    run, root = os.environ.get("CHECKS_RUN", ""), str(args.root.resolve())
    mine = [replace(one, facts=benching.mine(one.facts, run, root)) for one in looked]
    if args["only_mine"]:
        return mine
    every, own = (sum(map(_containers, some)) for some in (looked, mine))
    if every > own and (args.root / ".git").exists():
        out.line(f"judged are all containers, {every}, of this repository {own}: --only-mine leaves the others out")
    return looked


def _containers(looked: benching.Looked) -> int:
    found = looked.facts.containers if looked.facts else ()
    return 0 if isinstance(found, Unknown) else len(found)


def _policy(args: Args, config: Config) -> Policy:
    named = [*(config.bench.trusted_users or ()), *_split(args["trusted_user"])]
    return Policy(tuple(named) if named or config.bench.trusted_users is not None else None)


def _result(
    looked: benching.Looked, benchmark: str, judgements: Sequence[Judgement], compared: baseline.Compared | None
) -> HostResult:
    mine = tuple(one for one in judgements if one.target == looked.target)
    known = {name for target, name in compared.known if target == looked.target} if compared else set()
    facts = looked.facts or Snapshot()
    about = {"version": facts.engine.version, "kind": facts.daemon.kind} if looked.facts else {}
    return HostResult(
        looked.target, benchmark, mine, about, facts.collected, facts.vanished, frozenset(known), looked.error
    )


def _write_baseline(args: Args, result: Bench, out: Console) -> int:
    if args["section"] or args["check"] or args["only_mine"] or any(host.error for host in result.hosts):
        raise UsageError(
            "a baseline is of everything", "leave out --section, --check and --only-mine, and reach every host"
        )
    written = baseline.written(result.judgements, result.benchmark)
    files.write_atomic(args.root / baseline.PLACE, written)
    out.result(f"{baseline.PLACE} holds {counted(written.count(chr(10) + '    {'), 'failure')}: commit it")
    return errors.OK


def _report(args: Args, result: Bench, out: Console) -> None:
    asked = {"section": args["section"], "check": args["check"], "only-mine": args["only_mine"]}
    reports = {
        "json": bench_json.bench(result, __version__, os.environ.get("CHECKS_RUN", ""), asked),
        "sarif": bench_sarif.bench(result, __version__),
        "junit": bench_junit.bench(result),
    }
    out.result(_said(args, result, reports))  # first: what was found is not lost where a report cannot be written
    for name, text in reports.items():
        files.write_report(args.root / "reports" / REPORTS[name], text)


def _said(args: Args, result: Bench, reports: dict[str, str]) -> str:
    if args["score"] and args.format == "text":
        return "\n".join(f"{host.target}: {host.error or benchwords.score(host)}" for host in result.hosts)
    if args.format in ("html", "github"):  # what is not written every time is not imported every time
        module = importlib.import_module(f"checks.report.bench_{args.format}")
        return str(module.bench(result))
    if args.format != "text":
        return reports[args.format]
    colour = args.output is None and is_coloured(os.environ)
    return bench_text.bench(result, colour=colour, quiet=args["quiet"])
