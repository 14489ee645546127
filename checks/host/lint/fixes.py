"""Fixing what tools can fix: on a copy, of which only what changed comes back, each file in one step."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.errors import UsageError
from checks.host import git, proc
from checks.host.lint import jobs, linters
from checks.lint import plan
from checks.lint.registry import Fixer
from checks.model import Job, Output, ToolError, ToolState
from checks.repository import Repository

_PATCH_SECONDS = 30.0


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
    """Run fixers one after the other, each on what the one before it left, and put back what they changed."""
    wanted = {name: plan.touching(one.units(repository), paths, reads=False) for name, one in fixers.items()}
    tools = linters.locate([name for name, units in wanted.items() if units], out)
    errors = [ToolError(name, ToolState.MISSING, why) for name, why in tools.absent.items() if why]
    known = [file.path for file in repository.files]
    with tempfile.TemporaryDirectory(prefix="checks-fix-", ignore_cleanup_errors=True) as scratch:
        copy = jobs.copied(root, Path(scratch) / "tree", known)
        for name, fixer in fixers.items():
            if name in tools.commands and wanted[name]:
                errors += _fix(copy, fixer, fixer.fixes(repository, wanted[name], tools))
        changed = [path for path in known if _differs(root / path, copy / path) and (paths is None or path in paths)]
        for path in changed:
            _put_back(copy / path, root / path)
    return Fixed(tuple(changed), tuple(errors))


def _fix(copy: Path, fixer: Fixer, work: Sequence[Job]) -> list[ToolError]:
    errors = []
    for job, done in zip(work, jobs.run(work, copy, 1), strict=True):
        patch = fixer.read_fix(job, done)
        if isinstance(patch, str) and patch:
            applied = proc.run(
                ["git", "apply", "-p2", "--whitespace=nowarn", "-"], timeout=_PATCH_SECONDS, cwd=copy, stdin=patch
            )
            if not applied.ok:
                said = " / ".join(applied.last_lines(2))
                patch = ToolError(job.tool, ToolState.CRASHED, f"its patch does not apply: {said}")
        if isinstance(patch, ToolError):
            errors.append(patch)
    return errors


def _differs(before: Path, after: Path) -> bool:
    return after.is_file() and before.is_file() and before.read_bytes() != after.read_bytes()


def _put_back(new: Path, old: Path) -> None:
    place = old.resolve()  # a link stays a link
    scratch = place.with_name(f".{place.name}.checks-fix")
    scratch.write_bytes(new.read_bytes())
    scratch.chmod(place.stat().st_mode)
    scratch.replace(place)
