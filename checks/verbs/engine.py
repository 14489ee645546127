"""`checks engine up|down|status|env`."""

from __future__ import annotations

import argparse
import json
import os

from checks import errors
from checks.args import Args
from checks.host.console import Console
from checks.host.docker import embedded, engine, labels

FORMATS = ("text", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument("what", choices=("up", "down", "status", "env"), help="what to do with it")
    parser.add_argument("--force", action="store_true", help="down: also while a run uses it")


def run(args: Args, out: Console) -> int:
    """Do it; 3 where there is no engine to speak of."""
    if (args["what"] != "status" and args.format != "text") or (args["what"] in ("up", "down") and args.output):
        raise errors.UsageError(f"engine {args['what']} has no result to write", "leave out --format and --output")
    actions = {"up": _up, "down": _down, "status": _status, "env": _env}
    return actions[args["what"]](args, out)


def _up(_args: Args, out: Console) -> int:
    found = engine.find() or embedded.up(os.environ, out)
    out.line(f"the engine is up: {found.kind}, {found.version}, {found.host}", "green")
    return errors.OK


def _down(args: Args, out: Console) -> int:
    place = embedded.Place.of(os.environ)
    if embedded.supervisor(place) is None and not place.run.exists():
        out.line("no embedded engine is running")
        return errors.OK
    if not args["force"]:
        _refuse_while_used(place)
    left = embedded.down(os.environ)
    if left:
        raise errors.FailedError("the engine is down, but something of it is left", "remove it by hand", left)
    out.line("the embedded engine is down; images and build cache are kept", "green")
    return errors.OK


def _refuse_while_used(place: embedded.Place) -> None:
    if embedded.supervisor(place) is None:
        return
    users = labels.live_runs(engine.Engine("embedded", place.host, ""))
    if users:
        raise errors.FailedError(
            f"the engine is used by {', '.join(users)}",
            "wait for it, stop it (`checks down`), or say --force",
        )


def _status(args: Args, out: Console) -> int:
    found = _existing()
    facts = {"kind": found.kind, "host": found.host, "version": found.version}
    if args.format == "json":
        out.result(json.dumps(facts))
    else:
        out.result(f"{found.kind} engine {found.version} at {found.host}")
    return errors.OK


def _env(_args: Args, out: Console) -> int:
    out.result(f"export DOCKER_HOST='{_existing().host}'")
    return errors.OK


def _existing() -> engine.Engine:
    found = engine.find()
    if found is None:
        raise errors.NoEngineError("no Docker engine is running", "checks engine up")
    return found
