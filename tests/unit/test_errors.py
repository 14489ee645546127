"""Exit codes: which one stands for several."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import errors

CLASSES = {
    errors.UsageError: 2,
    errors.ConfigError: 2,
    errors.NoEngineError: 3,
    errors.MissingToolError: 4,
    errors.FailedError: 1,
}


def test_classes_have_the_codes_of_the_contract() -> None:
    assert {kind: kind.code for kind in CLASSES} == CLASSES


@pytest.mark.parametrize(("first", "second"), [*itertools.combinations((130, 70, 2, 3, 4, 1, 0), 2)])
def test_the_first_of_the_contract_wins(first: int, second: int) -> None:
    assert errors.worst([second, first]) == errors.worst([first, second]) == first


@pytest.mark.parametrize(("codes", "expected"), [([], 0), ([0, 0], 0), ([5], 1), ([-9, 0], 1), ([5, 3], 3)])
def test_nothing_is_clean_and_a_strange_code_is_a_failure(codes: list[int], expected: int) -> None:
    assert errors.worst(codes) == expected


@given(st.lists(st.integers(-64, 255)))
def test_clean_only_where_all_are(codes: list[int]) -> None:
    assert (errors.worst(codes) == 0) == all(code == 0 for code in codes)


def test_an_error_keeps_its_advice_and_details() -> None:
    error = errors.FailedError("what", "do this", iter(["one", "two"]))
    assert (str(error), error.advice, error.details) == ("what", "do this", ("one", "two"))
