"""What is kept of a failure holds no secret."""

from __future__ import annotations

import copy

import pytest

from checks.host import evidence


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ("MYSQL_PASSWORD=hunter2", "MYSQL_PASSWORD=***"),
        ("api_key=a=b", "api_key=***"),
        ("AUTH_HEADER=Basic x", "AUTH_HEADER=***"),
        ("TOKEN=", "TOKEN=***"),
        ("SESSION_KEY_FILE=/run/secrets/session_key", "SESSION_KEY_FILE=/run/secrets/session_key"),
        ("PATH=/usr/bin", "PATH=/usr/bin"),
        ("LANG=C.UTF-8", "LANG=C.UTF-8"),
    ],
)
def test_variables_named_like_secrets_are_masked(entry: str, kept: str) -> None:
    inspected = {"Id": "1", "Config": {"Env": [entry], "User": "10"}}
    before = copy.deepcopy(inspected)
    assert evidence.masked(inspected) == {"Id": "1", "Config": {"Env": [kept], "User": "10"}}
    assert inspected == before


def test_a_container_without_variables_is_kept() -> None:
    assert evidence.masked({"Config": {"Env": None}}) == {"Config": {"Env": []}}
    assert evidence.masked({}) == {"Config": {"Env": []}}
