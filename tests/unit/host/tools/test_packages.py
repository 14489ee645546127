"""What apt says it would do, and the services that stay where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.host.console import Console
from checks.host.tools import packages

DATA = Path(__file__).parents[3] / "data/apt"


def test_removals_are_read_from_a_simulation() -> None:
    assert packages.removals((DATA / "would-remove.txt").read_text()) == ("docker.io",)
    assert packages.removals((DATA / "would-not-remove.txt").read_text()) == ()
    assert packages.removals("Remv a [1]\nInst b (1)\nRemv c:amd64 [2] [d ]\n") == ("a", "c:amd64")


def test_only_what_is_not_there_is_missing() -> None:
    wanted = {"sh": "dash", "no-such-command": "one", "nor-this": "two", "no-more": "one"}
    assert packages.missing(wanted) == ("one", "two")


def test_commands_are_found_where_the_path_does_not_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert packages.which("sh") is not None
    assert packages.which("no-such-command") is None


def test_nothing_missing_needs_no_apt() -> None:
    packages.ensure({"sh": "dash"}, Console())
