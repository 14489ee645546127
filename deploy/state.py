"""What a host is like, so that it can be told whether a failed run changed it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from deploy.machine import Host

FOLDERS = ("etc", "root", "srv", "usr/local", "var/lib/dpkg/status")
"""Where roles put files, and what dpkg knows: packages change elsewhere, but never without a line there."""
_OBJECTS = """
command -v docker >/dev/null || exit 0
docker version --format '{{.Server.Version}}' || exit 0
for id in $(docker ps -aq --no-trunc); do docker inspect -f 'container {{.Id}} {{.State.StartedAt}} {{.State.Status}}' "$id"; done
docker images -a --no-trunc --format 'image {{.ID}} {{.Repository}}:{{.Tag}}'
docker volume ls --format 'volume {{.Name}}'
docker network ls --no-trunc --format 'network {{.ID}} {{.Name}}'
"""


def of(host: Host) -> frozenset[str]:
    """Return a line for each file, package, container, image, volume and network of a host."""
    lines = {line for folder in FOLDERS for line in _tree(host.files, host.files / folder)}
    return frozenset(lines | set(host.must(_OBJECTS, 60).splitlines()))


def differences(before: frozenset[str], after: frozenset[str]) -> list[str]:
    """Return what is new (+) and what is gone (-)."""
    return sorted([f"- {line}" for line in before - after] + [f"+ {line}" for line in after - before])


def _tree(root: Path, start: Path) -> Iterator[str]:
    if not start.is_dir():
        yield from _line(root, start)
        return
    for folder, _, names in os.walk(start):
        yield from _line(root, Path(folder))
        for name in names:
            yield from _line(root, Path(folder) / name)


def _line(root: Path, path: Path) -> Iterator[str]:
    try:
        facts = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if stat.S_ISREG(facts.st_mode) else ""
    except FileNotFoundError:
        return
    yield f"file {path.relative_to(root)} {facts.st_mode:o} {facts.st_uid}:{facts.st_gid} {content}"
