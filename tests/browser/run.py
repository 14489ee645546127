"""The browser suite's front door: a browser that is there, then `checks verify` with tests/browser against its own stack.

`--pictures` copies the pictures that a green run has made to docs/pictures; all other words are pytest's.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from checks import errors
from checks.__main__ import main as checks
from checks.host.console import Console
from checks.host.tools import packages

ROOT = Path(__file__).parents[2]
SUITE = "tests/browser"
HOME = "BROWSER_HOME"
"""Names the folder for what the browser keeps of its own while it runs."""
CHROMIUM = {"chromium": "chromium"}


def main(argv: Sequence[str]) -> int:
    """Run the suite and return the exit code of `checks verify`; 4 where there is no browser and none can be had."""
    out = Console()
    try:
        packages.ensure(CHROMIUM, out)
    except errors.ChecksError as error:
        out.failure(str(error), error.advice, error.details)
        return error.code
    words = [word for word in argv if word != "--pictures"]
    places = [] if any((ROOT / word.partition("::")[0]).exists() for word in words) else [SUITE]
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as home:
        os.environ[HOME] = home
        code = checks(["verify", "--root", str(ROOT), "--as", "browser", "--", *places, *words])
    if code == errors.OK and "--pictures" in argv:
        (ROOT / "docs/pictures").mkdir(exist_ok=True)
        for picture in sorted((ROOT / "reports/pictures").glob("*.png")):
            shutil.copyfile(picture, ROOT / "docs/pictures" / picture.name)
            out.line(f"docs/pictures/{picture.name}: {picture.stat().st_size / 1000:.0f} kB")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
