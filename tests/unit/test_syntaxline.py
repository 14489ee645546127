"""The line that names who is to read a Dockerfile: found where it counts, and taken away without moving another."""

from __future__ import annotations

import pytest

from checks import syntaxline


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("# syntax=docker/dockerfile:1\nFROM a\n", "docker/dockerfile:1"),
        ("#Syntax = docker/dockerfile:1.7-labs  \r\nFROM a\n", "docker/dockerfile:1.7-labs"),
        ("\ufeff# syntax=x:1\nFROM a\n", "x:1"),
        ("# escape=`\n# syntax=x:1\nFROM a\n", "x:1"),
        ("#!/usr/bin/env docker\n# syntax=x:1\nFROM a\n", "x:1"),
        ("# a comment\n# syntax=x:1\nFROM a\n", ""),
        ("\n# syntax=x:1\nFROM a\n", ""),
        ("FROM a\n# syntax=x:1\n", ""),
        ("", ""),
    ],
)
def test_it_counts_where_nothing_but_directives_is_before_it(text: str, image: str) -> None:
    assert syntaxline.image(text) == image


def test_without_it_other_directives_still_count_and_instructions_keep_their_lines() -> None:
    text = "#!/x\n# syntax=x:1\n# escape=`\n# why\nFROM a\nRUN b\n"
    plain = syntaxline.without(text)
    assert plain == "#!/x\n# escape=`\n# read by the builder itself\n# why\nFROM a\nRUN b\n"
    assert syntaxline.image(plain) == ""


def test_what_names_nobody_stays_as_it_is() -> None:
    for text in ("FROM a\n", "# escape=`\nFROM a\n", ""):
        assert syntaxline.without(text) == text
