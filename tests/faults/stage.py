"""Where the faults happen: a world with an engine of its own on a small disk, two repositories, and the jobs run on them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import small

from checks.errors import NoEngineError
from checks.host import proc
from checks.host.docker import engine, place
from checks.model import Done
from tests.e2e.conftest import World

ROOT = Path(__file__).parents[2]
DISK_MIB = {"small": 700, "main": 6000}
WORK_MIB = 400
FIRST = "FAULTS_PYTHONPATH"
"""What comes first in a command's PYTHONPATH."""
MAIN_ASSERTIONS = 200
"""How many of the main job pass at least; the rest is skipped where the machine has no such thing."""
FASTER = {"CHECKS_OFFLINE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"}
GRACE_SECONDS = 120.0
"""What a job may take beyond twice its undisturbed time before it counts as one that does not end: every limit that a hung or
refusing engine, a silent registry and removal can meet one after the other, on a busy machine."""


@dataclass
class Stage:
    """The world, its disks, and how long each job takes undisturbed (seconds)."""

    world: World
    usual: dict[str, float] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The disk of the engine's state."""
        return self.world.folder / "s"

    @property
    def work(self) -> Path:
        """The disk of the small repository and of temporary files."""
        return self.world.folder / "w"

    def root(self, job: str) -> Path:
        """Return the repository of a job."""
        return self.work / "small" if job == "small" else self.world.folder / "main"

    @property
    def temporary(self) -> Path:
        """What tempfile.gettempdir() says in every command."""
        return self.work / "t"

    @property
    def clock(self) -> Path:
        """The file with what libfaketime adds to the clock."""
        return self.world.folder / "clock"

    @property
    def witness(self) -> Path:
        """Where the small repository's tests say, by themselves, that they ran."""
        return self.world.folder / "witness"

    def env(self, run: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what a command of a run gets on top of the world's environment."""
        told = {"CHECKS_RUN": run, "TMPDIR": str(self.temporary), small.WITNESS: str(self.witness)}
        return self.world.env({**FASTER, **told, **(more or {})})

    def checks(self, *words: str, run: str, timeout: float = 240) -> Done:
        """Run a verb to its end."""
        argv = self.world.inside(sys.executable, "-P", "-m", "checks", *words)
        return proc.run(argv, env=self.env(run), cwd=self.world.folder, timeout=timeout)

    def supervisor(self) -> int | None:
        """Return the pid that the engine hangs on, None where it does not run."""
        return place.supervisor(self.world.place)

    def answers(self) -> bool:
        """Tell whether the engine answers."""
        with contextlib.suppress(NoEngineError):
            return self.supervisor() is not None and bool(engine.version(self.world.place.host, 5))
        return False


@dataclass
class Running:
    """A job that runs: its process, which leads a group of its own, and the file that takes what it says."""

    process: subprocess.Popen[bytes]
    said: Path
    began: float

    def signal(self, number: int, *, group: bool) -> None:
        """Send a signal to it, or to its whole group as a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end, and tell whether it came in time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, seconds))
            return True
        return False

    def kill(self) -> None:
        """End it, whatever it does."""
        self.signal(signal.SIGKILL, group=True)
        self.process.wait()


def start(stage: Stage, job: str, run: str, more: Mapping[str, str] | None = None) -> Running:
    """Start a job: `checks verify` of the small repository, or the whole main job as README.md tells people to run it."""
    root = stage.root(job)
    if job == "small":
        argv = [sys.executable, "-P", "-m", "checks", "verify", "--root", str(root)]
    else:
        argv = [sys.executable, "-m", "nox", "--non-interactive", "-s", "build", "lint", "integration"]
    said, env = stage.world.folder / "said", stage.env(run, more)
    # It is the clone's own package that nox installs and runs.
    paths = [env.pop(FIRST, ""), env.pop("PYTHONPATH", "") if job == "small" else ""]
    env |= {"PYTHONPATH": os.pathsep.join(path for path in paths if path)} if any(paths) else {}
    with said.open("wb") as sink:
        process = subprocess.Popen(
            stage.world.inside(*argv),
            env=env,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, said, time.monotonic())


def renew(stage: Stage, job: str, run: str, *, foreign: bool) -> None:
    """Change a file in an image's context, so that there is something to build; with `foreign`, something to pull."""
    stage.witness.unlink(missing_ok=True)
    if job == "small":
        small.write(stage.root("small"), run, foreign=foreign)
    else:
        file = stage.root("main") / "src" / "ui" / "ui" / "__init__.py"
        kept = [line for line in file.read_text().splitlines() if not line.startswith("# run ")]
        file.write_text("\n".join([*kept, f"# run {run}", ""]))


@contextlib.contextmanager
def disks(world: World, *, main: bool) -> Iterator[Stage]:
    """Give a world its disks (tmpfs, which can be made full at a stroke) and its repositories."""
    stage = Stage(world)
    sizes = {stage.data: DISK_MIB["main" if main else "small"], stage.work: WORK_MIB}
    try:
        for folder, size in sizes.items():
            folder.mkdir()
            _must("mount", "-t", "tmpfs", "-o", f"size={size}m", "checks-faults", str(folder))
            folder.chmod(0o755)
        stage.temporary.mkdir()
        stage.clock.write_text("+0")
        small.make(stage.root("small"))
        if main:
            _must("git", "clone", "--quiet", str(ROOT), str(stage.root("main")))
            _overlay(stage.root("main"))
        yield stage
    finally:
        world.checks("engine", "down", "--force", timeout=120)
        for folder in sizes:
            proc.run(["umount", str(folder)], timeout=30)


def _overlay(clone: Path) -> None:
    """Bring what is changed and not committed into the clone."""
    done = proc.run(["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"], cwd=ROOT, timeout=60)
    for name in filter(None, done.out.split("\0")):
        source, target = ROOT / name, clone / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        else:
            target.unlink(missing_ok=True)


def resize(folder: Path, size: str) -> None:
    """Give a disk another size."""
    _must("mount", "-o", f"remount,size={size}", str(folder))


def _must(*argv: str) -> None:
    done = proc.run(argv, timeout=120)
    if not done.ok:
        raise RuntimeError(f"{' '.join(argv)}: {done.err}")


def report(root: Path, name: str) -> dict[str, object]:
    """Return a JSON report, {} where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((root / "reports" / name).read_text()))
    return {}
