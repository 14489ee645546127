"""What is hidden, and what is not: the secrets are put together here, so that no scanner finds them in this file."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks import redact
from checks.redact import hidden, masked

HEX = "0123456789abcdef"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"
END = "-----END " + "RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("DB_PASSWORD=%s", "hunter2"),
        ('export TOKEN="%s"; ls', "a b;c"),
        ('"password": "%s", "user": "x"', "hunter2"),
        ("{'image': 'x', 'environment': {'DB_PASSWORD': '%s'}} is not valid under any of the given schemas", "abc"),
        ("db_password = '%s'", "a,b"),
        ("  api_key: %s", HEX),
        ("ENV DB_PASSWORD %s", "hunter2"),
        ("login --password %s --user x", "hunter2"),
        ("login --token=%s", "hunter2"),
        ("too long: DB_PASSWORD=%s", "hunter2"),
        ("DB_PASSWORD=%s", "pa$word1"),
        ("<password>%s</password>", "hunter2"),
        ("docker login -u me -p %s", "hunter2"),
        ("curl -u me:%s https://example.org", "hunter2"),
        ("git clone https://me:%s@example.org/x", "hunter2"),
        ("Authorization: Bearer %s", HEX),
        ("'authorization': 'Basic %s'", HEX),
        ("x gh" + "p_%s y", HEX * 3),
        ("x AK" + "IA%s y", "ABCDEFGH23456723"),
        ("x xo" + "xb-%s y", "123456789012-abcdef"),
        ("https://hooks.slack.com/" + "services/%s", "T000/B000/abcdef"),
        ("  slack: team:%s#builds", "abcdefghijklmnopqrstuvwx"),
        (f"{KEY}\n%s\n{END}", "MIIE"),
        (f"{KEY}\n%s", "MIIE"),
        ('{"private_key": "' + KEY + "\\n%s\\n" + END + '\\n"}', "MIIE"),
    ],
)
def test_a_secret_is_hidden(text: str, secret: str) -> None:
    shown = masked(text % secret)
    assert secret not in shown
    assert redact.MASK in shown


def test_what_stands_around_it_stays() -> None:
    assert masked('A=1 DB_PASSWORD="x y" B=2') == 'A=1 DB_PASSWORD="***" B=2'
    assert masked("postgres://app:s3cr3t@db/x") == "postgres://app:***@db/x"
    assert masked("MYSQL_PASSWORD=a,MYSQL_USER=b") == "MYSQL_PASSWORD=***,MYSQL_USER=b"


@pytest.mark.parametrize(
    "text",
    [
        "unexpected token: identifier",
        "syntax error: expected the token: <block end>",
        "PASSWORD=$PW",
        "PASSWORD_FILE=/run/secrets/x",
        "password: {{ vault_password }}",
        "TOKEN=",
        "password: !vault |",
        "https://example.org:8443/x",
        "[DL3008] Pin versions in apt get install. Instead of `apt-get install <package>`",
        "secret: true",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DB_PASSWORD=hunter2", "DB_PASSWORD= ***"),
        ("  slack: team:abc", "  slack: ***"),
        ("ENV A=1 B=abc", "ENV A= ***"),
        ("ENV A abc", "ENV A ***"),
        ("  - --key abc", "  - --key ***"),
        ("abc", "***"),
        ("https://me:abc@x", "https: ***"),
    ],
)
def test_of_a_line_with_a_secret_only_the_name_stays(line: str, shown: str) -> None:
    assert hidden(line) == shown


_PIECES = st.lists(
    st.sampled_from(["password", "=", ":", "'", '"', " ", "x1", "ENV ", KEY, END, "://", "@", "\\", "-p ", "curl "])
)


@given(st.text() | _PIECES.map("".join))
@example("password=" + "'" * 3)
def test_any_text_is_masked_and_twice_is_once(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    assert hidden(text).endswith(redact.MASK)


@given(
    st.sampled_from(["DB_PASSWORD=", "token: ", "--password ", "secret='"]),
    st.from_regex("[A-Za-z][A-Za-z0-9]{7,30}", fullmatch=True),
)
def test_a_chosen_password_never_shows(name: str, value: str) -> None:
    assert value not in masked(f"a {name}{value}")
    assert value not in hidden(f"a {name}{value}")


@pytest.mark.parametrize(
    "piece", ["a", "a.", '"', "password=", KEY, "http://", "a:", "ENV ", "= ", " ", "<a>", "\\", "curl -u "]
)
def test_a_long_line_takes_no_time(piece: str) -> None:
    start = time.monotonic()
    masked(piece * (1_000_000 // len(piece)))
    assert time.monotonic() - start < 0.5
