"""The front door of tests/browser where there is no browser: it ends, says what to do, and starts nothing."""

from __future__ import annotations

import os
from typing import Any

import pytest

from checks import errors
from tests.browser import run


def test_without_a_browser_it_ends_with_one_line_of_advice(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(run, "CHROMIUM", {"no-such-browser": "chromium"})
    monkeypatch.setattr(run, "checks", started.append)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run.main([]) == errors.MissingToolError.code != errors.OK
    assert "→ sudo apt-get install --no-install-recommends chromium" in capfd.readouterr().err
    assert started == []
