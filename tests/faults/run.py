"""The fault suite's front door: `nox -s faults -- --count N | --writes N | --malformed N …`, each a module beside this one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

DRIVERS = {"--count": "faulty", "--writes": "writes", "--malformed": "malformed"}


def main(argv: Sequence[str]) -> int:
    """Hand the arguments to the driver that knows the first option."""
    option = next((word.partition("=")[0] for word in argv if word.partition("=")[0] in DRIVERS), "")
    if not option:
        print(f"name one of {', '.join(DRIVERS)} with a number", file=sys.stderr)
        return 2
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    return int(importlib.import_module(DRIVERS[option]).main(argv))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
