"""Malformed inputs in number: every suite of them with its share of N, and the sum of what they tried.

python tests/faults/malformed.py --malformed 2000
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from checks.host import proc
from checks.host.testing import notes

ROOT = Path(__file__).parents[2]
SUITES = ("tests/malformed", "tests/services/test_malformed.py")
LIMIT_SECONDS = 2700.0


def main(argv: Sequence[str]) -> int:
    """Run the suites and say what came of them; 0 where every input was answered as promised."""
    parser = argparse.ArgumentParser(description="Malformed files, arguments, configurations and requests.")
    parser.add_argument("--malformed", type=int, default=2000, metavar="N", help="how many inputs in all")
    parser.add_argument("--seed", type=int, default=0, help="Hypothesis's")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="checks-malformed-") as name:
        facts = Path(name) / "facts.json"
        words = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={given.seed}", *SUITES]
        env = {**os.environ, "CHECKS_MALFORMED": str(given.malformed), notes.VARIABLE: str(facts)}
        done = proc.run(words, cwd=ROOT, env=env, timeout=LIMIT_SECONDS, on_line=print)
        tried = notes.read(facts).get("malformed", {})
    said = ", ".join(f"{suite} {count}" for suite, count in sorted(tried.items()))
    print(f"{sum(tried.values())} malformed inputs ({said}): {'all answered' if done.ok else 'see the failures above'}")
    return int(not done.ok or sum(tried.values()) < given.malformed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
