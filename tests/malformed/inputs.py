"""How many malformed inputs there are to be: CHECKS_MALFORMED in all, of which each suite has its share.

`nox -s faults -- --malformed 2000` runs all suites with that many and adds up what they noted.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

from checks.host.testing import notes

VARIABLE = "CHECKS_MALFORMED"
DEFAULT = 240
SHARES = {"arguments": 25, "configuration": 20, "compose": 10, "files": 15, "requests": 30}
"""Per cent."""
CODES = frozenset({0, 1, 2, 3, 4, 130})
"""The exit codes of the table, but 70: that is a bug."""


def share(suite: str) -> int:
    """Return how many inputs a suite is to make."""
    return max(1, int(os.environ.get(VARIABLE) or DEFAULT) * SHARES[suite] // 100)


def counted(suite: str, count: int) -> None:
    """Note that a suite has tried so many inputs, more than it had before."""
    place = os.environ.get(notes.VARIABLE)
    if place:
        from pathlib import Path

        before = notes.read(Path(place)).get("malformed", {}).get(suite, 0)
        notes.note("malformed", {suite: before + count})


def mutations(seed: int, samples: list[bytes], count: int) -> Iterator[bytes]:
    """Return `count` damaged copies of good samples: cut, doubled, with bytes changed, swapped or put in."""
    dice = random.Random(seed)  # noqa: S311  a seed, to be repeated
    odd = [
        b"\0",
        b"\xff",
        b"\r",
        b"\n",
        b"{",
        b"}",
        b"[",
        b"'",
        b'"',
        b"$",
        b"%",
        b"\t",
        b"\\",
        b"9" * 400,
        b"&a",
        b"!!python/",
    ]
    for _ in range(count):
        text = bytearray(dice.choice(samples))
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(text) + 1)
            what = dice.randrange(5)
            if what == 0:
                del text[at:]
            elif what == 1:
                text[at:at] = dice.choice(odd)
            elif what == 2:
                text[at : at + dice.randint(1, 20)] = b""
            elif what == 3:
                text[at:at] = text[at : at + dice.randint(1, 200)] * dice.randint(1, 3)
            else:
                text[at : at + 1] = bytes([dice.randrange(256)])
        yield bytes(text)
