"""What of all that was found counts: what is waived, and what a choice of paths or a change leaves of it."""

from __future__ import annotations

import contextlib
import datetime
import os
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.config import Config
from checks.errors import UsageError
from checks.host import git
from checks.host.console import Console
from checks.host.lint import inventory, jobs, lintrun
from checks.host.lint.asked import Asked
from checks.host.lint.lintrun import Ran
from checks.host.lint.planning import Scope
from checks.lint import baseline, changes, findings, plan, registry, waivers
from checks.lint.changes import Changes
from checks.model import Finding, Findings, Status, ToolError
from checks.repository import Repository, split_lines

_NOT_LINTED = "what was there before the change cannot be linted, and all that may be new counts"


@dataclass(frozen=True)
class Judge:
    """Knows what was asked for: of what `asked` means only what `since` touches, where that is not None.

    `cached` says whether what is known of an earlier run counts.
    """

    root: Path
    config: Config
    asked: Asked
    since: Changes | None
    today: datetime.date
    cached: bool = True

    @property
    def scope(self) -> Scope:
        """Return what linters have to look at."""
        if self.since is None:
            return Scope(self.asked.wanted)
        near = changes.around(self.since.gone, self.asked.repository.by_path)
        return Scope(frozenset(self.since.lines) | near, reads=True)

    def judged(
        self, ran: Mapping[str, Ran], known: Counter[str], out: Console, *, unused: bool
    ) -> tuple[tuple[Finding, ...], int]:
        """Return the findings that were asked for and what became of each, and how many entries of `known` met none.

        With `unused`, waivers that waive nothing are told.
        """
        found = self._with_waivers(self._settled(self.root, self.asked.repository, ran), unused=unused)
        # What is not of the change takes its place in the baseline first: a new finding like it is none that was there.
        marked, gone = baseline.applied(sorted(found, key=self._holds), known)
        late = self._of_the_change(marked, out)
        return findings.in_order(one for one in marked if (self._holds(one) if late is None else one in late)), gone

    def _names(self, finding: Finding) -> bool:
        """Return whether a finding is in what was named."""
        return self.asked.wanted is None or finding.path in self.asked.wanted

    def _holds(self, finding: Finding) -> bool:
        """Return whether a finding is of what was asked for; what is said of the configuration always is."""
        near = self.since is None or self.since.touch(finding)
        return _is_of_configuration(finding) or (near and self._names(finding))

    def _settled(
        self, root: Path, repository: Repository, ran: Mapping[str, Ran], renamed: Mapping[str, str] | None = None
    ) -> tuple[Finding, ...]:
        """Return what was found; with `renamed` (new path → old) what was found of a file as of the one that it is now."""
        now = {old: new for new, old in (renamed or {}).items()}
        found = [*_found(ran), *findings.of_troubles(repository)]
        texts = {**repository.lines, **_texts(root, repository, found)}
        lines = {now.get(path, path): text for path, text in texts.items()}
        marks = {now.get(path, path): mark for path, mark in _archives(root, found).items()}
        found = [replace(one, path=now.get(one.path, one.path)) for one in found]
        return findings.settle(found, lines, self._holds, marks)

    def _with_waivers(self, settled: Sequence[Finding], *, unused: bool) -> tuple[Finding, ...]:
        lines = self.asked.repository.lines
        inline, wrong = waivers.inline(lines)
        placed = [*inline, *waivers.configured(self.config.waivers, self.config.source)]
        marked, said = waivers.apply(settled, placed, self.today, unused=unused)
        return findings.in_order([*marked, *findings.settle([*wrong, *said], lines)])

    def _of_the_change(self, found: Iterable[Finding], out: Console) -> Collection[Finding] | None:
        """Return the findings that a change brought, None where its lines tell that.

        A file that cannot be read any more is told in another line than the one that was changed, and what is missing in
        none. So where there are such findings, what was there before the change is linted too.
        """
        since = self.since
        if since is None:
            return None
        near = [one for one in found if self._holds(one)]
        far = [one for one in found if one.status is Status.NEW and self._names(one) and _may_be_of(one, since)]
        if not far:
            return None
        out.step("linting what was there before the change")
        before = self._before(since, sorted({one.tool for one in far}), out)
        old = [] if before is None else [one for one in far if before[one.fingerprint] > 0]
        return frozenset(near) - frozenset(old) | frozenset(far) - frozenset(old)

    def _before(self, since: Changes, names: Collection[str], out: Console) -> Counter[str] | None:
        """Return the fingerprints of what these linters found before the change, None where they could not say."""
        linters = registry.choose(names, ())
        known = self.asked.repository
        with tempfile.TemporaryDirectory(prefix="checks-before-", ignore_cleanup_errors=True) as folder:
            needed = sorted(_read_with(self.root, known, linters, self.scope.paths or ()))
            top = Path(folder, "tree")
            copy = top / git.prefix(self.root)
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
                jobs.copied(self.root, copy, needed)
                git.put_back(self.root, since, top)
            except (OSError, UsageError) as error:
                out.warn(f"{_NOT_LINTED}: {error}")
                return None
            there = dict.fromkeys((*needed, *since.lines, *since.gone))
            paths = [path for path in there if os.path.lexists(copy / path)]
            old = Repository.of(inventory.inventory(copy, paths), self.asked.exclude)
            scope = Scope(frozenset((*(self.scope.paths or ()), *since.gone)), reads=True)
            ran = lintrun.run(
                *(copy, old, linters, out), scope=scope, cached=self.cached, named=False, beside=lambda: None
            )
            errors = [answer for one in ran.values() for _, _, answer in one.results if isinstance(answer, ToolError)]
            if errors:
                out.warn(f"{_NOT_LINTED}: {errors[0].tool}: {errors[0].message}")
                return None
            whole = replace(self, since=None, asked=Asked(old))
            return Counter(one.fingerprint for one in whole._settled(copy, old, ran, since.renamed))


def _is_of_configuration(finding: Finding) -> bool:
    return finding.path in ("checks.toml", "pyproject.toml") and baseline.is_of_waivers(finding)


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


def _archives(root: Path, found: Iterable[Finding]) -> dict[str, str]:
    """Return a mark of each file that has secrets in no line of its own: an archive."""
    marks = {}
    for path in sorted({finding.path for finding in found if finding.secret and not finding.line}):
        with contextlib.suppress(OSError):
            marks[path] = findings.mark((root / path).read_bytes())
    return marks


def _may_be_of(finding: Finding, since: Changes) -> bool:
    """Return whether a finding may be of a change whose lines do not tell that, or not be of it though they do."""
    whole = findings.is_whole(finding) and since.lines.get(finding.path) is not None
    if since.touch(finding):
        return whole
    return whole or findings.is_far(finding) or (finding.secret and finding.path in since.lines)


def _read_with(root: Path, repository: Repository, names: Iterable[str], changed: Collection[str]) -> set[str]:
    """Return what these linters read where they look at changed files, their configurations included."""
    found: set[str] = set()
    for name in names:
        linter = registry.RULES[name] if name in registry.RULES else registry.LINTERS[name]
        units = plan.touching(linter.units(repository), changed, reads=True)
        found.update(path for unit in units for path in unit.reads)
        found.update(path for path in plan.configurations(linter.CONFIG, units) if (root / path).is_file())
    return found
