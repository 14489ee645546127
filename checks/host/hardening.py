"""The configuration of the embedded engine: what the CIS Docker Benchmark asks of a daemon."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any


def daemon(data: Path, run: Path) -> dict[str, Any]:
    """Return the daemon.json of an engine with its data at `data` and its sockets at `run`.

    Source: Docker's dockerd reference; the figures behind each choice are in docs/engine.md.
    """
    return {
        "hosts": [f"unix://{run / 'docker.sock'}"],
        "data-root": str(data),
        "exec-root": str(run / "exec"),
        "pidfile": str(run / "docker.pid"),
        "storage-driver": "overlay2",
        "userns-remap": "default",
        "live-restore": True,
        "userland-proxy": False,
        "no-new-privileges": True,
        "icc": False,
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "3"},
        "default-ulimits": {"nofile": _nofile()},
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": "10GB"}},
        "features": {"buildkit": True},
    }


def _nofile() -> dict[str, Any]:
    """Return a limit of open files that we may set: no process raises its own hard limit without CAP_SYS_RESOURCE."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    return {"Name": "nofile", "Hard": wanted, "Soft": min(wanted, 16384)}
