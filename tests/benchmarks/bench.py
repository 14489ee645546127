"""How fast `checks bench` is beside docker-bench-security, and whether both say the same: whole processes, in one run.

    nox -s benchmarks -- bench --peer DIR [--containers 3,100] [--runs N] [--image IMAGE]

DIR is a checkout of docker/docker-bench-security (git clone it from its page on GitHub); without one only our own times are
printed. It runs in a copy, as it writes its logs beside itself. Containers are started on the embedded engine only, carry the
labels of a run, and are removed however this ends. Then a Snapshot of 10,000 containers is read and judged. Printed are
medians and ratios, and each check whose verdict is another one although docs/cis.md says nothing of it; nothing is judged.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checks.cis import registry, snapshot
from checks.cis.facts import Container, Mount, Port, Process
from checks.host import identity, run
from checks.host.bench import collect
from checks.host.docker import engine, labels
from checks.host.docker.engine import Engine

PEER = "CHECKS_DOCKER_BENCH"
SAME = {
    "PASS": {"PASS"},
    "WARN": {"FAIL"},
    "INFO": {"MANUAL", "NOT_APPLICABLE", "PASS"},
    "NOTE": {"MANUAL", "NOT_APPLICABLE", "PASS"},
}
"""What docker-bench-security's words are in ours."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="nox -s benchmarks -- bench")
    add = parser.add_argument
    add("--peer", type=Path, default=os.environ.get(PEER), help=f"docker-bench-security's folder (default: {PEER})")
    add("--containers", default="3,100", help="how many containers to start, one after the other (default: 3,100)")
    add("--runs", type=int, default=5, help="runs of ours (default: 5); the other runs once")
    add(
        "--image",
        default="debian:trixie-slim",
        help="an image that is there and has `sleep` (default: debian:trixie-slim)",
    )
    args = parser.parse_args()
    for count in (int(word) for word in args.containers.split(",") if word):
        _beside(count, args)
    _judging()


def _beside(count: int, args: argparse.Namespace) -> None:
    found = engine.find()
    if found is None or found.kind != "embedded":
        sys.exit("containers are started on the embedded engine only: checks engine up, and unset DOCKER_HOST")
    with _containers(found, count, args.image), tempfile.TemporaryDirectory(prefix="checks-benchmark-") as scratch:
        root = Path(scratch)
        ours = statistics.median(_seconds(lambda: _ours(root, found)) for _ in range(args.runs))
        report = json.loads((root / "reports" / "bench.json").read_text())
        inside = ", ".join(f"{one['name']} {one['seconds']:.3f} s" for one in report["steps"])
        print(f"{count} containers: checks bench {ours:.3f} s, the whole process ({inside})")
        if args.peer is None:
            print(f"  docker-bench-security was not run: name its folder by --peer or {PEER}")
            return
        log: dict[str, Any] = {}
        theirs = _seconds(lambda: log.update(_theirs(Path(args.peer), root, found)))
        print(f"{count} containers: docker-bench-security {theirs:.1f} s, {theirs / ours:.0f} times as long")
        _compare(log, report)


def _seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _ours(root: Path, found: Engine) -> None:
    argv = [sys.executable, "-P", "-m", "checks", "bench", "--benchmark", "1.6", "--root", str(root)]
    done = subprocess.run(argv, env=found.env(), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"checks bench ended with {done.returncode}: {done.stderr}")


def _theirs(peer: Path, scratch: Path, found: Engine) -> dict[str, Any]:
    copy = scratch / "peer"
    shutil.copytree(peer, copy, ignore=shutil.ignore_patterns(".git", "log"), dirs_exist_ok=True)
    argv = ["bash", "docker-bench-security.sh", "-b", "-l", str(scratch / "peer.log")]
    subprocess.run(argv, cwd=copy, env=found.env(), capture_output=True, timeout=1800, check=True)
    return dict(json.loads((scratch / "peer.log.json").read_text()))


