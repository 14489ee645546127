from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import redact


def test_of_the_environment_only_names_are_left() -> None:
    assert redact.environment(["PATH=/bin", "PASSWORD=hunter2=x", "EMPTY=", "BARE"]) == (
        "PATH",
        "PASSWORD",
        "EMPTY",
        "BARE",
    )
    assert redact.environment(None) == ()


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "db.passwd",
        "MYSQL_ROOT_PASSWORD",
        "DB_PASS",
        "passphrase",
        "splunk-token",
        "client_secret",
        "API_KEY",
    ]
    + [
        "apikey",
        "aws-access-key",
        "PRIVATE_KEY",
        "traefik.http.middlewares.x.basicauth.users",
        "credentials",
        "REGISTRY_AUTH",
    ],
)
def test_secrets_are_known_by_their_names(name: str) -> None:
    assert redact.is_secret_name(name)
    assert redact.labels({name: "hunter2"}) == {name: redact.HIDDEN}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("com.docker.compose.project", "shop"),
        ("checks.run", "a1b2"),
        ("org.opencontainers.image.authors", "ann@example.org"),
        ("org.opencontainers.image.source", "https://example.org/shop"),
        ("syslog-address", "tcp+tls://192.0.2.1:514"),
        ("passenger.version", "6"),
        ("com.docker.network.bridge.name", "docker0"),
    ],
)
def test_names_and_addresses_are_kept(name: str, value: str) -> None:
    assert redact.labels({name: value}) == {name: value}


@pytest.mark.parametrize(
    "value",
    [
        "https://ann:hunter2@example.org",
        "https://ann:hun/ter@example.org",
        "-----BEGIN PRIVATE KEY-----",
        "ann:$apr1$x$y",
        "$2y$10$abc",
        "x" * 201,
    ],
)
def test_secrets_are_known_by_their_look(value: str) -> None:
    assert redact.labels({"note": value}) == {"note": redact.HIDDEN}


def test_no_labels_are_none() -> None:
    assert redact.labels(None) == {}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("tcp://ann:hunter2@192.0.2.1:2376/x?token=1#y", "tcp://192.0.2.1:2376/x"),
        ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ("tcp://ann:hun/t?e#r@192.0.2.1:514", "tcp://192.0.2.1:514"),
        ("ann:hunter2@192.0.2.1:514", "192.0.2.1:514"),
        ("192.0.2.1:514", "192.0.2.1:514"),
        ("fd://", "fd://"),
    ],
)
def test_addresses_lose_their_credentials(text: str, safe: str) -> None:
    assert redact.url(text) == safe


def test_profiles_become_fingerprints() -> None:
    profile = '{"defaultAction": "SCMP_ACT_ALLOW"}'
    safe = redact.security_option(f"seccomp={profile}")
    assert safe.startswith("seccomp=custom:")
    assert len(safe) == len("seccomp=custom:") + 12
    assert redact.security_option(f"seccomp:{profile}") == safe
    assert redact.security_option(f"seccomp={profile} ") != safe
    for kept in ("seccomp=unconfined", "no-new-privileges", "apparmor=docker-default", "label:disable"):
        assert redact.security_option(kept) == kept


@given(st.text(min_size=1), st.text())
def test_any_text_is_taken(name: str, value: str) -> None:
    assert set(redact.labels({name: value}).values()) <= {value, redact.HIDDEN}
    assert redact.environment([f"{name}={value}"]) == (name.partition("=")[0],)
    assert not set("?#@") & set(redact.url(value))
    assert "{" not in redact.security_option(f"seccomp={{{value}")
