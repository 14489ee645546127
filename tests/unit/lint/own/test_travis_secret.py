"""Tokens are put together here, so that no scanner finds them in this file."""

from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import found, lines

RULE = "travis-secret"
TOKEN = "abcdefghij" + "0123456789" + "ABCD"
ENCRYPTED = "q8Pa1UIGeXyyBLnTpy3LdlhX7KVhmHoNsVPXkZVuh+5Jz5ZFiS3Yg=="


@pytest.mark.parametrize(
    "text",
    [
        f"notifications:\n  slack: team:{TOKEN}",
        f"notifications:\n  slack: team:{TOKEN}#channel_name",
        f"notifications:\n  slack:\n    rooms:\n      - team:{TOKEN}#channel",
        f"notifications:\n  slack:\n    rooms: team:{TOKEN}",
        f"notifications:\n  slack:\n    - '{TOKEN}'",
        f"notifications:\n  hipchat:\n    rooms:\n      - {TOKEN}@room name",
        f"notifications:\n  campfire: sub:{TOKEN}@room",
        f"notifications:\n  flowdock: {TOKEN}",
        f"notifications:\n  pushover:\n    api_key: {TOKEN}",
        "deploy:\n  provider: pypi\n  password: hunter2",
        f"deploy:\n  - provider: s3\n    secret_access_key: {TOKEN}",
        f"env:\n  global:\n    - A=1 GH_TOKEN={TOKEN}",
        f"env:\n  GH_TOKEN: {TOKEN}",
    ],
)
def test_a_token_in_plain_text(text: str) -> None:
    (finding,) = found(RULE, f"language: python\n{text}\n", ".travis.yml")
    assert finding.line == 1 + len(text.split("\n"))
    assert finding.secret
    assert TOKEN not in finding.message


@pytest.mark.parametrize(
    "text",
    [
        f"notifications:\n  slack:\n    secure: {ENCRYPTED}",
        f"notifications:\n  slack:\n    rooms:\n      - secure: {ENCRYPTED}\n    on_success: always",
        "notifications:\n  slack: $SLACK_ROOM",
        "notifications:\n  email: false",
        "notifications:\n  irc: irc.example.org#chan",
        "notifications:\n  slack:\n    template:\n      - '%{repository_slug}'\n    on_success: never",
        f"deploy:\n  password:\n    secure: {ENCRYPTED}",
        "deploy:\n  provider: pypi\n  password: $PYPI_PASSWORD",
        "env:\n  - DB_PASSWORD=test TOKEN=$TOKEN",
        f"env:\n  global:\n    - secure: {ENCRYPTED}",
        "notifications: [",
    ],
)
def test_what_is_encrypted_or_none(text: str) -> None:
    assert found(RULE, f"language: python\n{text}\n", ".travis.yml") == []


def test_other_files_are_not_traviss() -> None:
    assert lines(RULE, f"notifications:\n  slack: team:{TOKEN}\n", "a.yml") == []
    assert lines(RULE, f"notifications:\n  slack: team:{TOKEN}\n", "sub/.travis.yml") == [2]
