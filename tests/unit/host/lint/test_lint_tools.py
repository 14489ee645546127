"""The tools themselves, on the files whose captured answers the linters' tests are about: they still say the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import check_jsonschema
import pytest

from checks.host import cache
from checks.host.lint import inventory, jobs
from checks.lint.batches import Tools
from checks.lint.registry import LINTERS, Linter
from checks.model import Done, Findings, ToolError
from checks.repository import Repository
from tests.unit.lint import test_compose_config as of_compose_config
from tests.unit.lint import test_compose_lint as of_compose_lint
from tests.unit.lint import test_packer as of_packer
from tests.unit.lint.repositories import DATA, places, said

API = Path(__file__).parents[4] / "checks/host/lint/jsonschema_api.py"
SCRIPTS = Path(sys.executable).parent


def put(root: Path, files: Mapping[str, str]) -> Repository:
    """Write files and return the repository that they are."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Repository.of(inventory.inventory(root, files))


def asked(linter: Linter, command: Sequence[str], root: Path, files: Repository) -> list[Findings | ToolError]:
    """Ask a tool about everything."""
    work = linter.jobs(files, linter.units(files), Tools({linter.NAME: tuple(command)}))
    return [linter.read(job, done) for job, done in zip(work, jobs.run(work, root, 2), strict=True)]


def cached(pattern: str) -> str:
    """Return a program in the tool cache."""
    found = sorted(cache.root().glob(f"tools/{pattern}"))
    if not found:
        pytest.skip("expected: this tool is not in the cache, and unit tests fetch nothing")
    return str(found[-1])


def test_check_jsonschema(tmp_path: Path) -> None:
    wanted: list[list[str]] = []
    answers: dict[str, object] = {}
    for name, case in said("check-jsonschema").items():
        put(tmp_path / name, case["files"])
        for path, answer in json.loads(case["runs"][0]["out"])["files"].items():
            answers[f"{name}/{path}"] = answer
    linter = LINTERS["check-jsonschema"]
    for name, case in said("check-jsonschema").items():
        files = Repository.of(inventory.inventory(tmp_path / name, case["files"]))
        (job,) = linter.jobs(files, linter.units(files), Tools({linter.NAME: ("api",)}))
        wanted += [[f"{name}/{path}", schema] for path, schema in json.loads(job.stdin or "")]
    done = subprocess.run(
        [sys.executable, "-I", API],
        input=json.dumps(wanted),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["files"] == answers


def test_no_schema_asks_for_the_formats_whose_grammar_is_left_out() -> None:
    carried = list(Path(check_jsonschema.__file__).parent.rglob("*.json"))
    assert any(path.name == "compose-spec.json" for path in carried)
    assert not [path.name for path in carried if re.search(r'"format":\s*"iri', path.read_text(encoding="utf-8"))]


def test_check_jsonschema_says_its_version_and_what_it_cannot_read(tmp_path: Path) -> None:
    version = subprocess.run([sys.executable, "-I", API, "--version"], capture_output=True, text=True, check=True)
    assert LINTERS["check-jsonschema"].read_version(Done((), 0, version.stdout, "", 0.1)) == "0.39.0"
    (tmp_path / "latin.yml").write_bytes(b"a: caf\xe9\n")
    asked_for = json.dumps([["gone.yml", "travis"], ["latin.yml", "travis"]])
    done = subprocess.run(
        [sys.executable, "-I", API], input=asked_for, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    answers = json.loads(done.stdout)["files"]
    assert answers["gone.yml"] == {"unreadable": "No such file or directory"}
    assert "error" in answers["latin.yml"]


@pytest.mark.parametrize("name", sorted(of_compose_lint.FOUND))
def test_compose_lint(name: str, tmp_path: Path) -> None:
    files = put(tmp_path, said("compose-lint")[name]["files"])
    answers = asked(LINTERS["compose-lint"], [str(SCRIPTS / "compose-lint")], tmp_path, files)
    assert places(answers) == sorted(of_compose_lint.FOUND[name])


@pytest.mark.parametrize("name", sorted(of_compose_config.FOUND))
def test_compose(name: str, tmp_path: Path) -> None:
    program = cached("compose-*/lib/python*/site-packages/compose/docker-compose")
    files = put(tmp_path, said("compose-config")[name]["files"])
    answers = asked(LINTERS["compose-config"], [program], tmp_path, files)
    assert places(answers) == of_compose_config.FOUND[name]
    texts = [one.message for answer in answers if isinstance(answer, Findings) for one in answer.items]
    assert not [text for text in texts if str(tmp_path) in text]


@pytest.mark.parametrize("name", ["json-missing-script", "json-from-root", "hcl-missing-scripts", "hcl-form"])
def test_packer(name: str, tmp_path: Path) -> None:
    files = put(tmp_path, said("packer")[name]["files"])
    answers = asked(LINTERS["packer"], [cached("packer-*/usr/bin/packer")], tmp_path, files)
    assert places(answers) == of_packer.FOUND[name]
    assert not list(tmp_path.rglob("ran"))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        Path(path).name for path in said("packer")[name]["files"]
    )


def test_packer_takes_the_samples(tmp_path: Path) -> None:
    root = Path(shutil.copytree(DATA / "packer", tmp_path / "packer"))
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    files = Repository.of(inventory.inventory(root, paths))
    answers = asked(LINTERS["packer"], [cached("packer-*/usr/bin/packer")], root, files)
    assert answers == [Findings()] * 3
