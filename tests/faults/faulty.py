"""Random faults: the main job on an engine of its own, killed or starved at random moments, and what is left then.

Before each fault there are twenty objects of a person's on the engine; after it, and after the next command, they must be
as they were, nothing of ours be left, and no report say more than what is true.

    python tests/faults/run.py --count 60 --seed 7 [--json FILE] [--cache DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import census
import harm
import planted
import small
import stage as stages
import verdict
from outcome import Outcome, summary
from plan import Fault, faults

from checks.host import files
from checks.host.console import Console
from checks.host.interrupts import interrupts
from checks.host.tools import packages
from tests.e2e import conftest

TOOLS = {
    "dockerd": "docker.io",
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
    "faketime": "faketime",
}
LIMIT_SECONDS = 2700.0
FIRST_SECONDS = 1800.0
"""A main job that has to make everything: bases, images, the tools' environments."""


class Suffering:
    """A stage with its planted objects, ready for one fault after the other."""

    def __init__(self, stage: stages.Stage, seed: int) -> None:
        self.stage, self.seed = stage, seed
        self.planted: dict[str, Any] = {}
        self.told: set[str] = set()

    def begin(self, archive: Any, *, main: bool) -> None:
        """Start the engine, plant, and run each job once, undisturbed; RuntimeError where one does not pass."""
        done = self.stage.checks("engine", "up", run="begin", timeout=300)
        if not done.ok:
            raise RuntimeError(done.err)
        self.stage.world.load(archive)
        with contextlib.closing(self.stage.world.engine.client()) as client:
            planted.plant(client)
            self.planted = planted.state(client, same_engine=False)
        if len(self.planted) != planted.COUNT + 1:  # and the image that they are of
            raise RuntimeError(f"{len(self.planted)} objects are planted: {', '.join(self.planted)}")
        for job in ("small", "main") if main else ("small",):
            self.undisturbed(job, f"first-{job}")  # it makes what later ones find
            self.stage.usual[job] = self.undisturbed(job, f"again-{job}")
        self.usual = census.usual(self.stage)

    def undisturbed(self, job: str, run: str) -> float:
        """Run a job without a fault, and return the seconds that it took; RuntimeError where it does not pass."""
        stages.renew(self.stage, job, run, foreign=False)
        running = stages.start(self.stage, job, run)
        ended = running.wait(FIRST_SECONDS)
        running.kill()
        seconds, code = time.monotonic() - running.began, running.process.returncode
        if not ended or code != 0 or not verdict.ran(self.stage, job, run):
            kept = stages.ROOT / "reports" / "faults.log"
            files.write_atomic(kept, running.said.read_text(errors="replace"))
            raise RuntimeError(f"the {job} job does not pass undisturbed: exit code {code}; what it said is in {kept}")
        print(f"{job} job undisturbed: {seconds:.1f} s", flush=True)
        return seconds

    def state(self, *, same_engine: bool) -> dict[str, Any]:
        """Return the state of what is planted."""
        with contextlib.closing(self.stage.world.engine.client()) as client:
            found = planted.state(client, same_engine=same_engine)
        return {name: found[name] for name in self.planted if name in found}

    def suffer(self, fault: Fault) -> Outcome:
        """Run a job, do the fault, run the next command, and look."""
        run = f"f{self.seed}-{fault.number}"
        before, supervisor = self.state(same_engine=True), self.stage.supervisor()
        stages.renew(self.stage, fault.job, run, foreign=fault.kind == "registry fails")
        self._forget_foreign()
        with harm.prepared(self.stage, fault) as env:
            running = stages.start(self.stage, fault.job, run, env)
            try:
                hit, at, ended = self._harmed(running, fault, run)
            finally:
                running.kill() if running.process.poll() is None else None
        over = time.monotonic()
        said = running.said.read_text(errors="replace")
        broken = [] if ended else ["it did not end within its limit"]
        broken += verdict.broken(self.stage, fault, run, running.process.returncode, said) if ended else []
        follow = self._follow(fault, run)
        broken += [f"checks {fault.follow} afterwards ended with {follow.code}"] if follow.code else []
        up = self._up(run)
        broken += [] if up else ["the engine does not come up again"]
        leaked = census.leaked(self.stage, self.usual, running.process.pid, self.told) if up else []
        self.told.update(leaked)
        clean = time.monotonic() - over
        same = supervisor == self.stage.supervisor() and fault.kind != "containerd SIGKILL"
        touched = self._touched(before if same else self.planted, same_engine=same) if up else []
        words = f"{_traceback(said)}{said[-3000:]}\n--- {fault.follow}\n{follow.err[-2000:]}\n{self._bugs()}"
        code, seconds = running.process.returncode, over - running.began
        if not hit and code == 0:
            self.stage.usual[fault.job] = seconds  # it is quicker than it was: later moments are shares of that
        return Outcome(
            fault, hit, at, code, seconds, follow.code, clean, tuple(leaked), tuple(touched), tuple(broken), words
        )

    def _forget_foreign(self) -> None:
        """Remove what a slow registry gave in the end, so that the next one is asked for it."""
        import docker.errors

        gone = contextlib.suppress(docker.errors.ImageNotFound)
        with contextlib.closing(self.stage.world.engine.client()) as client, gone:
            client.images.remove(small.FOREIGN, force=True)

    def _harmed(self, running: stages.Running, fault: Fault, run: str) -> tuple[bool, float, bool]:
        """Do the fault at its moment, take it back when it has lasted; return whether it hit, when, and whether the job ended."""
        usual = self.stage.usual[fault.job]
        if fault.kind not in harm.WINDOW_SECONDS and fault.kind != "registry fails":
            running.wait(fault.moment * usual)
        over = running.process.poll() is not None
        undo = None if over else harm.do(self.stage, running, fault, run)
        at = time.monotonic() - running.began
        try:
            running.wait(fault.seconds)
        finally:
            if undo is not None:
                undo()
        ended = running.wait(running.began + 2 * usual + stages.GRACE_SECONDS + fault.seconds - time.monotonic())
        return undo is not None, at, ended

    def _follow(self, fault: Fault, run: str) -> Any:
        """Run the next command, once the engine answers or is gone: what hangs yet is another fault."""
        deadline = time.monotonic() + 30
        while self.stage.supervisor() is not None and not self.stage.answers() and time.monotonic() < deadline:
            time.sleep(0.1)
        words = ["clean"] if fault.follow == "clean" else ["build", "--root", str(self.stage.root(fault.job))]
        if fault.kind == "registry fails":
            stages.renew(self.stage, fault.job, f"{run}-after", foreign=False)
        return self.stage.checks(*words, run=f"{run}-after")

    def _bugs(self) -> str:
        """Return what the logs of bugs say, and remove them."""
        logs = list(self.stage.temporary.glob(census.BUG_LOGS))
        said = "\n".join(path.read_text() for path in logs)
        for path in logs:
            path.unlink()
        return said

    def _up(self, run: str) -> bool:
        return self.stage.answers() or self.stage.checks("engine", "up", run=f"{run}-up").ok

    def _touched(self, before: dict[str, Any], *, same_engine: bool) -> list[str]:
        """Return what of a person's has changed; what comes back with its engine may take a moment."""
        deadline = time.monotonic() + 15
        while True:
            now = self.state(same_engine=same_engine)
            found = planted.touched(before, now)
            if not found or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        if found:  # said once: what is gone now is not gone by the next fault
            self.planted = self.state(same_engine=False)
        return found


