"""How fast `checks lint` is beside the tools that it runs: whole processes, side by side, in one run.

    nox -s benchmarks -- lint [--root DIR] [--runs N]

Every tool is run by itself, one after the other, with the command lines that `checks lint` uses, on a copy of the
repository; then the installed command: cold (no results known), again with nothing changed, with one Dockerfile changed,
and that with --since. Printed are medians and ratios; nothing is judged. The bound for a cold run is the longest of
the slowest tool and all tools' CPU seconds over the cores.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checks.host import cache, files, git, inventory, jobs, linters
from checks.host.console import Console
from checks.lint import registry
from checks.model import Job
from checks.repository import Kind, Repository

OUT = Console(quiet=True)


@dataclass(frozen=True)
class Cost:
    """Medians, in seconds: of wall time, and of CPU time of all processes together."""

    wall: float
    cpu: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="nox -s benchmarks -- lint")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: this one)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="checks-benchmark-") as scratch:
        _measure(args.root.absolute(), Path(scratch), args.runs)


def _measure(source: Path, scratch: Path, runs: int) -> None:
    root = jobs.copied(source, scratch / "repository", git.listing(source).paths)
    _git(root)
    repository = _repository(root)
    print(f"{len(repository.files)} files, {linters.workers()} cores, medians of {runs} runs")
    tools = _tools(root, repository, runs)
    total, cpu = sum(cost.wall for cost in tools.values()), sum(cost.cpu for cost in tools.values())
    bound = max(max(cost.wall for cost in tools.values()), cpu / linters.workers())
    print(f"tools one after the other {total:.2f} s; bound of a cold run {bound:.2f} s\n")

    env = {**os.environ, "CHECKS_CACHE": str(_cache(scratch))}
    cold = _cost(runs, lambda: _checks(root, env), before=lambda: _forget(scratch))
    _say("cold", cold, f"{cold.wall / bound:.2f} x the bound, {total / cold.wall:.2f} x as fast as one after the other")
    warm = _cost(runs, lambda: _checks(root, env))
    _say("nothing changed", warm, f"{total / warm.wall:.0f} x as fast as one after the other")
    _one_changed(root, repository, env, runs)


def _tools(root: Path, repository: Repository, runs: int) -> dict[str, Cost]:
    costs = {}
    for name, linter in registry.LINTERS.items():
        units = linter.units(repository)
        tools = linters.locate([name] if units else [], OUT)
        if name not in tools.commands:
            continue
        work = linter.jobs(repository, units, tools)
        costs[name] = _cost(runs, lambda work=work: _alone(work, root))  # type: ignore[misc]
        _say(name, costs[name], f"{sum(len(unit.files) for unit in units)} files")
    return costs


def _one_changed(root: Path, repository: Repository, env: dict[str, str], runs: int) -> None:
    dockerfiles = repository.of_kind(Kind.DOCKERFILE)
    if not dockerfiles:
        print("no Dockerfile to change")
        return
    path = dockerfiles[0].path
    number = 0

    def change() -> None:
        nonlocal number
        number += 1
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(f"\n# change {number} of {time.time()}\n")

    slowest, name = _slowest_of(root, path, runs)
    one = _cost(runs, lambda: _checks(root, env), before=change)
    _say("one Dockerfile", one, f"{one.wall / slowest:.2f} x {name}, the slowest tool that takes it ({slowest:.2f} s)")
    fast = _cost(runs, lambda: _checks(root, env, "--skip", "checkov"), before=change)
    _say("  --skip checkov", fast, "")
    since = _cost(runs, lambda: _checks(root, env, "--since", "HEAD"), before=change)
    _say("  --since HEAD", since, f"{since.wall - one.wall:+.2f} s against all of it")


def _slowest_of(root: Path, path: str, runs: int) -> tuple[float, str]:
    repository = _repository(root)
    found = []
    for name, linter in registry.LINTERS.items():
        units = [unit for unit in linter.units(repository) if path in unit.files]
        tools = linters.locate([name] if units else [], OUT)
        if name in tools.commands:
            work = linter.jobs(repository, units, tools)
            found.append((_cost(runs, lambda work=work: _alone(work, root)).wall, name))  # type: ignore[misc]
    return max(found)


def _alone(work: list[Job], root: Path) -> None:
    jobs.run(work, root, 1)


def _checks(root: Path, env: dict[str, str], *words: str) -> None:
    program = Path(sys.executable).with_name("checks")
    done = subprocess.run([program, "lint", "--root", root, *words], env=env, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"checks lint ended with {done.returncode}: {done.stderr.decode()[-500:]}")


def _cost(runs: int, work: Callable[[], None], before: Callable[[], object] = lambda: None) -> Cost:
    walls, cpus = [], []
    for _ in range(runs):
        before()
        used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        work()
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.monotonic() - start)
        cpus.append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
    return Cost(statistics.median(walls), statistics.median(cpus))


def _repository(root: Path) -> Repository:
    return Repository.of(inventory.inventory(root, git.listing(root).paths), files.load_config(root).exclude)


def _git(root: Path) -> None:
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def _cache(scratch: Path) -> Path:
    """Make a cache with the tools of the real one and no results."""
    place = scratch / "cache"
    place.mkdir()
    for name in ("tools", "bases"):
        if (cache.root() / name).exists():
            (place / name).symlink_to(cache.root() / name)
    return place


def _forget(scratch: Path) -> None:
    shutil.rmtree(scratch / "cache/lint", ignore_errors=True)


def _say(name: str, cost: Cost, text: str) -> None:
    print(f"{name:24} {cost.wall:7.2f} s  {cost.cpu:7.2f} s CPU  {text}", flush=True)


if __name__ == "__main__":
    main()
