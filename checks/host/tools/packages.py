"""Debian packages that a step needs: said first, nothing removed, no service started by it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.errors import ChecksError, MissingToolError
from checks.host import proc
from checks.model import Done, Output

POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_TEXT = "#!/bin/sh\n# made by checks while it installs a package; safe to remove\nexit 101\n"
_LIMIT = 600.0


def missing(commands: Mapping[str, str]) -> tuple[str, ...]:
    """Return the packages (values) of the commands (keys) that are not on PATH or in the system's folders."""
    return tuple(dict.fromkeys(package for name, package in commands.items() if not which(name)))


def which(name: str) -> str | None:
    """Return where a command is, also when the caller's PATH leaves the system's folders out."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin")


def ensure(commands: Mapping[str, str], out: Output, failure: type[ChecksError] = MissingToolError) -> None:
    """Install the packages of the commands that are not there.

    Raises `failure` where that is not possible (not root, no apt, a package would have to go).
    """
    packages = missing(commands)
    if not packages:
        return
    names = " ".join(packages)
    if which("apt-get") is None:
        raise failure(f"{names} not installed, and this is no system with apt", f"install {names} by hand")
    if os.geteuid() != 0:
        raise failure(
            f"{names} not installed, and only root can",
            f"sudo apt-get install --no-install-recommends {names}",
        )
    out.step(f"installing {names} (apt, no recommended packages, no service is started)")
    _refuse_removals(packages, failure)
    with services_denied():
        done = _apt("install", "--no-install-recommends", "--no-remove", *packages)
    if not done.ok:
        raise failure(
            f"apt could not install {names}",
            "run apt-get update and look at the lines above",
            done.last_lines(10),
        )


def _refuse_removals(packages: tuple[str, ...], failure: type[ChecksError]) -> None:
    done = _simulate(packages)
    if not done.ok:  # on a new machine the lists of packages are not there or are old
        _apt("update")
        done = _simulate(packages)
    if not done.ok:
        raise failure(f"apt does not know how to install {' '.join(packages)}", "see apt's words", done.last_lines(10))
    gone = removals(done.out)
    if gone:
        raise failure(
            f"installing {' '.join(packages)} would remove {', '.join(gone)}; nothing was changed",
            "start the engine that these packages belong to, or point DOCKER_HOST at another one",
        )


def removals(simulation: str) -> tuple[str, ...]:
    """Return the packages that apt's simulation says it would remove."""
    return tuple(re.findall(r"^Remv (\S+)", simulation, re.MULTILINE))


def _simulate(packages: tuple[str, ...]) -> Done:
    return _apt("install", "--simulate", "--no-install-recommends", *packages)


def _apt(*words: str) -> Done:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    argv = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=180", *words)
    return proc.run(argv, env=env, timeout=_LIMIT)


@contextlib.contextmanager
def services_denied() -> Iterator[None]:
    """Let no package start its service meanwhile; a policy that somebody else laid stays as it is."""
    ours = not POLICY.exists() or POLICY.read_text(errors="replace") == _POLICY_TEXT
    if ours:
        POLICY.write_text(_POLICY_TEXT)
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