def _compare(log: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Print the checks that both know and judge otherwise, without those that docs/cis.md explains."""
    ours = {one["id"]: one for one in report["judgements"]}
    theirs = {one["id"]: one for test in log["tests"] for one in test["results"] if one.get("result")}
    explained = {one.id_in("1.6") for one in registry.CHECKS.values() if one.deviation}
    both = [name for name in theirs if name in ours]
    other = [name for name in both if ours[name]["verdict"] not in SAME[theirs[name]["result"]]]
    print(
        f"  {len(both)} checks judged by both, {len(other)} otherwise, {len(set(other) - explained)} of these unexplained"
    )
    for name in other:
        mark = "explained" if name in explained else "UNEXPLAINED"
        print(
            f"  {mark}: {name} {theirs[name]['result']}, ours {ours[name]['verdict']}: {ours[name]['evidence'][:100]}"
        )


@contextlib.contextmanager
def _containers(found: Engine, count: int, image: str) -> Iterator[None]:
    """Start containers, and remove them however the block ends."""
    marks = labels.of_run(run.new_id(), identity.owner())
    with contextlib.closing(found.client(120)) as client:

        def start(number: int) -> None:
            name = f"checks-benchmark-{number}"
            client.containers.run(image, ["sleep", "3600"], name=name, detach=True, labels=marks, mem_limit="32m")

        try:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(start, range(count)))
            yield
        finally:
            mine = [one for one in labels.objects(client) if one.run == marks[labels.RUN]]
            labels.remove(client, mine)


def _judging() -> None:
    """Read and judge recorded facts of many containers, and show that the cost of each is the same."""
    per = {}
    for count in (1000, 10_000):
        text = _recorded(count)
        reading = statistics.median(_seconds(lambda text=text: snapshot.load(text)) for _ in range(3))  # type: ignore[misc]
        facts = snapshot.load(text)
        judging = statistics.median(_seconds(lambda facts=facts: _judge(facts)) for _ in range(3))  # type: ignore[misc]
        per[count] = 1e6 * judging / count
        print(
            f"{count} recorded containers: read in {reading:.2f} s, judged in {judging:.2f} s, {per[count]:.0f} µs each"
        )


def _judge(facts: snapshot.Snapshot) -> None:
    """Judge facts anew: what an earlier judging has derived is not kept with a copy."""
    registry.judge(dataclasses.replace(facts), registry.CHECKS.values())


def _recorded(count: int) -> str:
    """Return facts with this many containers, every second one with faults, in the form that --snapshot writes."""
    containers = tuple(_container(number) for number in range(count))
    return snapshot.dump(dataclasses.replace(_here(), containers=containers))


def _here() -> snapshot.Snapshot:
    """Return the facts of the engine that is there, or of none."""
    place = engine.locate()
    if place is None:
        return snapshot.Snapshot(collected="2026-01-01T00:00:00Z")
    with collect.prober(place[1], os.environ, machines=False) as asked:
        return collect.snapshot(asked)


def _container(number: int) -> Container:
    good = number % 2 == 0
    options: Sequence[str] = ("no-new-privileges:true",) if good else ("seccomp=unconfined",)
    return Container(
        f"c{number}",
        f"{number:064x}",
        "shop/web:1.0",
        labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
        user="1000:1000" if good else "",
        health="CMD" if good else "",
        security_options=tuple(options),
        cap_drop=("ALL",) if good else (),
        mounts=(Mount("/var/lib/docker/volumes/v/_data" if good else "/etc", "/data"),),
        ports=(Port(8080, 20000 + number % 40000, "127.0.0.1" if good else "0.0.0.0"),),
        memory=1 << 26 if good else 0,
        nano_cpus=10**9 if good else 0,
        pids_limit=100 if good else None,
        readonly_root=good,
        restart="on-failure" if good else "always",
        restart_attempts=5 if good else 0,
        processes=(Process("web", 1000), Process("worker", 1000)),
        execs=(),
    )


if __name__ == "__main__":
    main()
