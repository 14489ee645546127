"""Secrets out of whole logs and documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.masking import MASK, Masker, difference, values_of, variables, words

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


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
        ("NOTHING", "NOTHING"),
    ],
)
def test_variables_named_like_secrets_are_hidden(entry: str, kept: str) -> None:
    assert Masker().document({"Config": {"Env": [entry], "User": "10"}}) == {"Config": {"Env": [kept], "User": "10"}}
    name, _, value = entry.partition("=")
    shown = Masker().document({"environment": {name: value}})["environment"][name]
    assert shown == kept.partition("=")[2]


def test_a_container_without_variables_is_shown() -> None:
    assert Masker().document({"Config": {"Env": None}}) == {"Config": {"Env": None}}
    assert Masker().document({}) == {}


def test_known_values_are_hidden_wherever_they_stand() -> None:
    masker = Masker.of(["s3cret-value", "s3cret", "ab", "web"], shown=["web"])
    assert masker.text("x s3cret-value y s3cret z ab web") == f"x {MASK} y {MASK} z ab web"
    assert masker.values("s3cret: s3cret-values") == f"{MASK}: {MASK}s"
    assert masker.document(["s3cret", {"s3cret": 1}]) == [MASK, {MASK: 1}]


def test_a_key_over_many_lines_with_anything_before_them_is_hidden() -> None:
    body = ["-----BEGIN CERTIFICATE-----", "MIIDdzCCAl", "Zm9vYmFy", "-----END CERTIFICATE-----", "after"]
    log = "\n".join(f"#12 0.3 {line}" for line in body)
    assert Masker().text(log) == f"#12 0.3 -----BEGIN CERTIFICATE-----{MASK}-----END CERTIFICATE-----\n#12 0.3 after"


@pytest.mark.parametrize("length", [3990, 3999, 4000, 4001, 9000])
def test_a_long_line_is_looked_at_to_its_end(length: int) -> None:
    line = "x" * length + " TOKEN=abcdefgh " + "y" * 5000
    shown = Masker().text(line)
    assert "abcdefgh" not in shown
    assert shown.count("y") == 5000


def test_variables_and_words_of_a_compose_file() -> None:
    resolved: dict[str, Any] = {
        "services": {"db": {"image": "a/postgres:1", "environment": {"PASS": "x1", "USER": "app", "N": None}}, "e": {}}
    }
    assert list(variables(resolved)) == [("PASS", "x1"), ("USER", "app")]
    assert {"db", "postgres", "app"} <= set(words(resolved))
    assert "x1" not in set(words(resolved))
    assert list(values_of("a\nb\n")) == ["a\nb", "a", "b"]


@given(JSON)
def test_any_document_stays_one(data: Any) -> None:
    json.dumps(Masker(("known",)).document(data))


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_text_is_answered_and_holds_no_known_value(text: str, known: list[str]) -> None:
    masker = Masker.of(known)
    shown = masker.text(text)
    assert not [value for value in masker.known if value in shown.replace(MASK, "\0")]


def test_a_difference_keeps_its_lines_and_shows_no_secret() -> None:
    key = ["-----BEGIN RSA PRIVATE KEY-----", "Ab3d" * 16, "Ef+/" * 16, "Gh1jK2==", "-----END RSA PRIVATE KEY-----"]
    head = ["diff --git a/m.tf b/m.tf", "--- a/m.tf", "+++ b/m.tf"]
    whole = [
        *head,
        "@@ -1,7 +1,7 @@",
        *(f" {line}" for line in key),
        "-token=hunter2hunter2",
        "+token = hunter2hunter2",
    ]
    shown = [*head, "@@ -3,5 +3,5 @@ export PASSWORD=hunter", *whole[6:]]
    assert difference("\n".join(shown), "\n".join(whole)).split("\n") == [
        *head,
        "@@ -3,5 +3,5 @@",
        *(" ***", " ***", " -----END RSA PRIVATE KEY-----", "-token=***", "+token = ***"),
    ]


def test_what_only_speaks_of_a_key_hides_nothing_of_other_lines() -> None:
    text = "diff --git a/a b/a\n@@ -1,3 +1,3 @@\n grep -e '-----BEGIN PRIVATE KEY-----' x\n-echo $1\n+echo \"$1\"\n"
    assert difference(text, text).endswith('\n-echo $1\n+echo "$1"\n')


@given(st.text())
def test_any_difference_keeps_its_lines(text: str) -> None:
    assert difference(text, text).count("\n") == text.count("\n")
