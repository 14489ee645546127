"""How another machine is reached: the command line of ssh, and what it is asked to run there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.errors import NoEngineError, UsageError
from checks.host.bench import probing
from checks.host.bench.probing import Place, Way


def test_ssh_asks_nobody_and_goes_where_the_address_says() -> None:
    argv = Place.of("ssh://me@example.org:2222/run/x.sock").argv("-N")
    assert argv[:2] == ["ssh", "-T"]
    assert "BatchMode=yes" in argv
    assert argv[-7:] == ["-p", "2222", "-l", "me", "-N", "--", "example.org"]
    assert "-F" not in argv


def test_a_configuration_of_ssh_is_handed_on() -> None:
    argv = Place.of("ssh://trial", Way(config="/etc/my ssh")).argv()
    assert argv[argv.index("-F") + 1] == "/etc/my ssh"
    assert argv[-2:] == ["--", "trial"]


@pytest.mark.parametrize("address", ["ssh://-oProxyCommand=x", "ssh://", "http://host", "ssh://a b", "ssh://-l@host"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of a host"):
        Place.of(address)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for ssh, which says what it was asked and that it may not."""
    ssh, record = tmp_path / "ssh", tmp_path / "asked"
    ssh.write_text(
        f'#!/bin/sh\nfor last; do :; done\nprintf %s "$last" >{record}\necho "sudo: a password is required" >&2\nexit 1\n'
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return record


@pytest.mark.parametrize(("sudo", "begins"), [(True, "exec sudo -n python3 -I -c "), (False, "exec python3 -I -c ")])
def test_the_collector_is_run_as_root_where_that_is_asked_for(asked: Path, sudo: bool, begins: str) -> None:
    with (
        pytest.raises(NoEngineError, match="cannot be reached: sudo: a password is required"),
        probing.machine("ssh://trial", Way(sudo=sudo)),
    ):
        pass
    assert asked.read_text().startswith(begins)
