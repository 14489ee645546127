"""README and docs: the commands that build, start and install, run by `nox -s docs` in the order of their pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import blocks
from tests.docs.reader import Reader

SECONDS = 1800.0
PAGES = {page: [one for one in blocks.of(page) if not one.by] for page in blocks.pages()}
LONG = [page for page, found in PAGES.items() if any(one.has("long") for one in found)]


@pytest.mark.parametrize("page", LONG, ids=lambda page: page.stem)
def test_what_a_page_says_is_what_happens(page: Path, tmp_path: Path) -> None:
    """All blocks, the quick ones too: the long ones stand on what those have made."""
    reader = Reader(tmp_path, seconds=SECONDS)
    for block in PAGES[page]:
        reader.run(block)
