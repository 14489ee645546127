"""Every test that docs/promises.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`(tests/[\w/]+(?:\.py)?)[`:]", TEXT)))
FUNCTIONS = sorted(set(re.findall(r"\b(test_\w+)`", TEXT)))
FILES = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_is_named_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_test_that_is_named_is_there(name: str) -> None:
    assert any(f"def {name}(" in path.read_text(encoding="utf-8") for path in FILES.values())


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+\.py)", TEXT))))
def test_a_file_that_is_named_in_short_is_there(name: str) -> None:
    assert name in FILES


def test_it_names_many() -> None:
    assert len(PLACES) > 20
    assert len(FUNCTIONS) > 10
