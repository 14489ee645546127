"""`checks doctor`: what is there, what is missing, and the command that gets it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

from rich.console import Console as Rich
from rich.table import Table

from checks import __version__, errors
from checks.args import Args
from checks.config import Config
from checks.host import cache, files
from checks.host.console import Console
from checks.host.docker import embedded, engine
from checks.host.lint import toolsight
from checks.host.tools import packages
from checks.report.plain import plain

VARIABLES: Mapping[str, str] = {
    "DOCKER_HOST": "found by itself",
    "DOCKERHUB_LOGIN": "not set",
    "CHECKS_OFFLINE": "automatic",
    "CHECKS_REGISTRY": "the engine's own",
    "CHECKS_STATE": "/var/lib/checks",
    "CHECKS_CACHE": "",
    "CHECKS_LOG_DRIVER": "json-file",
    "CHECKS_LOG_OPTS": "max-size=10m,max-file=3",
    "CHECKS_RUN": "made anew by every command",
}
"""What `checks` itself reads, whatever the repository, and what it is where it is not set."""
COMMANDS: Mapping[str, str] = {
    "git": "git",
    "dockerd": "docker.io",
    "iptables": "iptables",
    "ip": "iproute2",
    "ss": "iproute2",
    "ps": "procps",
    "nsenter": "util-linux",
    "mmdebstrap": "mmdebstrap",
}

WIDTH = 100
"""Characters of a line of the table where nobody watches: what a page of a CI log, or an issue, has room for."""
NARROW = (17, 26, 47)
"""Those of its three columns; the rest is lines and blanks between them."""

FORMATS = ("text", "json")


@dataclass(frozen=True)
class Row:
    """One line: what, its value, where that comes from, and what to do where something is missing."""

    what: str
    value: str
    source: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options: none."""
    del parser


def run(args: Args, out: Console) -> int:
    """Show it as a table, or as JSON; 3 where there is no engine and none can be started here, else 0."""
    config = files.load_config(args.root)
    rows = [*_system(), *_engine(), *_commands(), *_tools(out), *_variables(args, config)]
    if args.format == "json":
        out.result(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        out.result(_table(rows, sys.stdout.isatty() and args.output is None))
    return (
        errors.NO_ENGINE
        if any(row.what == "engine" and row.value == "none" and row.advice for row in rows)
        else errors.OK
    )


def _system() -> Iterator[Row]:
    yield Row("checks", __version__, "this package")
    yield Row("python", platform.python_version(), sys.executable)
    yield Row("system", platform.platform(), f"uid {os.geteuid()}")


def _engine() -> Iterator[Row]:
    try:
        found = engine.find()
    except errors.NoEngineError as error:
        yield Row("engine", "none", str(error), error.advice)
        return
    if found is not None:
        yield Row("engine", f"{found.kind} {found.version}", found.host)
    elif sys.platform == "linux" and os.geteuid() == 0:
        yield Row("engine", "not running", "the embedded one is started when it is needed (checks engine up)")
    else:
        yield Row("engine", "none", "none answers", "start Docker, set DOCKER_HOST, or run as root on Linux")


def _commands() -> Iterator[Row]:
    for name, package in COMMANDS.items():
        place = packages.which(name)
        advice = "" if place else f"apt-get install {package} (checks does so when it needs it, as root)"
        yield Row(name, "there" if place else "missing", place or "", advice)


def _tools(out: Console) -> Iterator[Row]:
    for tool in toolsight.all_of_them(out):
        yield Row(tool.name, tool.version or "not there", tool.place, tool.advice)


def _variables(args: Args, config: Config) -> Iterator[Row]:
    """Yield the variables that `checks` reads, and those that this repository's configuration names."""
    defaults = {
        **VARIABLES,
        "CHECKS_STATE": str(embedded.Place.of(os.environ).state.parent),
        "CHECKS_CACHE": str(cache.root()),
    }
    for name in dict.fromkeys((*config.versions, *config.variables, *defaults)):
        if os.environ.get(name):
            yield Row(name, os.environ[name], "environment")
        elif name in config.versions:
            yield Row(name, files.read_first_line(args.root / config.versions[name]), config.versions[name])
        elif name in config.variables:
            yield Row(name, config.variables[name], config.source)
        else:
            yield Row(name, defaults[name], "default")
    yield Row("configuration", config.source, str(args.root))


def _table(rows: list[Row], terminal: bool) -> str:
    """Return the table: as wide as the terminal; where nobody watches, WIDTH, and what is longer goes on below."""
    heads = ("", "value", "from", "to do") if terminal else ("", "value", "from, and what to do")
    table = Table(*heads, show_lines=False, expand=False)
    for column, wide in zip(table.columns, (None,) * 4 if terminal else NARROW, strict=False):
        column.overflow, column.width = "fold", wide
    for row in (Row(*map(plain, astuple(row))) for row in rows):  # a configuration must not draw on the screen
        cells = astuple(row) if terminal else _narrow(row)
        table.add_row(*cells, style="yellow" if row.advice else "")
    rich = Rich(highlight=False, markup=False, emoji=False, force_terminal=terminal, width=None if terminal else WIDTH)
    with rich.capture() as said:
        rich.print(table)
    return "\n".join(line.rstrip() for line in said.get().splitlines())


def _narrow(row: Row) -> tuple[str, str, str]:
    """Return a row's cells for WIDTH: what is longer is broken between words and folders, the advice is below the place."""
    place = " ".join(map(_from_home, row.source.split(" ")))
    advice = f"→ {row.advice}" if row.advice else ""
    return (
        row.what,
        _broken(row.value, NARROW[1]),
        "\n".join(_broken(said, NARROW[2]) for said in (place, advice) if said),
    )


def _from_home(word: str) -> str:
    """Return a path that lies in the user's own folder as `~/…`."""
    home = f"{Path.home()}/"
    return f"~/{word.removeprefix(home)}" if word.startswith(home) else word


def _broken(said: str, width: int) -> str:
    lines = [""]
    for part in re.findall(r"/?[^/ ]+ *|/ *| +", said):
        if lines[-1] and len(lines[-1]) + len(part.rstrip(" ")) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip(" ") for line in lines)
