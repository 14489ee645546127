"""Repositories made of texts, and what tools really said of them (tests/data/…/said.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.lint.registry import Linter
from checks.model import Done, Finding, Findings, Job, ToolError
from checks.repository import File, Repository, kind_of, understand

DATA = Path(__file__).parents[2] / "data"


def repository(files: Mapping[str, str]) -> Repository:
    """Return a repository of these files by path."""
    found = []
    for path, text in files.items():
        kind = kind_of(path, text.encode(), files.keys())
        found.append(understand(path, kind, text.encode()) if kind else File(path, len(text)))
    return Repository.of(found)


def said(name: str) -> Mapping[str, Any]:
    """Return what a tool really said, by the name of the case: its files, and code, out and err of each run."""
    cases = json.loads((DATA / name / "said.json").read_text(encoding="utf-8"))
    return {case["name"]: case for case in cases}


def answers(linter: Linter, case: Mapping[str, Any], jobs: Sequence[Job]) -> list[Findings | ToolError]:
    """Return how a linter reads what its tool said of a case; the jobs are as many as were run."""
    assert len(jobs) == len(case["runs"])
    for job, run in zip(jobs, case["runs"], strict=True):
        assert list(job.argv[1:]) == run["argv"], "the tool was asked otherwise: capture it again"
    return [
        linter.read(job, Done(job.argv, run["code"], run["out"], run["err"], 0.1))
        for job, run in zip(jobs, case["runs"], strict=True)
    ]


def places(found: Sequence[Findings | ToolError]) -> list[tuple[str, str, str, int]]:
    """Return rule, severity, path and line of everything that was found, each once, sorted."""
    items: list[Finding] = []
    for answer in found:
        assert isinstance(answer, Findings), answer
        items += answer.items
    return sorted({(one.rule, str(one.severity), one.path, one.line) for one in items})
