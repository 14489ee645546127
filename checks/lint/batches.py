"""Files into jobs: many files per process, split over the workers, within what a command line can hold."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checks import redact
from checks.model import Done, Job, ToolError, ToolState, Unit
from checks.report.plain import counted
from checks.repository import File

ARGUMENTS = 200_000
"""Bytes of file names on one command line: well below what the smallest kernel takes."""
WORTH_A_PROCESS = 20_000
"""Bytes of text below which a second process costs more than it saves."""
SECONDS = 60.0
BYTES_PER_SECOND = 20_000
"""The slowest linter on a slow machine, so that a large file gets its time and a tool that hangs is ended."""
USUAL_BYTES_PER_SECOND = 100_000


@dataclass(frozen=True)
class Tools:
    """Where the tools are: name → how a command line of it starts; and how many workers there are.

    `absent` are those that are not there: name → why, and what to do; empty text where nobody has to have that tool.
    """

    commands: Mapping[str, tuple[str, ...]]
    workers: int = 1
    absent: Mapping[str, str] = field(default_factory=dict)


def each(files: Iterable[File]) -> tuple[Unit, ...]:
    """Return every file as a unit of its own."""
    return tuple(Unit((file.path,)) for file in files)


def make(tool: str, command: Sequence[str], files: Sequence[File], *, stdin: bool = False, startup: float = 0.1) -> Job:
    """Return the job that hands `files` to a command, as its last arguments or as JSON on its standard input.

    `startup` is what the tool needs before it reads anything, in seconds.
    """
    size = sum(file.size for file in files)
    limit = SECONDS + size / BYTES_PER_SECOND
    weight = startup + size / USUAL_BYTES_PER_SECOND
    return _with_files(
        Job(tool, tuple(command), weight=weight, limit=limit, stdin="" if stdin else None),
        tuple(file.path for file in files),
    )


def _with_files(job: Job, files: tuple[str, ...]) -> Job:
    start = job.argv[: len(job.argv) - len(job.files)] if job.stdin is None else job.argv
    if job.stdin is not None:
        return replace(job, files=files, stdin=json.dumps(files))
    return replace(job, files=files, argv=(*start, *map(argument, files)))


def without(job: Job, files: Collection[str]) -> Job | None:
    """Return the job for its other files, None where there are none."""
    rest = tuple(file for file in job.files if file not in files)
    whole = tuple(unit for unit in job.units if not set(files).intersection(unit.reads))
    return _with_files(replace(job, units=whole), rest) if rest else None


def argument(path: str) -> str:
    """Return a path as no command takes it for an option."""
    return f"./{path}"


def path_of(argument: str) -> str:
    """Return the path that an argument stood for."""
    return argument.removeprefix("./")


def split(files: Iterable[File], workers: int) -> list[list[File]]:
    """Return the files in groups of about the same size, the same for the same files and workers."""
    ordered = sorted(files, key=lambda file: (-file.size, file.path))
    count = max(1, min(workers, sum(file.size for file in ordered) // WORTH_A_PROCESS, len(ordered)))
    groups: list[list[File]] = [[] for _ in range(count)]
    sizes = [0] * count
    for file in ordered:
        least = sizes.index(min(sizes))
        groups[least].append(file)
        sizes[least] += file.size + 1
    return [part for group in groups for part in fitting(sorted(group, key=lambda file: file.path))]


def fitting(files: Iterable[File]) -> list[list[File]]:
    """Return the files in groups whose names fit on a command line, in order."""
    groups: list[list[File]] = []
    room = 0
    for file in files:
        length = len(file.path.encode("utf-8", "surrogateescape")) + 11  # "./", the end and the pointer
        if not groups or length > room:
            groups.append([])
            room = ARGUMENTS
        groups[-1].append(file)
        room -= length
    return groups


def ended_badly(job: Job, done: Done, expected: Collection[int]) -> ToolError | None:
    """Return the error of a tool that was ended, or that ended with a code that it does not use to answer with."""
    if done.timed_out:
        about = f" on {counted(len(job.files), 'file')} from {job.files[0]} on" if job.files else ""
        return ToolError(job.tool, ToolState.TIMEOUT, f"{job.tool} was ended after {job.limit:.0f} s{about}")
    if done.code < 0:
        return ToolError(job.tool, ToolState.CRASHED, f"{job.tool} was killed by signal {-done.code}")
    if done.code not in expected:
        return crashed(job, done, f"exit code {done.code}")
    return None


def crashed(job: Job, done: Done, what: str) -> ToolError:
    """Return the error of a tool whose answer is none."""
    said = " / ".join(line.strip() for line in done.last_lines(3) if line.strip())[:500]
    return ToolError(job.tool, ToolState.CRASHED, redact.masked(f"{what}: {said}" if said else what))


def blamed(job: Job, text: str, mark: str) -> tuple[str, ...]:
    """Return the files of a job that the tool complains of: those whose name stands before `mark`."""
    return tuple(file for file in job.files if f"{argument(file)}{mark}" in text)
