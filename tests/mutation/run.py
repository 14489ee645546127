"""How many mutants of checks/cis its tests notice: `nox -s mutants`.

    nox -s mutants -- [--module NAME ...] [--sample N] [--workers N] [--write]

Tests are collected once. Each mutant is planted in a fork of that process, and tests run there until one fails: those of the
same module first, then all of tests/unit/cis. What nobody notices so is imported by an interpreter of its own, once more.
Tools of the field (mutmut, cosmic-ray) start pytest anew for each mutant, or mutate the texts that people read. A mutant that
hangs was noticed. The score is in docs/cis.md where --write was said. Ends 1 below --least percent (95).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest import runner

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.mutation import planting
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
PACKAGE, TESTS = ROOT / "checks/cis", "tests/unit/cis"
FIGURES = ROOT / "docs/cis-figures.json"
NOT_MUTATED = ("__init__", "doc")
"""What decides nothing: `doc` writes docs/cis.md."""
NOTICED, SURVIVED, LEFT_OUT, BROKEN = 10, 11, 12, 13
SECONDS = 60


@dataclass(frozen=True)
class Planted:
    """A mutant and the module that it is one of."""

    module: str
    number: int
    mutant: Mutant

    def __str__(self) -> str:
        return f"checks/cis/{self.module}.py:{self.mutant.line}:{self.mutant.column + 1}: {self.mutant.what}"


class Mutating:
    """The plugin that runs mutants in the place of tests."""

    def __init__(self, modules: Sequence[str], workers: int, sample: int | None) -> None:
        self._wanted = [
            Planted(name, number, mutant)
            for name in modules
            for number, mutant in enumerate(mutants((PACKAGE / f"{name}.py").read_text()))
        ]
        random.Random(1).shuffle(self._wanted)  # noqa: S311  so that all workers are busy to the end
        self.all = len(self._wanted)
        self._wanted = self._wanted[:sample]
        self._workers = workers
        self.results: dict[int, list[str]] = {NOTICED: [], SURVIVED: [], BROKEN: []}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Let workers try every mutant, once the tests have passed without one."""
        if session.testsfailed:
            raise session.Interrupted("tests could not be collected")
        if _outcome(session.items) != SURVIVED:
            raise session.Interrupted("the tests fail without a mutant")
        planting.prepare()
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, str(number)) for number in range(self._workers)]
            pids = [self._fork(session.items, number, path) for number, path in enumerate(paths)]
            codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
            if any(codes):
                raise session.Interrupted(f"a worker ended with {codes}")
            for line in (line for path in paths for line in path.read_text().splitlines()):
                code, what = json.loads(line)
                self.results[code].append(what)
        return True

    def _fork(self, items: Sequence[pytest.Item], number: int, path: Path) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        with contextlib.suppress(BaseException), path.open("w", encoding="utf-8") as file:
            for planted in self._wanted[number :: self._workers]:
                file.write(json.dumps([_tried(items, planted), str(planted)]) + "\n")
                file.flush()
            code = 0
        os._exit(code)


def _tried(items: Sequence[pytest.Item], planted: Planted) -> int:
    """Return what becomes of a mutant, in a process of its own."""
    pid = os.fork()
    if not pid:
        code = BROKEN
        try:
            signal.alarm(SECONDS)
            code = _run(items, planted)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended in (SURVIVED, LEFT_OUT):
        return _imported(planted)
    return NOTICED if ended == -signal.SIGALRM else ended


def _imported(planted: Planted) -> int:
    """Return what becomes of a mutant that is imported: what modules make while they are imported shows only so."""
    argv = [sys.executable, "-P", str(Path(__file__).with_name("imported.py")), planted.module, str(planted.number)]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=10 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return NOTICED
    return done.returncode if done.returncode in (NOTICED, SURVIVED) else BROKEN


def _run(items: Sequence[pytest.Item], planted: Planted) -> int:
    module = importlib.import_module(f"checks.cis.{planted.module}")
    try:
        planting.plant(module, planted.mutant.tree)
    except planting.CannotPlantError:
        return LEFT_OUT
    except planting.UnusableError:
        return NOTICED
    return _outcome(_ordered(items, planted.module))


def _ordered(items: Sequence[pytest.Item], module: str) -> Iterator[pytest.Item]:
    """Yield the tests that are about a module first, by the name of their file or by the checks that they are about."""
    checks = _examples(module)
    near = [item for item in items if item.path.stem == f"test_{module}" or _about(item) in checks]
    yield from near
    known = {id(item) for item in near}
    # Examples of other modules' checks ask nothing of a module of checks.
    yield from (item for item in items if id(item) not in known and not (checks and _about(item)))


def _examples(module: str) -> frozenset[str]:
    found = sys.modules.get(f"tests.unit.cis.examples_{module}")
    return frozenset(found.EXAMPLES) if found else frozenset()


def _about(item: pytest.Item) -> str:
    call: Any = getattr(item, "callspec", None)
    name = call.params.get("name") if call else None
    return name if isinstance(name, str) else ""


def _outcome(items: Sequence[pytest.Item] | Iterator[pytest.Item]) -> int:
    """Run tests until one fails; return whether one did."""
    for item in items:
        reports = runner.runtestprotocol(item, log=False, nextitem=None)
        if any(report.failed for report in reports):
            return NOTICED
    return SURVIVED


def main() -> int:
    """Run them, print what survived and the score."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --")
    parser.add_argument("--module", action="append", metavar="NAME", help="only of this module of checks/cis")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--least", type=float, default=95.0, metavar="PERCENT")
    parser.add_argument("--sample", type=int, metavar="N", help="only N of all, chosen at random, the same each time")
    parser.add_argument("--write", action="store_true", help=f"write the score to {FIGURES.relative_to(ROOT)}")
    args = parser.parse_args()
    modules = args.module or sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem not in NOT_MUTATED)
    plugin = Mutating(modules, args.workers, args.sample)
    os.chdir(ROOT)
    code = pytest.main(["-qq", "-p", "no:cacheprovider", TESTS], plugins=[plugin])
    if code != pytest.ExitCode.OK:
        print(f"the tests themselves do not run: pytest ended with {int(code)}")
        return 2
    if plugin.results[BROKEN]:
        print("these could not be tried, a defect of this program:", *sorted(plugin.results[BROKEN]), sep="\n  ")
        return 2
    noticed, survived = (len(plugin.results[one]) for one in (NOTICED, SURVIVED))
    for line in sorted(plugin.results[SURVIVED]):
        print(f"survived: {line}")
    score = 100 * noticed / (noticed + survived)
    said = f"{score:.1f} % ({noticed} of {noticed + survived} mutants noticed"
    said += ")"
    if args.sample:
        said += f", a random sample of {plugin.all}"
    print(f"mutation score of checks/cis: {said}")
    if args.write and not args.module:
        FIGURES.write_text(json.dumps({"mutation score": said}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if score >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
