"""`checks verify`: start a stack of its own beside whatever runs, assert against it with pytest, remove it."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks import errors, redact
from checks.args import Args, report_name, seconds
from checks.config import Config
from checks.host import console, files, history, identity, interrupts
from checks.host import run as runs
from checks.host.docker import compose as host_compose
from checks.host.docker import containers, engines, evidence, stack
from checks.host.docker.engine import Engine
from checks.host.images import builder
from checks.host.testing import testrun
from checks.host.tools import packages
from checks.report import cases
from checks.report import history as lines
from checks.report.plain import counted

VERIFY_SECONDS = 1800.0
REMOVE_SECONDS = 60.0
HUNG_REMOVE_SECONDS = 10.0
TOOLS = {"nsenter": "util-linux", "ps": "procps", "ss": "iproute2", "ip": "iproute2"}

FORMATS = ("text", "json", "junit")
SPOKEN = ("text",)
REPORTS = {"json": "{}.json", "junit": testrun.JUNIT}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument(
        "--wait", type=seconds, metavar="S", help="seconds until all must be healthy (default: configured)"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=VERIFY_SECONDS, metavar="S", help="seconds for all assertions"
    )
    parser.add_argument(
        "--as", type=report_name, default=testrun.NAME, dest="name", metavar="NAME", help="what its reports are called"
    )
    parser.add_argument("tests", nargs="*", metavar="PYTEST", help="handed to pytest (after --): files, -k, -x …")


def run(args: Args, out: console.Console) -> int:
    """Verify; 0 when every assertion held, 1 when one did not or none ran."""
    config = files.load_config(args.root)
    name = args["name"]
    history.begin(args.root, lines.called("verify", name))
    runs.forget(args.root, *(report.format(name) for report in REPORTS.values()), f"evidence/{name}")
    if "--pyargs" not in args["tests"] and not _exists(args.root, [*config.tests, *args["tests"]]):
        host_compose.find(args.root, config)  # who has no stack at all needs no tests first
        raise errors.FailedError(
            f"there is nothing to assert: no {', '.join(config.tests)}",
            "make it, or name a folder with `tests` in checks.toml",
        )
    try:
        return _verify(args, config, out)
    finally:  # a failure is what a report is for
        report = args.root / "reports" / REPORTS.get(args.format, "").format(name)
        if report.is_file():
            out.result(report.read_text(encoding="utf-8"))


def _verify(args: Args, config: Config, out: console.Console) -> int:
    engine = engines.need(out)
    if engine.is_here:
        packages.ensure(TOOLS, out)
    with runs.begin(args.root) as run, contextlib.closing(engine.client()) as client:
        project = f"checks-{run.id}"
        case = evidence.Case(args["name"], run, engine, project)
        facts: dict[str, Any] = {
            "engine": {"kind": engine.kind, "version": engine.version},
            "ok": False,
            "state": "started",
            "asked": list(args["tests"]),
            "steps": [],
        }
        with evidence.kept(case, out), _step(run, facts, "build"):
            compose, standins = _built(args.root, config, engine, out, run)
        limit = args["wait"] or config.ready_seconds
        wanted = stack.Wanted(compose, standins, project, identity.owner(), limit, True, config.secrets)
        with (
            _reported(case.name, run, facts),
            _removed(engine, project, out, run, facts),
            containers.noted(case, facts),
        ):
            out.step(f"starting {project}, {limit:.0f} s for all of it to be healthy")
            with evidence.kept(case, out):
                with _step(run, facts, "start"):
                    started = stack.start(wanted, engine, client, run, out)
                facts["services"] = _services(started, out)
                with _step(run, facts, "assertions"):
                    code = _assert(args, config, engine, run, started, standins, facts)
                _say_notes(facts, out)
                if code != errors.OK:
                    raise errors.FailedError(
                        "not every assertion held",
                        f"see above, and {run.reports / REPORTS['junit'].format(args['name'])}",
                    )
        out.line("the stack is verified and removed", "green")
    return errors.OK


def _built(
    root: Path, config: Config, engine: Engine, out: console.Console, run: runs.Run
) -> tuple[host_compose.Compose, Mapping[str, str]]:
    """Build, unless the build session of this very run has just done so."""
    last = runs.read_report(root, "build")
    if last.get("run") == run.id and last.get("ok") and not last.get("asked"):
        return host_compose.open_project(root, config, engine, out), dict(last["standins"])
    built = builder.make(root, config, engine, out, run)
    if not built.ok:
        raise errors.FailedError("nothing to verify: not every image could be built")
    return built.compose, built.standins


@contextlib.contextmanager
def _reported(name: str, run: runs.Run, facts: dict[str, Any]) -> Iterator[None]:
    """Write reports/<name>.json whatever happens; it says ok only when the block was left in peace."""
    try:
        yield
        facts.update(ok=True, state="passed")
    except BaseException as error:
        facts.update(state="interrupted" if interrupts.caused(error) else "failed", message=redact.masked(str(error)))
        raise
    finally:
        run.report(name, facts)


@contextlib.contextmanager
def _step(run: runs.Run, facts: dict[str, Any], name: str) -> Iterator[None]:
    """Note when a part of the run began, how long it took, in seconds, and whether it came to its end."""
    entry: dict[str, Any] = {"name": name, "began": round(time.monotonic() - run.begun, 3), "state": "ended"}
    facts["steps"].append(entry)
    try:
        yield
    except BaseException as error:
        entry["state"] = "interrupted" if interrupts.caused(error) else "failed"
        raise
    finally:
        entry["seconds"] = round(time.monotonic() - run.begun - entry["began"], 3)


@contextlib.contextmanager
def _removed(
    engine: Engine, project: str, out: console.Console, run: runs.Run, facts: dict[str, Any]
) -> Iterator[None]:
    """Remove the stack however the block is left, over a connection of its own: ours may be what broke."""
    try:
        yield
    except errors.NoEngineError:
        with interrupts.held():  # it may have come back; if not, that is said already
            try:
                with _step(run, facts, "remove"):
                    _remove(engine, project, out, HUNG_REMOVE_SECONDS)
            except Exception as error:
                out.warn(f"what this run started is still there ({type(error).__name__}): checks clean removes it")
        raise
    except BaseException:
        with interrupts.held(), _step(run, facts, "remove"):
            _remove(engine, project, out, REMOVE_SECONDS)
        raise
    with interrupts.held(), _step(run, facts, "remove"):
        _remove(engine, project, out, REMOVE_SECONDS)


def _remove(engine: Engine, project: str, out: console.Console, limit: float) -> None:
    started = time.monotonic()
    with contextlib.closing(engine.client(limit)) as client:
        gone = stack.remove(client, project)
    out.line(f"removed {counted(len(gone), 'object')} in {time.monotonic() - started:.1f} s")


def _services(started: stack.Started, out: console.Console) -> dict[str, Any]:
    for service, took in sorted(started.ready.items(), key=lambda item: item[1]):
        out.line(f"✓ {service}: ready after {took:.1f} s", "green")
    return {service: {"ready_seconds": took} for service, took in started.ready.items()}


def _assert(
    args: Args,
    config: Config,
    engine: Engine,
    run: runs.Run,
    started: stack.Started,
    standins: Mapping[str, str],
    facts: dict[str, Any],
) -> int:
    """Run pytest against the stack; its words go straight to the terminal."""
    chosen = list(args["tests"])
    paths = [] if _exists(args.root, chosen) else list(config.tests)
    told = {"project": started.project, "resolved": started.resolved, "standins": dict(standins)}
    say = _say if args.format == "text" else _say_aside
    ran = testrun.run(
        testrun.Wanted((*paths, *chosen), args.root, args["timeout"], told, say, args["name"]), engine, run
    )
    done = ran.done
    facts["assertions"] = {"seconds": round(done.seconds, 2), "exit": done.code, "timed_out": done.timed_out}
    facts.update(ran.noted)
    facts.update(cases.read((run.reports / testrun.JUNIT.format(args["name"])).read_text(encoding="utf-8")))
    if done.timed_out:
        raise errors.FailedError(
            f"the assertions did not end within {args['timeout']:.0f} s", "raise --timeout, or see what hangs"
        )
    if done.code == 5:
        raise errors.FailedError(
            "no assertion ran", f"put tests into {', '.join(config.tests)}, or name their folder in the configuration"
        )
    return errors.OK if done.code == 0 else errors.FAILED


def _exists(root: Path, words: Sequence[str]) -> bool:
    """Return whether any of pytest's words is a file or folder, or a test in one."""
    return any((root / word.partition("::")[0]).exists() for word in words)


def _say_notes(facts: Mapping[str, Any], out: console.Console) -> None:
    """Say what the assertions noted: how containers were entered, and figures in seconds by service."""
    taken = facts.get("connection")
    if taken:
        out.line(f"containers were entered by {taken['route']}: {taken['why']}")
    for name in [name for name in facts if name.startswith("seconds_to_")]:
        figures = ", ".join(f"{service} {took:.2f}" for service, took in facts[name].items())
        out.line(f"{name.replace('_', ' ')}: {figures}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_aside(line: str) -> None:
    """Standard output is for the report that was asked for."""
    sys.stderr.write(line + "\n")
