"""Which images are Debian's, and what decides what is in them."""

from __future__ import annotations

import dataclasses

import pytest

from checks.host.images import bootstrap


@pytest.mark.parametrize(
    ("version", "suite", "slim"),
    [
        ("trixie-slim", "trixie", True),
        ("trixie", "trixie", False),
        ("13-slim", "trixie", True),
        ("12", "bookworm", False),
        ("bookworm-slim", "bookworm", True),
        ("forky", "forky", False),
        ("sid-slim", "sid", True),
        ("stable", "stable", False),
        ("latest", "stable", False),
    ],
)
def test_debians_names(version: str, suite: str, slim: bool) -> None:
    assert bootstrap.base_of("debian", version) == bootstrap.Base(suite, slim, "amd64")


@pytest.mark.parametrize(
    ("repository", "version"),
    [
        ("debian", "trixie-20250520-slim"),
        ("debian", "12.5"),
        ("debian", "jammy"),
        ("ubuntu", "trixie"),
        ("a/debian", "13"),
    ],
)
def test_what_cannot_be_made(repository: str, version: str) -> None:
    assert bootstrap.base_of(repository, version) is None


def test_the_engines_word_for_its_architecture_becomes_debians() -> None:
    assert bootstrap.base_of("debian", "13", "aarch64") == bootstrap.Base("trixie", False, "arm64")


def test_the_key_changes_with_all_that_decides() -> None:
    base = bootstrap.Base("trixie", True, "amd64")
    others = [
        dataclasses.replace(base, **change) for change in ({"suite": "sid"}, {"slim": False}, {"architecture": "arm64"})
    ]
    keys = {one.key for one in (base, *others)}
    assert len(keys) == 4
    assert bootstrap.Base("trixie", True, "amd64").key == base.key
