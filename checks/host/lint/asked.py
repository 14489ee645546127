"""What of a repository is asked for: the paths that were named, and why nothing of one of them is linted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks import values
from checks.host import git
from checks.host.lint import inventory
from checks.repository import Repository, matches

_NAMES = 5
"""How many paths one warning names."""
_CONFIGURED = "excluded by the configuration"
_OPTION = "excluded by --exclude"
_NESTED = "a repository of its own, which is not linted from here"


@dataclass(frozen=True)
class Asked:
    """A repository, the paths in it that were asked for, None for all of them, and the named ones that may be nobody's.

    `exclude` are the globs of what is no part of it.
    """

    repository: Repository
    wanted: frozenset[str] | None = None
    doubtful: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def of(
    root: Path,
    named: Sequence[str],
    configured: Sequence[str],
    option: Sequence[str],
    warn: Callable[[str], None],
) -> Asked:
    """Return what the `named` paths mean, all where there are none; `configured` and `option` are globs that exclude.

    All is read even where one file is asked for: what a role or a module means depends on others.
    """
    listing = git.listing(root)
    if listing.warning:
        warn(listing.warning)
    paths = inventory.chosen(root, listing.paths, named)
    everything = tuple(dict.fromkeys((*listing.paths, *paths)))
    option = [values.glob(glob) for glob in option]
    for glob in option:
        if not _means_something(root, glob, everything):
            warn(f"--exclude {glob} excludes nothing: patterns are paths as seen from the root, like src/*")
    exclude = (*configured, *option)
    repository = Repository.of(inventory.inventory(root, everything), exclude)
    if not named:
        return Asked(repository, exclude=exclude)
    wanted = frozenset(paths)
    reasons: dict[str, list[str]] = {}
    for name in named:
        why = _why_not(root, inventory.place(root, name), everything, repository, (configured, option))
        reasons.setdefault(why, []).append(name)
    taken = any(file.kind for file in repository.files if file.path in wanted)
    doubtful = () if taken else tuple(reasons.get("", ()))
    for why, names in reasons.items():
        if why:
            warn(f"{_listed(names)}: {why}")
    return Asked(repository, wanted, doubtful, exclude)


def _means_something(root: Path, glob: str, paths: Iterable[str]) -> bool:
    """Return whether a glob means a path that is known, or one that nobody lints anyway."""
    ignored = not glob.startswith("/") and os.path.lexists(root / glob)
    return ignored or any(matches(path, glob) for path in paths)


def _why_not(
    root: Path,
    place: str,
    paths: Iterable[str],
    repository: Repository,
    excluded: tuple[Sequence[str], Sequence[str]],
) -> str:
    """Return why nothing at a place is linted; "" where something is, or nobody can tell."""
    if place == "." or place in repository.by_path:
        return ""
    inside = [path for path in paths if path == place or path.startswith(f"{place}/")]
    if any(path in repository.by_path for path in inside):
        return ""
    configured, option = excluded
    if inside and all(_is_meant(path, configured) for path in inside):
        return _CONFIGURED
    if inside and all(_is_meant(path, (*configured, *option)) for path in inside):
        return _OPTION
    here = root / place
    folders = [folder for folder in (here, *here.parents) if folder != root and folder.is_relative_to(root)]
    nested = (place in inside and here.is_dir()) or any((folder / ".git").exists() for folder in folders)
    return _NESTED if nested else ""


def _is_meant(path: str, globs: Iterable[str]) -> bool:
    return any(matches(path, glob) for glob in globs)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{' '.join(names[:_NAMES])}{more}"
