"""Running jobs: as many at a time as there are workers, the longest first, each in a home of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from checks.errors import MissingToolError
from checks.host import proc
from checks.model import Done, Job
from checks.report.plain import counted

KEPT = ("PATH", "LANG", "TZ", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SYSTEMROOT")
"""What a job sees of our environment: what a person has configured for themselves changes no finding."""


Progress = Callable[[str, str], None]
"""Called with the name of a thing and what it is doing now, "" when it is done."""


def _nobody(_name: str, _step: str) -> None:
    """Where nobody watches."""


class Pool:
    """Workers for jobs, in a `with` that ends when all of them are through; in an exception, at once with what still runs."""

    def __init__(self, root: Path, workers: int, say: Progress = _nobody) -> None:
        self._root, self._say = root, say
        self._threads = ThreadPoolExecutor(max(1, workers), thread_name_prefix="job")
        self._scratch = tempfile.TemporaryDirectory(prefix="checks-jobs-", ignore_cleanup_errors=True)
        self._begun = 0

    def begin(self, jobs: Sequence[Job]) -> list[Future[Done]]:
        """Hand jobs to the workers, the longest first, behind those of an earlier call; return what each will have done.

        A command that cannot be started is a Done with code 127, its reason as standard error.
        """
        first, self._begun = self._begun, self._begun + len(jobs)
        begun = {
            at: self._threads.submit(
                _shown, first + at, jobs[at], self._root, Path(self._scratch.name, str(first + at)), self._say
            )
            for at in sorted(range(len(jobs)), key=lambda at: -jobs[at].weight)
        }
        return [begun[at] for at in range(len(jobs))]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        try:
            if failed is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)
                proc.end_all()  # nobody waits for what still runs
        finally:
            self._threads.shutdown(wait=True)
            self._scratch.cleanup()


def run(jobs: Sequence[Job], root: Path, workers: int) -> list[Done]:
    """Run every job to its end and return what each did, in the order of `jobs`."""
    with Pool(root, workers) as pool:
        return [begun.result() for begun in pool.begin(jobs)]


def _shown(at: int, job: Job, root: Path, home: Path, say: Progress) -> Done:
    name = f"{job.tool} #{at}"
    say(name, job.files[0] if len(job.files) == 1 else counted(len(job.files), "file"))
    try:
        return _run(job, root, home)
    finally:
        say(name, "")


def _run(job: Job, root: Path, home: Path) -> Done:
    temporary = home / "tmp"
    temporary.mkdir(parents=True)
    env = {**_environment(os.environ, home, temporary), **job.env}
    try:
        top = _copy(job, root, home / "copy") if job.writes else root
        return proc.run(job.argv, timeout=job.limit, cwd=top / job.cwd, env=env, stdin=job.stdin)
    except (MissingToolError, OSError) as error:
        return Done(job.argv, 127, "", str(error), 0.0)


def _copy(job: Job, root: Path, to: Path) -> Path:
    top = copied(root, to, (path for unit in job.units for path in unit.reads))
    for path, text in job.texts.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # a copy of what cannot be written cannot be written either
        place.write_text(text, encoding="utf-8")
    (top / job.cwd).mkdir(parents=True, exist_ok=True)
    return top


def copied(root: Path, to: Path, paths: Iterable[str]) -> Path:
    """Copy files into a tree of their own, links as what they lead to, and return it; what is gone is left out."""
    to.mkdir()
    for path in dict.fromkeys(paths):
        place = to / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(root / path, place)
    return to


def _environment(ours: Mapping[str, str], home: Path, temporary: Path) -> dict[str, str]:
    kept = {name: ours[name] for name in KEPT if name in ours}
    # Without a UTF-8 locale the Haskell tools stop at the first letter that is not ASCII.
    return {
        **kept,
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "XDG_CONFIG_HOME": str(home / ".config"),
    }
