from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import secretwords

HEX = "0123456789abcdef"
GITHUB = "gh" + "p_" + HEX * 2 + "abcd"
AWS = "AK" + "IA" + "ABCDEFGH23456723"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "DB_PASSWORD",
            "password",
            "dbPassword",
            "MYSQL_PWD",
            "ROOTPASSWORD",
            "PASS",
            "DB_PASS",
            "POSTGRES_PASSWORD_1",
        ),
        *("API_KEY", "apiKey", "api-key", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE", "ENCRYPTION_KEY", "accessKey"),
        *("GITHUB_TOKEN", "token", "JWT_SECRET", "CLIENT_SECRET", "SLACK_API_TOKEN", "passphrase"),
    ],
)
def test_names_that_ask_for_a_secret(name: str) -> None:
    assert secretwords.asks(name)


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD_FILE", "SECRET_NAME", "TOKEN_URL", "API_KEY_HEADER", "AWS_ACCESS_KEY_ID", "PASSWORD_MIN_LENGTH"),
        *("PWD", "OLDPWD", "GPG_KEY", "PUBLIC_KEY", "KEY", "MAX_TOKENS", "TOKENIZERS_PARALLELISM", "BYPASS", "COMPASS"),
        *("private_key_path", "SECRETS", "TOKEN_TTL", "PASSWORD_POLICY", "", "___", "É"),
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert not secretwords.asks(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"),
        ("PASSWORD", "password"),
        ("DB_PASSWORD", "postgres"),
        ("DB_PASSWORD", "1234"),
        ("TOKEN", HEX),
        ("SECRET_KEY", "django-insecure-" + HEX),
        ("X", GITHUB),
        ("X", f"https://{GITHUB}@github.com/x/y"),
        ("AWS_ACCESS_KEY_ID", AWS),
        ("DATABASE_URL", "postgres://app:" + "s3cr3t@db/app"),
    ],
)
def test_secrets(name: str, value: str) -> None:
    assert secretwords.literal(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("PASSWORD", value)
            for value in ("", "true", "yes", "null", "$PW", "${PW:-x}", "{{ pw }}", "<password>", "%PW%")
        ),
        *(("PASSWORD", value) for value in ("/run/secrets/db", "./pw.txt", "~/.pw", "C:\\pw", "secrets/db.pem")),
        *(
            ("API_KEY", value)
            for value in ("changeme", "change-me", "your_api_key", "dummy", "xxxx", "***", "<key>", "example")
        ),
        *(
            ("TOKEN", value)
            for value in ("0", "4096", "token", "00000000-0000-0000-0000-000000000000", "https://x.y/z")
        ),
        *(("TOKEN", value) for value in ("vault:secret/x", "arn:aws:secretsmanager:x", "var.token", "op://vault/x")),
        ("X", "hunter2"),
        ("DATABASE_URL", "postgres://app:$PW@db/app"),
        ("DATABASE_URL", "postgres://app@db/app"),
        ("X", "AK" + "IAIOSFODNN7EXAMPLE"),
        ("GITHUB_TOKEN", "ghp" + "_" + "x" * 36),
    ],
)
def test_no_secrets(name: str, value: str) -> None:
    assert not secretwords.literal(name, value)


@pytest.mark.parametrize(
    ("value", "is_random"),
    [(HEX * 2, True), ("aB3dE5fG7hJ9kL1m", True), ("a" * 20, False), ("correct-horse-battery", False), ("aB3d", False)],
)
def test_what_nobody_chose(value: str, is_random: bool) -> None:
    assert secretwords.random(value) is is_random


@given(st.text(), st.text())
def test_any_name_and_value_is_judged(name: str, value: str) -> None:
    assert secretwords.literal(name, value) in (True, False)


@pytest.mark.parametrize("piece", ["a", "a:", "://", "a://", "/", "aA", "eyJa.", "${", "_", "a-", "@"])
def test_long_values_are_judged_in_time(piece: str) -> None:
    start = time.monotonic()
    secretwords.literal("PASSWORD", piece * (20_000 // len(piece)))
    assert time.monotonic() - start < 1.0
