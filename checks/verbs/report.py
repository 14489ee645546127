"""`checks report`: reports/index.html, one page of what the reports of a folder say; nothing is run for it."""

from __future__ import annotations

import argparse
from pathlib import Path

from checks import errors
from checks.args import Args
from checks.host import page
from checks.host.console import Console

FORMATS = ("text", "html")
SPOKEN = ("text",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument(
        "--reports", type=Path, metavar="DIR", help="the folder with the reports (default: reports, below the root)"
    )


def run(args: Args, out: Console) -> int:
    """Write the page into the folder, or with --format html to standard output; 0 whatever the reports say."""
    folder = args["reports"] or args.root / "reports"
    if args["reports"] and not folder.is_dir():
        raise errors.UsageError(
            f"--reports {folder} is no folder", "name the folder that holds lint.json or the others"
        )
    if args.format == "html":
        out.result(page.make(folder))
    else:
        out.line(f"• {page.write(folder)}")
    return errors.OK
