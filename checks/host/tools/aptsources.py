"""The package mirrors that this machine's apt uses, said so that a bootstrap or a build can use them too."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from checks.host import proc
from checks.host.tools import packages

_WITHOUT_UPDATES = ("sid", "unstable")
_UNKNOWN = "$(ORIGIN)"


def sed_of_the_host(environ: Mapping[str, str]) -> str:
    """Return a sed script that turns Debian's default sources into the host's; empty where the host is no Debian."""
    return sed_script(_targets(environ), _is_debian())


def _targets(environ: Mapping[str, str]) -> list[tuple[str, ...]]:
    fields = "$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)"
    argv = ["apt-get", "indextargets", "--format", fields]
    for more in ((), ("--no-release-info",)):  # on a new machine nothing was fetched yet: apt then knows no origin
        done = proc.run([*argv, *more, "Created-By: Packages"], env=environ, timeout=60)
        if done.out.strip():
            break
    return [tuple(line.split("|", 3)) for line in done.out.splitlines() if line.count("|") >= 3]


def of_the_host(suite: str, environ: Mapping[str, str]) -> str:
    """Return apt sources of a Debian suite at the mirrors that the host uses, "" where the host is no Debian."""
    if packages.which("apt-get") is None or not _is_debian():
        return ""
    uris = _uris(_targets(environ), debian=True)
    if False not in uris:
        return ""
    lines = [f"deb {uris[False]} {name} main" for name in (suite, f"{suite}-updates")]
    if suite not in _WITHOUT_UPDATES:
        lines += [f"deb {uris[True]} {suite}-security main"] if True in uris else []
    else:
        lines = lines[:1]
    return "\n".join(lines) + "\n"


def sed_script(targets: list[tuple[str, ...]], debian: bool) -> str:
    """Return the sed script for apt's index targets, each origin, label, release and URI.

    `debian` says that the host is one: a target that was never fetched has `$(ORIGIN)` for its origin.
    """
    uris = _uris(targets, debian)
    if False not in uris:
        return ""
    security = r"/ [^ ]+(-security|\/updates) /"
    first = f"{security}{{\n{_replace(uris[True])}\nb\n}}" if True in uris else f"{security}d"
    return f"{first}\n{_replace(uris[False])}\n"


def _uris(targets: list[tuple[str, ...]], debian: bool) -> dict[bool, str]:
    """Return the mirror of security updates (True) and of everything else (False), as far as targets name them."""
    uris: dict[bool, str] = {}
    for origin, _label, release, uri in targets:
        if origin == "Debian" or (debian and origin == _UNKNOWN):
            uris.setdefault(release.endswith(("-security", "/updates")), uri.rstrip("/"))
    return uris


def _replace(uri: str) -> str:
    quoted = re.sub(r"([#&\\])", r"\\\1", uri)
    return rf"s#^(deb( \[[^]]*\])?) [^ ]+ #\1 {quoted} #"


def _is_debian() -> bool:
    with contextlib.suppress(OSError):
        return re.search(r"^ID=\"?debian\"?$", Path("/etc/os-release").read_text(), re.MULTILINE) is not None
    return False
