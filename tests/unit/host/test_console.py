"""When what is said is in colour."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from checks.host.console import is_coloured


@pytest.mark.parametrize(
    ("terminal", "environ", "coloured"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"CI": "true"}, False),
        (False, {}, False),
    ],
)
def test_colour_is_for_people_who_want_it(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environ: dict[str, str], coloured: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert is_coloured(environ) is coloured
