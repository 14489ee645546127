"""How fast `checks lint` is beside the tools that it runs: whole processes, side by side, in one run.

    nox -s benchmarks -- lint [--root DIR] [--runs N]

In every round each tool is run by itself, one after the other, with the command lines that `checks lint` uses, on a copy of
the repository; then the installed command: cold (no results known), again with nothing changed, with one Dockerfile changed,
and that with --since. Printed are medians, of the ratios too: each compares what ran in one round. Nothing is judged. The
bound for a cold run is the longest of the slowest tool and all tools' CPU seconds over the cores.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from checks.host import cache, files, git
from checks.host.console import Console
from checks.host.lint import inventory, jobs, linters
from checks.host.tools import toolenv
from checks.lint import plan, registry
from checks.model import Job
from checks.repository import Kind, Repository

OUT = Console(quiet=True)


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time, and of CPU time of all processes together."""

    wall: float
    cpu: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="nox -s benchmarks -- lint")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: this one)")
    parser.add_argument("--runs", type=int, default=3, help="rounds (default: 3)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="checks-benchmark-") as scratch:
        _measure(args.root.absolute(), Path(scratch), args.runs)


def _measure(source: Path, scratch: Path, runs: int) -> None:
    root = jobs.copied(source, scratch / "repository", git.listing(source).paths)
    _git(root)
    repository = _repository(root)
    print(f"{len(repository.files)} files, {linters.workers()} cores, medians of {runs} rounds")
    env = {**os.environ, "CHECKS_CACHE": str(_cache(scratch))}
    tools = _tools(repository)

    def cold() -> None:
        _forget(scratch)
        _checks(root, env)

    _checks(root, env)  # the versions of the tools are asked for once
    work = {name: partial(_alone, jobs_of, root) for name, jobs_of in tools.items()}
    costs = _rounds(runs, {**work, "cold": cold, "nothing changed": partial(_checks, root, env)})
    for name, jobs_of in tools.items():
        _say(name, costs[name], f"{sum(len(unit.files) for job in jobs_of for unit in plan.units_of(job))} files")
    total = [sum(costs[name][at].wall for name in tools) for at in range(runs)]
    bound = [
        max(
            *(costs[name][at].wall for name in tools),
            sum(costs[name][at].cpu for name in tools) / linters.workers(),
        )
        for at in range(runs)
    ]
    print(f"tools one after the other {median(total):.2f} s; bound of a cold run {median(bound):.2f} s\n")
    slower, faster = _ratio(_walls(costs["cold"]), bound), _ratio(total, _walls(costs["cold"]))
    _say("cold", costs["cold"], f"{slower:.2f} x the bound, {faster:.2f} x as fast as one after the other")
    faster = _ratio(total, _walls(costs["nothing changed"]))
    _say("nothing changed", costs["nothing changed"], f"{faster:.0f} x as fast as one after the other")
    _one_changed(root, repository, env, runs)


def _tools(repository: Repository, path: str = "") -> dict[str, list[Job]]:
    """Return the jobs of each tool, for everything, or for the units about one file."""
    work = {}
    for name, linter in registry.LINTERS.items():
        units = [unit for unit in linter.units(repository) if not path or path in unit.files]
        tools = linters.locate([name] if units else [], OUT)
        if name in tools.commands:
            work[name] = linter.jobs(repository, units, tools)
    return work


def _one_changed(root: Path, repository: Repository, env: dict[str, str], runs: int) -> None:
    dockerfiles = repository.of_kind(Kind.DOCKERFILE)
    if not dockerfiles:
        print("no Dockerfile to change")
        return
    path = dockerfiles[0].path

    def changed(*words: str) -> None:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(f"\n# changed at {time.time_ns()}\n")
        _checks(root, env, *words)

    tools = {name: partial(_alone, work, root) for name, work in _tools(repository, path).items()}
    ours: dict[str, Callable[[], None]] = {
        "one Dockerfile": changed,
        "  --skip checkov": partial(changed, "--skip", "checkov"),
        "  --since HEAD": partial(changed, "--since", "HEAD"),
    }
    byhand = "checkov by hand"
    alone = {byhand: partial(_by_hand, root, path)} if "checkov" in tools else {}
    costs = _rounds(runs, {**tools, **alone, **ours})
    for name in alone:
        walls = _walls(costs[name])
        _say(
            name, costs[name], f"one Dockerfile {_ratio(_walls(costs['one Dockerfile']), walls):.2f} x its own command"
        )
    _say("one Dockerfile", costs["one Dockerfile"], _beside_slowest(costs, "one Dockerfile", tools))
    rest = [name for name in tools if name != "checkov"]
    _say("  --skip checkov", costs["  --skip checkov"], _beside_slowest(costs, "  --skip checkov", rest))
    one = _walls(costs["one Dockerfile"])
    more = median([part - whole for part, whole in zip(_walls(costs["  --since HEAD"]), one, strict=True)])
    _say("  --since HEAD", costs["  --since HEAD"], f"{more:+.2f} s against all of it")


def _beside_slowest(costs: Mapping[str, Sequence[Cost]], ours: str, tools: Collection[str]) -> str:
    """Say how a run of ours compares with the slowest of these tools, called as checks calls it."""
    name = max(tools, key=lambda name: median(_walls(costs[name])))
    slowest = _walls(costs[name])
    ratio = _ratio(_walls(costs[ours]), slowest)
    return f"{ratio:.2f} x {name} as checks calls it, the slowest tool that takes it ({median(slowest):.2f} s)"


def _by_hand(root: Path, path: str) -> None:
    """Run checkov as a person does who wants it quick: checks calls less of it than its own command line."""
    program = toolenv.environment("checkov", OUT) / "bin" / "checkov"
    words = ("--quiet", "--compact", "--skip-download", "--framework", "dockerfile", "secrets", "-f", path)
    subprocess.run([program, *words], cwd=root, capture_output=True, check=False)


def _alone(work: list[Job], root: Path) -> None:
    jobs.run(work, root, 1)


def _checks(root: Path, env: dict[str, str], *words: str) -> None:
    program = Path(sys.executable).with_name("checks")
    done = subprocess.run([program, "lint", "--root", root, *words], env=env, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"checks lint ended with {done.returncode}: {done.stderr.decode()[-500:]}")


def _rounds(runs: int, work: Mapping[str, Callable[[], None]]) -> dict[str, list[Cost]]:
    """Return what each cost in each round; all of them in every round, because a machine is not as fast at all times."""
    costs: dict[str, list[Cost]] = {name: [] for name in work}
    for _ in range(runs):
        for name, do in work.items():
            used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            do()
            wall, now = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
            costs[name].append(Cost(wall, cpu))
    return costs


def _walls(costs: Sequence[Cost]) -> list[float]:
    return [cost.wall for cost in costs]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of each round."""
    return median([one / other for one, other in zip(ours, theirs, strict=True)])


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


def _say(name: str, costs: Sequence[Cost], text: str) -> None:
    wall, cpu = median(_walls(costs)), median([cost.cpu for cost in costs])
    print(f"{name:24} {wall:7.2f} s  {cpu:7.2f} s CPU  {text}", flush=True)


if __name__ == "__main__":
    main()
