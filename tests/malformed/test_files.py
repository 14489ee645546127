"""Dockerfiles, YAML files and scripts that nobody means, linted by the real tools: findings or errors, never a pass unread."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from junitparser import JUnitXml

from checks.lint import registry
from tests.malformed.inputs import counted, mutations, share

Main = Callable[[Sequence[str]], tuple[int, str]]
ROOT = Path(__file__).parents[2]
TOOLS = ("hadolint", "yamllint", "shellcheck")
NAMES = {
    "Dockerfile.{}": [ROOT / "docker-monolith/Dockerfile", ROOT / "src/mongo/Dockerfile", ROOT / "src/ui/Dockerfile"],
    "values-{}.yml": [ROOT / "src/compose.yaml"],
    "run-{}.sh": [ROOT / "docker-monolith/start.sh", ROOT / "src/mongo/hello"],
}
HAND = {
    "Dockerfile.empty": b"",
    "Dockerfile.zeros": b"\0" * 50,
    "Dockerfile.heredoc": b"FROM a\nRUN <<EOF\nnever closed\n",
    "Dockerfile.continued": b"FROM a\nRUN a \\\n" * 200,
    "Dockerfile.json": b'FROM a\nCMD ["a", \nRUN [\n',
    "Dockerfile.escape": b"# escape=`\nFROM a`\nRUN b",
    "Dockerfile.utf16": "FROM a\n".encode("utf-16"),
    "Dockerfile.args": b"ARG A=${A:-${B:-${C\nFROM ${A}\n" * 50,
    "Dockerfile.long": b"FROM a\nRUN " + b"a" * 300_000 + b"\n",
    "deep.yml": b"[" * 3000,
    "alias.yml": b"a: &a [*a]\n",
    "tabs.yml": b"a:\n\t- b\n",
    "directive.yml": b"%YAML 9.9\n%TAG ! x\n---\na\n",
    "nel.yml": "a: b\u2028c\x85d\n".encode(),
    "quotes.sh": b"#!/bin/sh\necho '\n",
    "here.sh": b"#!/bin/bash\ncat <<'EOF'\n",
    "parens.sh": b"#!/bin/bash\n" + b"((" * 30 + b"\n",
    "odd.sh": b"#!/usr/bin/env -S python\nimport x\n",
    "bytes.sh": b"#!/bin/sh\n" + bytes(range(1, 256)) + b"\n",
}


def lint(main: Main, root: Path, files: dict[str, bytes]) -> None:
    """Write files and lint them all in one run; the reports must be whole, and every tool must have said something."""
    repository = root / "repository"
    repository.mkdir(exist_ok=True)
    for old in repository.glob("*.*"):
        old.unlink()
    for name, content in files.items():
        (repository / name).write_bytes(content)
    code, said = main(["lint", "--root", str(repository), *(word for tool in TOOLS for word in ("--only", tool))])
    assert code == 1, said
    assert "Traceback" not in said
    report = json.loads((repository / "reports/lint.json").read_text())
    assert {tool["name"] for tool in report["tools"]} >= set(TOOLS)
    assert report["findings"]
    JUnitXml.fromfile(str(repository / "reports/junit/lint.xml"))
    counted("files", len(files))


def test_damaged_files_are_answered(main: Main, alone: Path) -> None:
    wanted = share("files")
    files: dict[str, bytes] = {}
    for seed, (name, places) in enumerate(NAMES.items()):
        samples = [place.read_bytes() for place in places]
        files |= {name.format(at): text for at, text in enumerate(mutations(seed, samples, wanted // 3 + 1))}
    entries = list(files.items())
    for at in range(0, len(entries), 60):
        lint(main, alone, dict(entries[at : at + 60]))


def test_files_made_by_hand_are_answered(main: Main, alone: Path) -> None:
    lint(main, alone, HAND)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_are_there(tool: str) -> None:
    assert tool in registry.LINTERS
