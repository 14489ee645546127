"""`checks init`: a configuration, a noxfile and a first test for what is found in a repository; nothing is overwritten."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from checks import errors, starter
from checks.args import Args
from checks.host import files, git
from checks.host.console import Console
from checks.host.lint import inventory
from checks.host.tools import origin
from checks.repository import Repository
from checks.starter import Found, Wanted

SPOKEN = ("text",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("--keep", action="store_true", help="leave what is there as it is, and write the rest")
    parser.add_argument(
        "--package",
        metavar="WHAT",
        help="what noxfile.py has pip install (default: what this checks was installed from)",
    )


def run(args: Args, out: Console) -> int:
    """Write them; 2 where one of them is there already, and then nothing is written."""
    found = starter.survey(_repository(args.root, out))
    out.step(f"found in {args.root}")
    for line in starter.described(found):
        out.line(f"  {line}")
    package = args["package"] or origin.requirement()
    wanted = _wanted(args.root, found, package)
    if args["dry_run"]:
        out.result("\n".join(_shown(file) for file in wanted))
    refused = [file for file in wanted if file.there and not args["keep"]]
    if refused:
        raise _refusal(refused)
    if not args["dry_run"]:
        _write(args.root, [file for file in wanted if not file.there], out)
    for file in wanted:
        if file.there:
            out.line(f"= {file.path}: {file.there}")
    _say_next(found, package, out)
    return errors.OK


def _repository(root: Path, out: Console) -> Repository:
    listing = git.listing(root)
    if listing.warning:
        out.warn(listing.warning)
    return Repository.of(inventory.inventory(root, listing.paths))


def _wanted(root: Path, found: Found, package: str) -> list[Wanted]:
    """Look at the file system and not at git's list: what is ignored is not overwritten either."""
    texts = {name: _text(root / name) for name in ("pyproject.toml", "checks.toml")}
    places = [name for name in ("noxfile.py", starter.STARTER, starter.IGNORED) if os.path.lexists(root / name)]
    return starter.wanted(found, package, places, texts["pyproject.toml"], texts["checks.toml"])


def _text(path: Path) -> str | None:
    if not os.path.lexists(path):
        return None
    files.read_text(path)  # the error that a person understands
    return path.read_bytes().decode("utf-8")  # with its own line ends


def _shown(file: Wanted) -> str:
    does = f"not written, {file.there}" if file.there else "added to it" if file.append else "written"
    return f"===== {file.path} ({does})\n{file.text}"


def _refusal(refused: Sequence[Wanted]) -> errors.UsageError:
    said = [f"{file.path}: {file.there}" for file in refused]
    advice = "checks init --keep writes only what is not there yet; --dry-run shows the rest, to copy from"
    return errors.UsageError("nothing is written over", advice, said)


def _write(root: Path, wanted: Iterable[Wanted], out: Console) -> None:
    """Write new files first and what is added to one last; where one cannot be written, none of the new ones stays."""
    made: list[Path] = []
    try:
        for file in sorted(wanted, key=lambda file: file.append):
            path = root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if file.append else "x", encoding="utf-8", newline="") as target:
                made += [] if file.append else [path]
                target.write(file.text)
            out.line(f"✓ {file.path}{': [tool.checks] is added' if file.append else ''}", "green")
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _say_next(found: Found, package: str, out: Console) -> None:
    if origin.is_local(package):
        out.warn(
            f"noxfile.py installs checks from {package}, which other machines do not have: "
            "--package or the variable CHECKS_PACKAGE names another place"
        )
    out.step("next")
    for command in starter.next_commands(found, has_nox=shutil.which("nox") is not None):
        out.line(f"  {command}")
