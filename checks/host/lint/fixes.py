"""Fixing what tools can fix: on a copy, of which only what changed comes back, each file in one step."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks import masking, redact
from checks.errors import UsageError
from checks.host import git, proc
from checks.host.lint import jobs, linters
from checks.lint import plan
from checks.lint.registry import Fixer
from checks.model import Done, Job, Output, ToolError, ToolState
from checks.report.plain import plain
from checks.repository import Repository

_PATCH_SECONDS = 30.0
_WHOLE = 1_000_000_000
"""Lines around a change: all of them."""
_PART = re.compile(r"^--- a/\./(?P<path>.+)\n\+\+\+ b/\./(?P=path)\n(?=@@ )", re.MULTILINE)
"""Where the part of a patch begins that is of one file."""


@dataclass(frozen=True)
class Fixed:
    """The files that were changed, relative to the root, and the tools that could not do their work."""

    paths: tuple[str, ...]
    errors: tuple[ToolError, ...]


def require_clean(root: Path) -> None:
    """Raise UsageError where something is not committed: what a fixer did could not be told from it, nor undone."""
    changed = git.changed_files(root)
    if changed:
        raise UsageError(
            f"--fix works on a clean tree, and {changed[0]} is not committed",
            "commit or stash first",
            [f"and {len(changed) - 1} more"] if len(changed) > 1 else (),
        )


def run(
    root: Path, repository: Repository, fixers: Mapping[str, Fixer], paths: frozenset[str] | None, out: Output
) -> Fixed:
    """Run fixers one after the other, each on what the one before it left, and put back what they changed.

    Files that a tool would have changed, and that are as they were, are named.
    """
    wanted = {name: plan.touching(one.units(repository), paths, reads=False) for name, one in fixers.items()}
    tools = linters.locate([name for name, units in wanted.items() if units], out)
    errors = [ToolError(name, ToolState.MISSING, why) for name, why in tools.absent.items() if why]
    known = [file.path for file in repository.files]
    left: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="checks-fix-", ignore_cleanup_errors=True) as scratch:
        copy = jobs.copied(root, Path(scratch) / "tree", known)
        for name, fixer in fixers.items():
            if name in tools.commands and wanted[name]:
                errors += _fix(copy, fixer, fixer.fixes(repository, wanted[name], tools), left)
        changed = [path for path in known if _differs(root / path, copy / path) and (paths is None or path in paths)]
        for path in changed:
            _put_back(copy / path, root / path)
    for path, why in left.items():
        if paths is None or path in paths:
            out.warn(f"{plain(path)} is not corrected: {why}")
    return Fixed(tuple(changed), tuple(errors))


def shown(root: Path) -> str:
    """Return what differs from what is committed as it may be shown: the lines around a change may hold secrets, too."""
    return masking.difference(git.difference(root), git.difference(root, _WHOLE))


def _fix(copy: Path, fixer: Fixer, work: Sequence[Job], left: dict[str, str]) -> list[ToolError]:
    """Return what could not do its work; `left` gets the files that a patch does not fit, and why."""
    errors = []
    for job, done in zip(work, jobs.run(work, copy, 1), strict=True):
        patch = fixer.read_fix(job, done)
        if isinstance(patch, ToolError):
            errors.append(patch)
        elif patch and not (applied := _apply(copy, patch)).ok:
            parts = _parts(patch)
            left |= {path: why for path, part in parts.items() if (why := _refused(copy, path, part))}
            if not parts:
                errors.append(ToolError(job.tool, ToolState.CRASHED, f"its patch does not apply: {_said(applied)}"))
    return errors


def _apply(copy: Path, patch: str) -> Done:
    """Apply a patch, all of it or nothing."""
    return proc.run(["git", "apply", "-p2", "--whitespace=nowarn", "-"], timeout=_PATCH_SECONDS, cwd=copy, stdin=patch)


def _parts(patch: str) -> dict[str, str]:
    """Return by path the part of a patch that is of one file."""
    found = list(_PART.finditer(patch))
    ends = [*(match.start() for match in found[1:]), len(patch)]
    return {match["path"]: patch[match.start() : end] for match, end in zip(found, ends, strict=False)}


def _refused(copy: Path, path: str, patch: str) -> str:
    """Apply the patch of one file, and return why that cannot be done, "" where it is."""
    applied = _apply(copy, patch)
    if applied.ok:
        return ""
    content = (copy / path).read_bytes() if (copy / path).is_file() else b""
    if b"\r" in content:
        return "it has carriage returns"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return f"the patch does not apply: {_said(applied)}"


def _said(applied: Done) -> str:
    return redact.masked(" / ".join(applied.last_lines(2)))


def _differs(before: Path, after: Path) -> bool:
    return after.is_file() and before.is_file() and before.read_bytes() != after.read_bytes()


def _put_back(new: Path, old: Path) -> None:
    place = old.resolve()  # a link stays a link
    scratch = place.with_name(f".{place.name}.checks-fix")
    scratch.write_bytes(new.read_bytes())
    scratch.chmod(place.stat().st_mode)
    scratch.replace(place)
