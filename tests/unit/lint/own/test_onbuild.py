from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import lines

RULE = "onbuild-tag"
TEXT = "FROM a\nONBUILD COPY . /app\nONBUILD RUN x\n"


def test_an_image_that_nobody_knows_by_its_name() -> None:
    assert lines(RULE, TEXT) == [2]
    assert lines(RULE, TEXT, "app.Dockerfile") == [2]


@pytest.mark.parametrize(
    "path", ["Dockerfile.onbuild", "22/onbuild/Dockerfile", "Dockerfile-OnBuild", "onbuild.Dockerfile"]
)
def test_a_file_that_says_so(path: str) -> None:
    assert lines(RULE, TEXT, path) == []


def test_a_stage_or_a_label_that_says_so() -> None:
    assert lines(RULE, "FROM a AS app-onbuild\nONBUILD RUN x\n") == []
    assert lines(RULE, 'FROM a\nLABEL tag="app:1-onbuild"\nONBUILD RUN x\n') == []


def test_a_stage_that_is_only_for_the_file_itself() -> None:
    assert lines(RULE, "FROM a AS base\nONBUILD RUN x\nFROM base\nRUN y\n") == []
    assert lines(RULE, "FROM a AS base\nFROM base\nONBUILD RUN x\n") == [3]
    assert lines(RULE, "FROM a AS one\nONBUILD RUN x\nFROM b\nRUN y\n") == [2]
