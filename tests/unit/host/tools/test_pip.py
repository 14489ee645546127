"""Whose pip is called for an environment."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import pytest

from checks.host import proc
from checks.host.tools import pip

PYTHON = Path("/somewhere/bin/python")


def test_ours_is_told_whose_it_works_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "22.3")
    assert pip.command(PYTHON) == (sys.executable, "-m", "pip", "--python", str(PYTHON))


@pytest.mark.parametrize(("spec", "version"), [(None, ""), (object(), "22.2.9")])
def test_where_ours_is_missing_or_old_it_is_the_environments(
    monkeypatch: pytest.MonkeyPatch, spec: object, version: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: version)
    assert not pip.is_ours()
    assert pip.command(PYTHON) == (str(PYTHON), "-m", "pip")


def test_it_works_for_an_environment_without_one(tmp_path: Path) -> None:
    assert pip.is_ours()
    made = proc.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], timeout=60)
    assert made.ok, made.err
    done = proc.run([*pip.command(tmp_path / "env/bin/python"), "list", "--format=freeze"], timeout=60)
    assert done.ok, done.err
    assert "packaging==" not in done.out, "it listed what is beside us"
