"""What of all that was found counts: what is waived, and what a choice of paths or a change leaves of it."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from checks.config import Config
from checks.errors import UsageError
from checks.host import git
from checks.host.console import Console
from checks.host.lint import inventory, jobs, lintrun
from checks.host.lint.lintrun import Ran
from checks.host.lint.planning import Scope
from checks.lint import baseline, findings, plan, registry, waivers
from checks.lint.changes import Changes
from checks.model import Finding, Findings, Status, ToolError
from checks.repository import Repository, split_lines


@dataclass(frozen=True)
class Asked:
    """What is asked for: everything, or the paths of `wanted`, of these only what `since` touches.

    `exclude` are globs. With `unused`, waivers that waive nothing are told.
    """

    root: Path
    config: Config
    exclude: tuple[str, ...]
    wanted: frozenset[str] | None
    since: Changes | None
    today: datetime.date
    unused: bool = False
    cached: bool = True

    @property
    def scope(self) -> Scope:
        """Return what linters have to look at."""
        if self.since is None:
            return Scope(self.wanted)
        return Scope(frozenset(self.since.lines), reads=True)

    def names(self, finding: Finding) -> bool:
        """Return whether a finding is in what was named."""
        return self.wanted is None or finding.path in self.wanted

    def holds(self, finding: Finding) -> bool:
        """Return whether a finding is of what was asked for; what is said of the configuration always is."""
        near = self.since is None or self.since.touch(finding)
        return _is_of_configuration(finding) or (near and self.names(finding))


def _is_of_configuration(finding: Finding) -> bool:
    return finding.path in ("checks.toml", "pyproject.toml") and baseline.is_of_waivers(finding)


def judge(
    asked: Asked, repository: Repository, ran: Mapping[str, Ran], known: Counter[str], out: Console
) -> tuple[tuple[Finding, ...], int]:
    """Return the findings that were asked for, each with what became of it, and how many entries of `known` met none."""
    judged = _judged(asked, repository, ran)
    # What is not of the change takes its place in the baseline first: a new finding like it is none that was there.
    marked, gone = baseline.applied(sorted(judged, key=asked.holds), known)
    late = _of_the_change(asked, repository, marked, out)
    return findings.in_order(one for one in marked if (asked.holds(one) if late is None else one in late)), gone


def _judged(asked: Asked, repository: Repository, ran: Mapping[str, Ran]) -> tuple[Finding, ...]:
    found = _found(ran)
    lines = {**repository.lines, **_texts(asked.root, repository, found)}
    settled = findings.settle([*found, *findings.of_troubles(repository)], lines, asked.holds)
    inline, wrong = waivers.inline(repository.lines)
    placed = [*inline, *waivers.configured(asked.config.waivers, asked.config.source)]
    marked, said = waivers.apply(settled, placed, asked.today, unused=asked.unused)
    return findings.in_order([*marked, *findings.settle([*wrong, *said], lines)])


def _found(ran: Mapping[str, Ran]) -> list[Finding]:
    said = [answer for one in ran.values() for _, _, answer in one.results if isinstance(answer, Findings)]
    known = [answer for one in ran.values() for answer in (one.known or {}).values()]
    return [finding for answer in (*said, *known) for finding in answer.items]


def _texts(root: Path, repository: Repository, found: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """Return the lines of files of no kind that a secret was found in."""
    paths = {finding.path for finding in found if finding.secret and finding.line} - repository.lines.keys()
    texts = {}
    for path in sorted(paths):
        with contextlib.suppress(OSError):  # it was read a moment ago
            texts[path] = split_lines((root / path).read_text(encoding="utf-8", errors="replace"))
    return texts


def _of_the_change(
    asked: Asked, repository: Repository, found: Iterable[Finding], out: Console
) -> Collection[Finding] | None:
    """Return the findings that a change brought, None where its lines tell that.

    A file that cannot be read any more is told in another line than the one that was changed, and what is missing in none. So
    where there are such findings, what was there before the change is linted too.
    """
    since = asked.since
    if since is None:
        return None
    near = [one for one in found if asked.holds(one)]
    far = [one for one in found if one.status is Status.NEW and asked.names(one) and _may_be_of(one, since)]
    if not far:
        return None
    out.step("linting what was there before the change")
    before = _before(asked, repository, since, sorted({one.tool for one in far}), out)
    old = [] if before is None else [one for one in far if before[one.fingerprint] > 0]
    return frozenset(near) - frozenset(old) | frozenset(far) - frozenset(old)


def _may_be_of(finding: Finding, since: Changes) -> bool:
    if not findings.is_far(finding):
        return False
    return not since.touch(finding) or since.lines.get(finding.path) is not None


def _before(
    asked: Asked, repository: Repository, since: Changes, names: Collection[str], out: Console
) -> Counter[str] | None:
    """Return the fingerprints of what these linters found before the change, None where they could not say."""
    linters = registry.choose(names, ())
    with tempfile.TemporaryDirectory(prefix="checks-before-", ignore_cleanup_errors=True) as scratch:
        needed = sorted(_read_with(asked.root, repository, linters, since.lines))
        try:
            copy = jobs.copied(asked.root, Path(scratch, "copy"), needed)
            differ = git.put_back(asked.root, since.start, copy)
        except (OSError, UsageError):
            return None
        paths = [path for path in dict.fromkeys((*needed, *differ)) if (copy / path).is_file()]
        old = Repository.of(inventory.inventory(copy, paths), asked.exclude)
        scope = Scope(frozenset({*since.lines, *differ}), reads=True)
        ran = lintrun.run(
            *(copy, old, linters, out), scope=scope, cached=asked.cached, named=False, beside=lambda: None
        )
        if any(isinstance(answer, ToolError) for one in ran.values() for _, _, answer in one.results):
            return None
        before = replace(asked, root=copy, since=None, wanted=None, unused=False)
        return Counter(one.fingerprint for one in _judged(before, old, ran))


def _read_with(root: Path, repository: Repository, names: Iterable[str], changed: Collection[str]) -> set[str]:
    """Return what these linters read where they look at changed files, their configurations included."""
    found: set[str] = set()
    for name in names:
        linter = registry.RULES[name] if name in registry.RULES else registry.LINTERS[name]
        units = plan.touching(linter.units(repository), changed, reads=True)
        found.update(path for unit in units for path in unit.reads)
        found.update(path for path in plan.configurations(linter.CONFIG, units) if (root / path).is_file())
    return found
