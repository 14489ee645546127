"""Files that containers are handed (compose secrets and configs), in a place and with an owner that they can read.

Under user remapping a container's root is nobody special on the host: it cannot pass through a private folder, and a
repository is often in one. Copies in the engine's own folder can be read by the user they are for, and by no other.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checks.compose import mounted_files, plain
from checks.errors import FailedError
from checks.host import identity
from checks.host.docker import embedded, labels
from checks.host.docker.engine import Engine
from checks.model import Output

_OWNER = "owner"


def make_missing(resolved: Mapping[str, Any], wanted: Mapping[str, int], out: Output) -> None:
    """Make the compose secrets whose file is not there: `wanted` is secret → bytes of randomness, written as hex.

    A file that exists is never touched.
    """
    for name, size in wanted.items():
        file = plain(((resolved.get("secrets") or {}).get(name) or {}).get("file") or "")
        if not file or Path(file).exists():
            continue
        path = Path(file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close(path.parent)
        with contextlib.suppress(FileExistsError):  # another command was faster
            # Compose mounts the file as it is: the service's user must be able to read it, so the folder is what is closed.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            with os.fdopen(handle, "w") as target:
                target.write(secrets.token_hex(size) + "\n")
            out.line(f"made the secret {name}: {size} random bytes in {path}")


def _close(folder: Path) -> None:
    """Let nobody else into a folder that is there for secrets alone, as where git keeps it by a file of its own."""
    if all(entry.name.startswith(".") for entry in folder.iterdir()):
        with contextlib.suppress(PermissionError):
            folder.chmod(0o700)


def copies(
    resolved: Mapping[str, Any], project: str, owner: str, engine: Engine, info: Mapping[str, Any]
) -> dict[str, str]:
    """Copy what services mount as secrets and configs where the engine's users can read it; return file → copy.

    `owner` is the project's, as its labels say it. {} where we are not root; of an engine that is elsewhere `elsewhere`
    takes care. Raises FailedError for a file that is not there.
    """
    files = present(resolved)
    if not engine.is_here or os.geteuid() != 0 or not files:
        return {}
    folder = _folder(project)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o711, parents=True)
    (folder / _OWNER).write_text(f"{owner} {engine.host}")
    first = first_uid(info)
    return {
        file: str(_copy(Path(file), folder / f"{index}", first, users))
        for index, (file, users) in enumerate(files.items())
    }


def present(resolved: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the files that services mount as secrets and configs, and for which users; FailedError where one is missing."""
    files = mounted_files(resolved)
    for file in files:
        if not Path(file).is_file():
            raise FailedError(
                f"{file} is not there, and a service mounts it as a secret or config", "make it, or correct its path"
            )
    return files


def reader(users: Iterable[str]) -> int | None:
    """Return the only user, by number, that a file is for; None where there are several or only the image knows who."""
    uids = {user.partition(":")[0] for user in users}
    only = uids.pop() if len(uids) == 1 else ""
    return int(only) if only.isdigit() else None


def _copy(source: Path, folder: Path, first: int, users: Iterable[str]) -> Path:
    folder.mkdir(mode=0o711)
    target = folder / source.name
    # Nobody but us reads it until it is known who may.
    with (
        source.open("rb") as given,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as own,
    ):
        shutil.copyfileobj(given, own)
    only = reader(users)
    if only is not None:
        os.chown(target, first + only, -1)
        target.chmod(0o400)
    else:  # several users, or one that only the image knows
        target.chmod(0o444)
    return target


def first_uid(info: Mapping[str, Any]) -> int:
    """Return what a container's uid 0 is on the host, from the engine's info; 0 without user remapping."""
    remapped = any("name=userns" in option for option in info.get("SecurityOptions") or ())
    match = re.search(r"/(\d+)\.\d+$", str(info.get("DockerRootDir", "")))
    return int(match[1]) if remapped and match else 0


def _folder(project: str) -> Path:
    return embedded.Place.of(os.environ).run.parent / "files" / project


def forget(projects: Iterable[str]) -> None:
    """Remove the copies of these projects."""
    for project in projects:
        shutil.rmtree(_folder(project), ignore_errors=True)


def sweep(live: Iterable[str], host: str, seconds: float = 600.0) -> None:
    """Remove the copies of owners that have ended, and of what the engine at `host` does not have among its `live` ones.

    The latter only when they are `seconds` old: older than a start can take.
    """
    kept = set(live)
    for folder in _folder("x").parent.glob("*"):
        with contextlib.suppress(OSError):
            owner, at = _owner(folder)
            is_over = owner not in ("", labels.KEPT) and not identity.is_alive(owner)
            # What is up on another engine is not for us to judge.
            is_old = at in ("", host) and folder.name not in kept and folder.stat().st_mtime < time.time() - seconds
            if is_over or is_old:
                shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> tuple[str, str]:
    """Return who a folder's copies belong to and the engine they are for, ("", "") where that is not written yet."""
    try:
        owner, _, host = (folder / _OWNER).read_text().partition(" ")
    except OSError:
        return "", ""
    return owner, host
