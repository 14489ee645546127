from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checks.host import linters
from checks.host.console import Console
from checks.lint import registry

OUT = Console(quiet=True)


def test_tools_come_from_the_packages_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hadolint").write_text("#!/bin/sh\n")
    (tmp_path / "hadolint").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = linters.locate(["hadolint", "shellcheck", "yamllint"], OUT)
    assert Path(found.commands["hadolint"][0]).parent == Path(sys.executable).parent
    assert found.commands["yamllint"][0] == sys.executable
    assert found.workers >= 1


def test_what_is_missing_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    found = linters.locate(["hadolint"], OUT)
    assert not found.commands
    assert "install checks again" in found.absent["hadolint"]


def test_a_tool_on_path_is_nobodys_duty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = linters.on_path("checks-no-such-tool")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert place(OUT) is None
    (tmp_path / "checks-no-such-tool").write_text("#!/bin/sh\n")
    (tmp_path / "checks-no-such-tool").chmod(0o755)
    assert place(OUT) == (str(tmp_path / "checks-no-such-tool"),)


@pytest.mark.parametrize("name", list(registry.LINTERS))
def test_every_linter_has_a_place(name: str) -> None:
    assert name in linters.PLACES
