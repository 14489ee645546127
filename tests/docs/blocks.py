"""The commands in README and docs: what is between ```sh and ```, and how each wants to be run.

A comment above a block says how, in words separated by commas: `<!-- run: fresh, exit 1 -->`.

fresh             in an empty folder, which the blocks after it share
here              in a copy of this repository
long              by `nox -s docs` only: it builds, starts or installs
exit N            it ends with that code; several: with one of them
each              every line by itself, whatever the one before came to
refusal           up to its refusal: no engine can be reached, and it says so
by FILE           not here: FILE has the same commands, and is run by others
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = ("cis.md", "rules.md")
"""Pages that are made from the code, whose blocks are examples of files."""
_BLOCK = re.compile(r"(?:^<!-- run: (?P<how>[^\n]*) -->\n)?^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Commands of a page: the line they begin at, the words on how to run them, and themselves."""

    page: str
    line: int
    how: tuple[str, ...]
    text: str

    def has(self, word: str) -> bool:
        """Return whether the comment above says that word."""
        return word in self.how

    @property
    def codes(self) -> frozenset[int]:
        """The exit codes that it may end with."""
        said = [word.removeprefix("exit ") for word in self.how if word.startswith("exit ")]
        return frozenset(map(int, said[0].split())) if said else frozenset({0})

    @property
    def by(self) -> str:
        """The file that has the same commands, "" where it is run here."""
        return next((word.removeprefix("by ") for word in self.how if word.startswith("by ")), "")

    @property
    def commands(self) -> list[str]:
        """Its lines, without what is only said."""
        return [line for line in (re.sub(r"\s+#.*", "", line) for line in self.text.splitlines()) if line]


def pages() -> list[Path]:
    """Return README and every page of docs/ that people write."""
    return [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in MADE)]


def of(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return list(_blocks(page.relative_to(ROOT).as_posix(), text))


def _blocks(name: str, text: str) -> Iterator[Block]:
    for match in _BLOCK.finditer(text):
        how = tuple(word.strip() for word in (match["how"] or "").split(",") if word.strip())
        yield Block(name, text.count("\n", 0, match.start("text")), how, match["text"])
