"""Rules of our own, for what no linter says: one module each, pure; its docstring is its page in docs/rules.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from checks.lint.batches import each
from checks.lint.findings import OWN
from checks.lint.own import (
    add_copy,
    apt_update,
    docker_socket,
    env_secret,
    exec_form,
    file_secret,
    label,
    onbuild,
    travis_secret,
    workdir,
)
from checks.lint.own.subject import Rule, Subject
from checks.model import Finding, Findings, Unit
from checks.repository import File, Repository, Trouble

NAME = OWN
CONFIG: tuple[str, ...] = ()
RULES: tuple[Rule, ...] = tuple(
    sorted(
        cast(
            "Sequence[Rule]",
            (
                add_copy,
                apt_update,
                docker_socket,
                env_secret,
                exec_form,
                file_secret,
                label,
                onbuild,
                travis_secret,
                workdir,
            ),
        ),
        key=lambda rule: rule.ID,
    )
)


def takes(repository: Repository) -> tuple[File, ...]:
    """Return the files that at least one rule takes and that are text."""
    return tuple(file for file in repository.files if file.text is not None and rules_for(file))


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the files that a rule takes, each by itself."""
    return each(takes(repository))


def answer(repository: Repository, wanted: Sequence[Unit]) -> Findings:
    """Return what the rules find in these files."""
    return Findings(tuple(found for file in repository.files_of(wanted) for found in check(file)))


def rules_for(file: File) -> tuple[Rule, ...]:
    """Return the rules that take a file."""
    return tuple(rule for rule in RULES if rule.takes(file)) if file.trouble in (None, Trouble.NOT_UTF8) else ()


def check(file: File) -> tuple[Finding, ...]:
    """Return what the rules find in one file. It depends on the file's path, kind and text, and on nothing else."""
    if file.text is None:
        return ()
    subject = Subject(file.path, file.text, file.kind)
    return tuple(found for rule in rules_for(file) for found in rule.check(subject))
