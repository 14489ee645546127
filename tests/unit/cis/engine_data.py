"""The captured answers of a real engine; see tests/data/cis/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FOLDER = Path(__file__).parents[2] / "data" / "cis" / "engine"
SECRET = "hunter2"


def load(name: str) -> Any:
    """Return an answer."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def anything() -> st.SearchStrategy[Any]:
    """Any JSON, with the names that an engine uses."""
    names = st.sampled_from(
        ["Config", "HostConfig", "Mounts", "State", "Labels", "Env", "Healthcheck", "Test", "NetworkSettings", "Ports"]
        + ["Networks", "80/tcp", "HostPort", "Memory", "Spec", "TaskTemplate", "RestartPolicy", "CreatedBy", "Created"]
        + ["Swarm", "SecurityOptions", "Plugins", "RegistryConfig", "Volumes", "Options", "Ulimits", "DeviceRequests"]
        + ["Capabilities", "Name", "Id", "RepoTags", "ProcessConfig", "arguments", "TLSInfo", "CAConfig", "o", "device"]
    )
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=6),
        max_leaves=40,
    )
