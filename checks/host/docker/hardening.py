"""The configuration of the embedded engine: what the CIS Docker Benchmark asks of a daemon."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.errors import UsageError

LOG_DRIVER, LOG_OPTS = "CHECKS_LOG_DRIVER", "CHECKS_LOG_OPTS"
"""Where containers' logs go: a driver of Docker's, and its options as `name=value,name=value`."""


def daemon(data: Path, run: Path, environ: Mapping[str, str]) -> dict[str, Any]:
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
        **logging(environ),
        "default-ulimits": {"nofile": _nofile()},
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": "10GB"}},
        "features": {"buildkit": True},
    }


def _nofile() -> dict[str, Any]:
    """Return a limit of open files that we may set: no process raises its own hard limit without CAP_SYS_RESOURCE."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    return {"Name": "nofile", "Hard": wanted, "Soft": min(wanted, 16384)}


def logging(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return where logs go: to the log host that the environment names, else into files of bounded size.

    Raises UsageError for options that are none.
    """
    driver, given = environ.get(LOG_DRIVER, ""), environ.get(LOG_OPTS, "")
    words = [word.strip() for word in given.split(",") if word.strip()]
    if any("=" not in word for word in words) or (words and not driver):
        raise UsageError(f"{LOG_OPTS}={given} cannot be used", f"name=value,name=value, together with {LOG_DRIVER}")
    if driver:
        return {"log-driver": driver, "log-opts": dict(word.split("=", 1) for word in words)}
    return {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}
