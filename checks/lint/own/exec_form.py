"""A shell that stays process 1 keeps the stop signal to itself.

`docker stop` sends SIGTERM to process 1 only. A shell that waits there for the program it started neither ends nor hands
the signal on: the container is killed after ten seconds, with whatever it was writing. This looks at the command that
the container really starts (ENTRYPOINT with CMD behind it, taken over from the stages that the stage is made from),
and tells `sh -c` whose last command is not `exec`. dash, the `sh` of Debian and Ubuntu, never replaces itself by the
last command; bash, and the `sh` of Alpine, do where it is a plain one: that alone is no finding, and behind other
commands information. Where a small init (tini, dumb-init, catatonit, s6, docker-init) is process 1, the shell is not.

Others: the plain shell form of CMD and ENTRYPOINT is hadolint's DL3025, but not behind ONBUILD: that is told here.

Bad:

    FROM debian:12
    CMD ["sh", "-c", "gunicorn --bind=:$PORT app:main"]

Bad:

    FROM debian:12
    ENTRYPOINT ["/bin/sh", "-c"]
    CMD ["migrate && gunicorn app:main | tee /log"]

Bad (`Dockerfile.onbuild`):

    FROM debian:12
    ONBUILD CMD gunicorn app:main

Good:

    FROM debian:12
    CMD ["sh", "-c", "exec gunicorn --bind=:$PORT app:main"]

Good:

    FROM debian:12
    ENTRYPOINT ["tini", "--"]
    CMD ["sh", "-c", "migrate && gunicorn app:main"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import instructions, shelltext
from checks.dockerfile import Dockerfile, Instruction
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "exec-form-pid1"
SEVERITY = Severity.WARNING
_INITS = frozenset(
    {"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "init", "s6-svscan", "supervisord", "runit"}
)
_SCRIPT = re.compile(r"\.(?:sh|bash)$|entry", re.IGNORECASE)
"""An entry point that is a script, which starts what CMD says when it is done."""
_REPLACES = re.compile(r"alpine|busybox", re.IGNORECASE)
_WINDOWS = re.compile(r"windows|nanoserver", re.IGNORECASE)
_COMPOUND = re.compile(r"(?<!\|)\|(?!\|)|[<>]|(?<![&>])&(?!&)|\b(?:if|for|while|until|case|wait)\b|[({]")
_SUBSTITUTED = re.compile(r"\$\{[^{}]*\}|\$\([^()]*\)|'[^']*'|\"(?:[^\"\\]|\\.)*\"")


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what each stage starts with a shell that stays, and the shell form behind ONBUILD."""
    file = subject.dockerfile
    for index in range(len(file.stages)):
        base = file.stages[file.lineage(index)[0]].base
        if not _WINDOWS.search(base):
            yield from _started(subject, file, index, base)
            yield from _later(subject, file.stages[index].instructions)


def _started(subject: Subject, file: Dockerfile, index: int, base: str) -> Iterator[Finding]:
    entrypoint, command = _settings(file, index)
    first = instructions.exec_form(entrypoint.value) if entrypoint else ()
    second = instructions.exec_form(command.value) if command else ()
    if first is None or second is None:
        return  # the shell form: hadolint says it
    if first and shelltext.Command(first).program in _INITS:
        return
    # What starts: an entry point that is a shell; one that CMD gives its text to; CMD, alone or by a script's exec "$@".
    passed = second if not first or _SCRIPT.search(first[0]) else ()
    ways = ((entrypoint, first), (command, (*first, *second)), (command, passed))
    step, argv, text = next(
        ((step, argv, text) for step, argv in ways if step and (text := shelltext.script(argv)) is not None),
        (None, (), ""),
    )
    severity = _severity(argv, text, base)
    if step in file.stages[index].instructions and step is not None and severity is not None:
        shell = shelltext.Command(argv).program
        message = (
            f"{shell} stays process 1 and keeps the stop signal from the program: write exec before the last command"
        )
        yield finding(ID, severity, subject, step.line, message)


def _settings(file: Dockerfile, index: int) -> tuple[Instruction | None, Instruction | None]:
    """Return the ENTRYPOINT and the CMD that a stage ends with; a new ENTRYPOINT takes back the CMD of a parent."""
    entrypoint = command = None
    for at in file.lineage(index):
        fresh = None
        for step in file.stages[at].instructions:
            if step.keyword == "CMD":
                fresh = step
            elif step.keyword == "ENTRYPOINT":
                entrypoint, command = step, None
        command = fresh or command
    return entrypoint, command


def _severity(argv: tuple[str, ...], text: str, base: str) -> Severity | None:
    """Return how bad it is to start a text with a shell, None where the shell does not stay."""
    found = shelltext.commands(text)
    if not found or any(word in ("exec", "trap") for command in found for word in command.words[:3]) or "$@" in text:
        return None
    if found[-1].program in _INITS or found[-1].program in ("sh", "bash", "ash"):
        return None
    shell = shelltext.Command(argv).program
    if _COMPOUND.search(_SUBSTITUTED.sub("", text)) or not (shell in ("bash", "zsh", "ksh") or _REPLACES.search(base)):
        return SEVERITY
    return Severity.INFO if len(found) > 1 else None


def _later(subject: Subject, steps: tuple[Instruction, ...]) -> Iterator[Finding]:
    for step in steps:
        later = instructions.inner(step)
        starts = step.keyword == "ONBUILD" and later.keyword in ("CMD", "ENTRYPOINT") and later.value
        if starts and instructions.exec_form(later.value) is None:
            message = f"{later.keyword} behind ONBUILD in the shell form: a shell becomes process 1, write a JSON array"
            yield finding(ID, SEVERITY, subject, step.line, message)
