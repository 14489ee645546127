"""Texts for terminals: what is counted in words."""

from __future__ import annotations

import pytest

from checks.report.plain import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("image",), "0 images"),
        (1, ("image",), "1 image"),
        (2, ("image",), "2 images"),
        (1, ("entry is", "entries are"), "1 entry is"),
        (3, ("entry is", "entries are"), "3 entries are"),
    ],
)
def test_one_is_no_plural(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
