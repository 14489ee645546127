"""The roles say the same of their variables everywhere: defaults, argument_specs, README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).parents[3] / "docker-monolith/ansible/roles"


def _role(name: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    folder = ROLES / name
    defaults = yaml.safe_load((folder / "defaults/main.yml").read_text())
    specs = yaml.safe_load((folder / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    return defaults, specs, (folder / "README.md").read_text()


@pytest.fixture(params=sorted(path.name for path in ROLES.iterdir()))
def role(request: pytest.FixtureRequest) -> str:
    """Return each role's name."""
    return str(request.param)


def test_every_variable_is_specified(role: str) -> None:
    defaults, specs, _ = _role(role)
    assert set(defaults) == set(specs)
    prefix = role.replace("-", "_") + "_"
    assert all(name.startswith(prefix) for name in defaults)


def test_the_specified_default_is_the_default(role: str) -> None:
    defaults, specs, _ = _role(role)
    for name, spec in specs.items():
        if "default" in spec:
            assert spec["default"] == defaults[name], name


def test_every_variable_is_in_the_readme(role: str) -> None:
    defaults, _, text = _role(role)
    prefix = role.replace("-", "_") + "_"
    for name in defaults:
        short = name.removeprefix(prefix)
        last = "_" + short.rpartition("_")[2]
        assert any(f"`{word}`" in text for word in (name, f"…{short}", last)), name
