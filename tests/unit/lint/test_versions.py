from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import versions


@pytest.mark.parametrize(
    ("constraint", "version", "allowed"),
    [
        ("~> 2.5", (2, 9, 0), True),
        ("~> 2.5", (3, 0, 0), False),
        ("~> 2.5.1", (2, 5, 9), True),
        ("~> 2.5.1", (2, 6, 0), False),
        ("~> 2", (2, 9, 9), True),
        ("~> 2", (3, 0, 0), False),
        (">= 1.0, < 2", (1, 9, 0), True),
        (">= 1.0, < 2", (2, 0, 0), False),
        ("1.4.0", (1, 4, 0), True),
        ("= 1.4", (1, 4, 1), False),
        ("!= 1.4", (1, 4, 0), False),
        ("> 1", (1, 0, 0), False),
        ("<= 1.2.3", (1, 2, 3), True),
        (">= 1.2.0-beta1", (1, 2, 0), True),
        ("v1.0", (1, 0, 0), True),
        ("", (9, 9, 9), True),
        ("nonsense", (1, 0, 0), True),
    ],
)
def test_constraints(constraint: str, version: tuple[int, ...], allowed: bool) -> None:
    assert versions.allows(constraint, version) is allowed


def test_a_version_is_read() -> None:
    assert versions.parse("v6.50.0+x") == (6, 50, 0)
    assert versions.parse("none") == ()


@given(st.text(alphabet="0123456789.<>=!~, v-"), st.lists(st.integers(0, 99), max_size=4))
def test_any_text_is_a_constraint(constraint: str, version: list[int]) -> None:
    assert versions.allows(constraint, tuple(version)) in (True, False)
