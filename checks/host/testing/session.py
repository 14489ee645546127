"""pytest as `checks verify` runs it: where what it writes cannot be written, it says so in a line and not in a traceback.

Run as a script, by its path, not as a module: of a package that is imported before it begins pytest warns that it cannot rewrite
the assertions, and many a project makes errors of warnings.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest


def main(argv: Sequence[str]) -> int:
    """Run pytest and return its exit code, 1 where its report could not be written."""
    try:
        return int(pytest.main(list(argv)))
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        print(f"pytest could not write{place}: {error.strerror}", file=sys.stderr)
        return int(pytest.ExitCode.TESTS_FAILED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
