"""Addresses over ssh, and what ssh's words mean. The words are those of OpenSSH 9.2."""

from __future__ import annotations

import contextlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import sshlink
from checks.errors import NoEngineError, UsageError
from checks.sshlink import Target

CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Host key verification failed."""


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("ssh://box", Target("box")),
        ("ssh://Box", Target("Box")),
        ("ssh://me@box.example.org:2222", Target("box.example.org", "me", "2222")),
        ("ssh://me@[fe80::1%eth0]:22", Target("fe80::1%eth0", "me", "22")),
        ("ssh://me@box/run/user/1000/docker.sock", Target("box", "me", "", "/run/user/1000/docker.sock")),
        ("ssh://me@box/", Target("box", "me")),
        ("ssh://me@corp.example.org@box", Target("box", "me@corp.example.org")),
    ],
)
def test_an_address_is_taken_apart(host: str, target: Target) -> None:
    assert sshlink.parse(host) == target


@pytest.mark.parametrize(
    "host",
    [
        "ssh://",
        "ssh://-oProxyCommand=touch",
        "ssh://-l@box",
        "ssh://me@",
        "ssh://box:x",
        "ssh://a b",
        "ssh://box/?q",
        "box",
    ],
)
def test_what_is_no_address_is_wrong_usage(host: str) -> None:
    if host == "box":
        assert sshlink.parse(host) == Target("box")
        return
    with pytest.raises(UsageError):
        sshlink.parse(host)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        sshlink.parse("ssh://me:hunter2@box")
    assert "hunter2" not in f"{caught.value} {caught.value.advice}"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_wrong_usage_and_never_an_option(text: str) -> None:
    try:
        target = sshlink.parse(f"ssh://{text}")
    except UsageError:
        return
    assert target.words[-2] == "--"
    assert not any(word.startswith("-") for word in (target.machine, target.user))


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (CHANGED, "not the one that known_hosts has"),
        ("Host key verification failed.", "not known here"),
        ("me@box: Permission denied (publickey).", "does not let us in"),
        ("ssh: Could not resolve hostname box: Name or service not known", "its name is not known"),
        ("ssh: connect to host box port 22: Connection refused", "cannot be reached"),
        ("ssh: connect to host box port 22: Connection timed out", "cannot be reached"),
        ("kex_exchange_identification: Connection closed by remote host", "cannot be reached"),
        ("something new", "ssh could not connect"),
        ("", "ssh could not connect"),
    ],
)
def test_what_ssh_says_is_understood(said: str, meaning: str) -> None:
    error = sshlink.refused("ssh://box", said)
    assert (error.code, meaning in str(error), bool(error.advice)) == (3, True, True)


def test_why_an_engine_behind_ssh_is_silent() -> None:
    refused = sshlink.silent("ssh://box", "channel 1: open failed: connect failed: open failed\n")
    nobody = sshlink.silent("ssh://box", "channel 2: open failed: connect failed: Connection refused\n")
    assert refused is not None
    assert nobody is not None
    assert "forwards nothing" in str(refused)
    assert "nobody listens" in str(nobody)
    assert sshlink.silent("ssh://box", "") is None


def test_the_socket_is_the_first_that_can_be_used() -> None:
    said = "Welcome!\nchecks-user me\nchecks-denied /a.sock\nchecks-docker yes\nchecks-socket /b c.sock\nchecks-socket /d\n"
    assert sshlink.socket("ssh://box", said) == "/b c.sock"


@pytest.mark.parametrize(
    ("said", "wanted", "meaning"),
    [
        ("checks-user me\nchecks-denied /a.sock\n", "", "me may not use /a.sock"),
        ("checks-user me\nchecks-docker yes\n", "", "no engine is running"),
        ("checks-user me\n", "", "there is no docker on that machine"),
        ("checks-user me\n", "/x.sock", "there is no socket /x.sock"),
        ("", "", "there is no docker"),
    ],
)
def test_without_a_socket_it_is_said_why(said: str, wanted: str, meaning: str) -> None:
    with pytest.raises(NoEngineError, match=meaning):
        sshlink.socket("ssh://box", said, wanted)


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_answer_is_a_path_or_no_engine(said: str, wanted: str) -> None:
    with contextlib.suppress(NoEngineError):
        assert sshlink.socket("ssh://box", said, wanted)


@pytest.mark.parametrize(
    "path", ["/nowhere/it's here.sock", "/a b; echo checks-socket /evil", "$(echo checks-socket /evil)"]
)
def test_a_named_path_is_looked_at_and_never_run(path: str) -> None:
    done = subprocess.run(
        ["sh", "-s"], input=sshlink.search(path), capture_output=True, text=True, timeout=10, check=True
    )
    assert "checks-socket" not in done.stdout
    assert done.stderr == ""
