from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checks.host import linters


def test_tools_come_from_the_packages_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hadolint").write_text("#!/bin/sh\n")
    (tmp_path / "hadolint").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = linters.locate(["hadolint", "shellcheck", "yamllint"])
    assert Path(found.commands["hadolint"][0]).parent == Path(sys.executable).parent
    assert found.commands["yamllint"][0] == sys.executable
    assert found.workers >= 1


def test_what_is_missing_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    assert "hadolint" not in linters.locate(["hadolint"]).commands
