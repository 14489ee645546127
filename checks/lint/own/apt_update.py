"""`apt-get update` and `apt-get install` belong into one RUN.

A layer is kept as long as its instruction stays the same. An update in a RUN of its own is kept for months, and an
install below it, changed today, asks the mirrors for versions that are long gone: the build breaks, or installs what is
outdated. The same goes for an install without an update in its RUN. Not meant are installs that need no package lists
(local files, `--no-download`, `--fix-broken`), that keep the lists in a cache mount, or that have before them in their
RUN a script or a command which may update by itself (`./setup.sh`, `curl … | bash`, `add-apt-repository`).

Others: checkov's CKV_DOCKER_5 tells an update alone, but also some updates that have their install.

Bad:

    FROM debian:12
    RUN apt-get update
    RUN apt-get install -y --no-install-recommends curl

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y curl
    RUN apt-get install -y git

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl git && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    COPY tool.deb /tmp/
    RUN apt-get install -y /tmp/tool.deb
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks import instructions, shelltext
from checks.dockerfile import Instruction
from checks.lint.own.subject import Subject, finding
from checks.model import Finding, Severity
from checks.repository import File, Kind
from checks.shelltext import Command

ID = "apt-update-joined"
SEVERITY = Severity.WARNING
_TOOLS = frozenset({"apt-get", "apt", "aptitude"})
_USES = frozenset(
    {"install", "upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade", "build-dep", "satisfy", "source", "download"}
    | {"reinstall", "dselect-upgrade", "show", "search", "policy", "list"}
)
_NEEDS_NO_LISTS = frozenset({"--no-download", "-f", "--fix-broken", "--print-uris", "-s", "--simulate", "--help"})
_VALUED = frozenset({"-o", "--option", "-t", "--target-release", "-c", "--config-file", "-a", "--host-architecture"})
_HARMLESS = frozenset(
    {
        "echo",
        "printf",
        "true",
        ":",
        "set",
        "export",
        "rm",
        "mkdir",
        "mv",
        "cp",
        "ln",
        "touch",
        "cat",
        "sed",
        "tee",
        "grep",
    }
    | {
        "chmod",
        "chown",
        "test",
        "[",
        "[[",
        "cd",
        "ls",
        "date",
        "sleep",
        "find",
        "dpkg",
        "apt-key",
        "gpg",
        "wget",
        "curl",
    }
    | {
        "locale-gen",
        "update-locale",
        "useradd",
        "adduser",
        "groupadd",
        "usermod",
        "id",
        "which",
        "awk",
        "cut",
        "head",
        "tail",
    }
    | {
        "install",
        "apt-cache",
        "apt-config",
        "debconf-set-selections",
        "dpkg-reconfigure",
        "update-alternatives",
        "fi",
        "}",
    }
    | {"done", "ldconfig", "tar", "unzip", "gunzip", "xz", "tr", "sort", "uniq", "uname", "lsb_release", "pwd", "exit"}
    | {
        "unset",
        "umask",
        "shopt",
        "stat",
        "apt-mark",
        "update-ca-certificates",
        "sha256sum",
        "md5sum",
        "cmp",
        "diff",
        "hostname",
    }
)
"""Commands that neither update the package lists nor read them."""
_LISTS = re.compile(r"/var/lib/apt(?:/lists)?/?")


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile."""
    return file.kind is Kind.DOCKERFILE


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each update that nothing in its RUN uses, and each install without one, unless its update was told."""
    file = subject.dockerfile
    alone: set[int] = set()  # stages that end with an update which was told
    for index, stage in enumerate(file.stages):
        parent = file.parent(index)
        told = parent in alone
        for step in stage.instructions:
            found = shelltext.of_run(step) if step.keyword == "RUN" else []
            if _is_alone(found):
                told = True
                yield finding(
                    ID, SEVERITY, subject, step.line, "this update is kept with its layer: join it with the install"
                )
            elif any(_verb(command) == "update" for command in found):
                told = False
            elif not told and _lacks_update(step, found):
                message = "this installs by the package lists of an older layer: begin it with apt-get update &&"
                yield finding(ID, SEVERITY, subject, step.line, message)
        if told:
            alone.add(index)


def _verb(command: Command) -> str:
    """Return what an apt command does, "" where it is another command."""
    if command.program not in _TOOLS:
        return ""
    return next(iter(_arguments(command.bare[1:])), "")


def _arguments(words: Sequence[str]) -> list[str]:
    found, skip = [], False
    for word in words:
        if not skip and not word.startswith("-"):
            found.append(word)
        skip = word in _VALUED
    return found


def _is_alone(commands: Sequence[Command]) -> bool:
    """Return whether a RUN updates and does nothing that could use it."""
    verbs = [_verb(command) for command in commands]
    return "update" in verbs and all(
        verb not in _USES if verb else _is_harmless(command) for verb, command in zip(verbs, commands, strict=True)
    )


def _is_harmless(command: Command) -> bool:
    text = " ".join(command.words)
    return not command.bare or (command.program in _HARMLESS and not re.search(r"\b(?:apt|apt-get|install)\s", text))


def _lacks_update(step: Instruction, commands: Sequence[Command]) -> bool:
    """Return whether a RUN installs from the mirrors, and nothing before that in it may have updated."""
    for command in commands:
        verb = _verb(command)
        if verb in ("install", "build-dep", "satisfy") and not _needs_no_lists(command):
            return not any(
                name == "mount" and any(_LISTS.fullmatch(part.partition("=")[2]) for part in value.split(","))
                for name, value in instructions.said(step).flags
            )
        if not verb and not _is_harmless(command):
            return False
    return False


def _needs_no_lists(command: Command) -> bool:
    packages = _arguments(command.bare[1:])[1:]
    local = [package for package in packages if package.startswith((".", "/", "~")) or package.endswith(".deb")]
    return len(local) == len(packages) or not _NEEDS_NO_LISTS.isdisjoint(command.words)