def run(given: argparse.Namespace, folder: Path, outcomes: list[Outcome]) -> None:
    """Do all of it, and put what comes of each fault into `outcomes`; RuntimeError where it cannot be gone on with."""
    wanted = faults(given.count, given.seed, given.only)
    main = any(fault.job == "main" for fault in wanted)
    began, limit = time.monotonic(), LIMIT_SECONDS * max(1.0, given.count / 60)
    archive = conftest.make_tiny(folder)
    cache = Path(given.cache or folder / "cache").absolute()
    with conftest.make_world(cache) as world, stages.disks(world, main=main) as stage:
        suffering = Suffering(stage, given.seed)
        suffering.begin(archive, main=main)
        for fault in wanted:
            if time.monotonic() - began > limit:
                raise RuntimeError(f"{len(wanted) - len(outcomes)} faults were not done: {limit / 60:.0f} min are over")
            outcomes.append(suffering.suffer(fault))
            print(outcomes[-1].line(), flush=True)
            if not stage.answers():
                raise RuntimeError("there is no engine to go on with")
        suffering.undisturbed("small", f"last{given.seed}")


def _traceback(said: str) -> str:
    """Return what stands around the first traceback, "" where there is none."""
    found = verdict.TRACEBACK.search(said)
    return f"{said[max(0, found.start() - 1000) : found.end() + 3000]}\n--- the end\n" if found else ""


def main(argv: Sequence[str]) -> int:
    """Run it from the command line; 0 where every promise was kept."""
    parser = argparse.ArgumentParser(description="Random faults while the main job runs.")
    parser.add_argument("--count", type=int, default=60, help="how many faults; every sixth befalls the whole main job")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", choices=("small", "main"), default="", help="all of them befall this job")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every outcome there")
    parser.add_argument("--cache", metavar="DIR", help="a cache of tools and bases to use again (default: a new one)")
    given = parser.parse_args(argv)
    if os.geteuid() != 0:
        print("an engine of its own in a network of its own needs root: run it with sudo", file=sys.stderr)
        return 2
    packages.ensure(TOOLS, Console())
    print(f"seed {given.seed}", flush=True)
    with interrupts(), tempfile.TemporaryDirectory(prefix="checks-faults-") as name:
        outcomes: list[Outcome] = []
        why = ""
        try:
            run(given, Path(name), outcomes)
        except (RuntimeError, KeyboardInterrupt) as error:
            why = str(error) or "interrupted"
    print(summary(outcomes, given.seed, given.count))
    if given.json:
        rows = [{**dataclasses.asdict(item), "survived": item.survived, "ok": item.ok} for item in outcomes]
        given.json.write_text(json.dumps({"seed": given.seed, "count": given.count, "faults": rows}, indent=2) + "\n")
    said = "\n\n".join(f"===== {item.line()}\n{item.said}" for item in outcomes if not item.ok)
    if said:
        kept = stages.ROOT / "reports" / "faults.log"
        files.write_atomic(kept, said)
        print(f"what was said where a promise was broken is in {kept}", file=sys.stderr)
    if why:
        print(why, file=sys.stderr)
    return int(bool(why) or len(outcomes) < given.count or not all(item.ok for item in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
