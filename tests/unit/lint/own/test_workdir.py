from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import found, lines

RULE = "workdir-absolute"


@pytest.mark.parametrize(
    "text",
    [
        "ENV APP=app\nWORKDIR $APP",
        "ENV APP app\nWORKDIR ${APP}/x",
        "ARG APP=app\nWORKDIR $APP",
        "ENV A=x\nENV B=$A/y\nWORKDIR $B",
        'ENV APP=app\nWORKDIR "$APP"',
        "ENV APP=./app\nWORKDIR $APP",
        "ENV APP=app\nWORKDIR ${APP:-/app}",
    ],
)
def test_a_folder_that_becomes_relative(text: str) -> None:
    assert len(found(RULE, f"FROM debian\n{text}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "ENV APP=/app\nWORKDIR $APP",
        "WORKDIR $APP",
        "WORKDIR ${APP:-app}",
        "ARG APP\nWORKDIR $APP",
        "ENV APP=app\nWORKDIR /srv/$APP",
        "ENV APP=$BASE/app\nWORKDIR $APP",
        "ENV APP=C:\\app\nWORKDIR $APP",
        "ENV APP=c:/app\nWORKDIR $APP",
        "WORKDIR app",
        "WORKDIR /app",
        "ONBUILD WORKDIR /app",
        "ENV APP=\nWORKDIR $APP",
    ],
)
def test_a_folder_that_is_absolute_or_unknown_or_hadolints(text: str) -> None:
    assert found(RULE, f"FROM debian\n{text}\n") == []


def test_what_stands_below_or_in_another_stage_does_not_count() -> None:
    assert lines(RULE, "FROM a\nWORKDIR $APP\nENV APP=app\n") == []
    assert lines(RULE, "FROM a AS one\nENV APP=app\nFROM b\nWORKDIR $APP\n") == []
    assert lines(RULE, "FROM a AS one\nENV APP=app\nFROM one\nWORKDIR $APP\n") == [4]
    assert lines(RULE, "ARG APP=app\nFROM a\nWORKDIR $APP\nARG APP\nWORKDIR $APP\n") == [5]


def test_the_message_says_what_it_becomes() -> None:
    (finding,) = found(RULE, "FROM a\nENV APP=app\nWORKDIR $APP/x\n")
    assert "$APP/x is app/x" in finding.message


def test_onbuild() -> None:
    assert lines(RULE, "FROM a\nONBUILD WORKDIR app\n") == [2]
