"""What may be published, and what a registry's refusals mean. The words are an engine's (20.10) and a registry's (2.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import publishing
from checks.publishing import Allowed, Facts, Published, State

BASES = {"top": ["middle"], "middle": ["db", "debian"], "circle": ["round"], "round": ["circle"]}


def test_all_that_an_image_stands_on_is_found() -> None:
    assert publishing.below("top", BASES) == {"middle", "db", "debian"}
    assert publishing.below("circle", BASES) == {"circle", "round"}
    assert publishing.below("nobody", BASES) == frozenset()


@pytest.mark.parametrize(
    ("facts", "flag", "says"),
    [
        (Facts(frozenset({"a", "db"}), standins=frozenset({"db"})), "standin", "db, a stand-in"),
        (
            Facts(frozenset({"debian"}), bootstrapped=frozenset({"debian"})),
            "bootstrapped",
            "debian that was bootstrapped",
        ),
        (Facts(frozenset(), marked=True), "bootstrapped", "a base that was bootstrapped"),
        (Facts(frozenset(), revision="abc-dirty"), "dirty", "built from abc-dirty"),
    ],
)
def test_each_objection_has_a_word_that_allows_it_and_no_other_does(facts: Facts, flag: str, says: str) -> None:
    why = publishing.objection(facts, Allowed())
    assert why is not None
    assert says in why[0]
    assert f"--force-{flag}" in why[1]
    others = {name: name != flag for name in ("overwrite", "dirty", "standin", "bootstrapped")}
    assert publishing.objection(facts, Allowed(**others)) == why
    assert publishing.objection(facts, Allowed(**{flag: True})) is None


def test_an_image_of_what_others_pull_is_fine() -> None:
    facts = Facts(frozenset({"debian"}), frozenset({"db"}), frozenset({"alpine"}), revision="abc")
    assert publishing.objection(facts, Allowed()) is None


def test_a_tree_is_clean_whatever_is_in_reports() -> None:
    assert publishing.dirty(["reports/build.json"], Allowed()) is None
    assert publishing.dirty(["a"], Allowed(dirty=True)) is None
    why = publishing.dirty(["a", "b", "c", "d", "e"], Allowed())
    assert why is not None
    assert why[0].endswith("a, b, c and 2 more")


@pytest.mark.parametrize(
    ("said", "absent"),
    [
        ("manifest unknown: manifest unknown", True),
        ("errors:\nname unknown: repository name not known to registry\n", True),
        ("errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n", True),
        ("no basic auth credentials", False),
        ("Get http://127.0.0.1:9/v2/: dial tcp 127.0.0.1:9: connect: connection refused", False),
    ],
)
def test_what_is_absent_is_told_from_what_fails(said: str, absent: bool) -> None:
    assert publishing.is_absent(said) is absent


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("x509: certificate signed by unknown authority", "a certificate that the engine does not trust"),
        ("http: server gave HTTP response to HTTPS client", "speaks no TLS"),
        ("no basic auth credentials", "does not let us in"),
        ("unauthorized: authentication required", "does not let us in"),
        ("dial tcp 127.0.0.1:9: connect: connection refused", "does not answer"),
        ("write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe", "does not answer"),
        ("Credentials store error: StoreError('no such helper')", "credential helper"),
        ("no space left on device", "has no room"),
        ("whatever", "fails"),
    ],
)
def test_a_registrys_words_are_understood(said: str, meaning: str) -> None:
    error = publishing.failure("r.example:5000", said)
    assert meaning in str(error)
    assert "HOST" not in error.advice
    assert (error.code, bool(error.advice)) == (1, True)


@given(st.text(max_size=300))
def test_any_words_are_a_failure_with_one_line(said: str) -> None:
    error = publishing.failure("r", said)
    assert "\n" not in f"{error}{error.advice}{error.details[0]}"


def test_only_what_the_registry_has_is_well() -> None:
    states = {state: Published("i", "n", "t", state).ok for state in State}
    assert states == {State.PUSHED: True, State.ALREADY_THERE: True, State.REFUSED: False, State.FAILED: False}
    assert Published("i", "h:5000/n", "t", State.FAILED).target == "h:5000/n:t"
