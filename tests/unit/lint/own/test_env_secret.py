from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import found, lines

RULE = "secret-in-image"
TOKEN = "gh" + "p_" + "0123456789abcdef" * 2 + "abcd"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ENV DB_PASSWORD=hunter2", "DB_PASSWORD"),
        ("ENV DB_PASSWORD hunter2", "DB_PASSWORD"),
        ('ENV A=1 API_KEY="a b" B=2 SECRET=x1y2', "API_KEY, SECRET"),
        ("ENV A=1 \\\n    TOKEN=abc123", "TOKEN"),
        ("ARG TOKEN=abc123", "TOKEN"),
        (f"ARG X={TOKEN}", "X"),
        ("ENV URL=mysql://app:" + "hunter2@db/app", "URL"),
        ("ONBUILD ENV DB_PASSWORD=hunter2", "DB_PASSWORD"),
    ],
)
def test_a_secret_is_named_and_never_shown(text: str, names: str) -> None:
    (finding,) = found(RULE, f"FROM a\n{text}\n")
    assert finding.message.endswith(f"into the image: {names}")
    assert (finding.line, finding.secret) == (2, True)
    assert "hunter2" not in finding.message
    assert TOKEN not in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "ARG TOKEN",
        "ENV TOKEN=$TOKEN",
        "ENV TOKEN=${TOKEN:-}",
        "ENV DB_PASSWORD_FILE=/run/secrets/db",
        "ENV DB_PASSWORD=",
        "ENV MYSQL_ALLOW_EMPTY_PASSWORD=yes",
        "ARG SECRET_KEY=dummy",
        "ENV GPG_KEY=0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D",
        "ENV PYTHON_SHA256=3f7e1a0d",
        "LABEL password=hunter2",
        "RUN DB_PASSWORD=hunter2 x",
        "ENV",
    ],
)
def test_no_secret(text: str) -> None:
    assert found(RULE, f"FROM a\n{text}\n") == []


def test_arguments_before_the_first_stage_and_all_stages_count() -> None:
    assert lines(RULE, "ARG TOKEN=abc123\nFROM a AS x\nENV TOKEN=abc123\nFROM b\nCOPY --from=x / /\n") == [1, 3]
