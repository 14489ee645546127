"""Files of ours: read the configuration, write reports so that a kill at any moment leaves a whole one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from checks import config
from checks.errors import ConfigError, FailedError

REPORTS = "reports"
"""The name of the folder for reports."""
_IGNORED = "*\n"
"""What is in the .gitignore of such a folder."""


def write_atomic(path: Path, text: str, mode: int = 0o644) -> None:
    """Put `text` at `path` in one step: readers see the old file or the new one, never a part."""
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_named(path: Path, text: str) -> None:
    """Write where a person says: to what a link leads to, into a device or pipe (/dev/stdout), else in one step."""
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("w", encoding="utf-8") as file:
            file.write(text)  # putting a file in its place would take it from everybody
    else:
        write_atomic(path.resolve(), text)


def is_ours(reports: Path) -> bool:
    """Return whether we made a folder for reports."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return not reports.is_symlink() and (reports / ".gitignore").read_text(encoding="utf-8") == _IGNORED
    return False


def _make_folder(folder: Path) -> None:
    """Make a folder; one for reports says to git that nothing in it is to be committed."""
    new = [place for place in (folder, *folder.parents) if place.name == REPORTS and not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in new:
        (place / ".gitignore").write_text(_IGNORED, encoding="utf-8")


def write_report(path: Path, text: str) -> None:
    """Write a report; FailedError where that is not possible."""
    try:
        write_atomic(path, text)
    except OSError as error:
        raise FailedError(f"{path} cannot be written: {error.strerror}", "make the folder writable") from error


def read_text(path: Path) -> str:
    """Return the text of a file of ours; ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "make it a readable UTF-8 file") from error


def read_first_line(path: Path) -> str:
    """Return the first line of a file that the configuration names; ConfigError where there is none."""
    try:
        line = path.read_text(encoding="utf-8").strip().partition("\n")[0].strip()
    except (OSError, ValueError) as error:  # no such file, no text, no path
        raise ConfigError(f"{path.name} cannot be read: {error}", "correct its path in the configuration") from error
    if not line:
        raise ConfigError(f"{path} is empty", "write a version into it")
    return line


def load_config(root: Path) -> config.Config:
    """Return the configuration of the repository at `root`; ConfigError where it cannot be used."""
    for name, table in (("checks.toml", tuple[str, ...]()), ("pyproject.toml", ("tool", "checks"))):
        path = root / name
        if not path.is_file():
            continue
        try:
            found = config.parse(path.read_text(encoding="utf-8"), name, table)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name} cannot be read: {error}", "make it a readable UTF-8 file") from error
        if found is not None:
            return found
    return config.Config()


def unread_above(root: Path, own: config.Config, others: Iterable[str]) -> str:
    """Say what of the repository that `root` is a folder of is not read: its configuration and `others`; "" for nothing.

    Nothing is missed where `root` is one by itself: git begins in it, or it has its `own` configuration or one of `others`.
    """
    top = next((folder for folder in root.resolve().parents if (folder / ".git").exists()), None)
    itself = own != config.Config() or any((root / name).exists() for name in (".git", *others))
    if top is None or itself:
        return ""
    above = [name for name in others if (top / name).exists()]
    with contextlib.suppress(ConfigError):
        found = load_config(top)
        above += [found.source] if found != own else []
    return f"{' and '.join(above)} of {top} not read here: --root {top} lints all of that repository" if above else ""
