from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import found, lines

RULE = "image-label"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("FROM a\nRUN x\n", [1]),
        ("ARG X\nFROM a AS one\nLABEL a=b\nFROM b\n", [4]),
        ("FROM a\nLABEL a=b\n", []),
        ("FROM a AS base\nLABEL a=b\nFROM base AS mid\nFROM mid\n", []),
        ("FROM a\nMAINTAINER me\n", []),
        ("FROM a\nONBUILD LABEL a=b\n", []),
        ("# nothing\n", []),
        ("", []),
    ],
)
def test_the_last_stage_says_where_it_comes_from(text: str, at: list[int]) -> None:
    assert lines(RULE, text) == at


def test_it_fails_nobodys_run() -> None:
    assert str(found(RULE, "FROM a\n")[0].severity) == "info"
