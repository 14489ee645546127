"""`checks init` from its command line, in repositories of somebody else."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from checks.__main__ import main
from checks.host import files

STARTER = "tests/integration/test_stack.py"
IGNORED = ".dockerignore"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docker-compose.yml").write_text("services:\n  web:\n    build: .\n")
    (tmp_path / "Dockerfile").write_text("FROM debian:12\n")
    return tmp_path


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_it_writes_what_is_missing_and_says_what_comes_next(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(root)
    assert main(["init", "--package", "stackchecks==9"]) == 0
    after = tree(root)
    assert set(after) - set(before) == {"checks.toml", "noxfile.py", STARTER, IGNORED}
    assert before.items() <= after.items()
    assert files.load_config(root).compose == ("docker-compose.yml",)
    said = capsys.readouterr().err
    assert "1 compose file: docker-compose.yml" in said
    assert said.rstrip().endswith("nox -s lint\n  nox -s build integration")


@pytest.mark.parametrize("there", ["checks.toml", "noxfile.py", STARTER])
def test_what_is_there_is_never_overwritten(root: Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    (root / there).parent.mkdir(parents=True, exist_ok=True)
    (root / there).write_text("# mine\n")
    before = tree(root)
    assert main(["init"]) == 2
    assert tree(root) == before
    said = capsys.readouterr().err
    assert f"{there}: it is there already" in said
    assert "--keep" in said
    assert main(["init", "--keep"]) == 0
    assert (root / there).read_text() == "# mine\n"
    assert len(tree(root)) == len(before) + 3


def test_what_is_kept_out_of_images_already_is_left_alone(root: Path) -> None:
    (root / IGNORED).write_text("mine\n")
    assert main(["init"]) == 0
    assert (root / IGNORED).read_text() == "mine\n"


def test_a_dry_run_says_all_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "noxfile.py").write_text("# mine\n")
    before = tree(root)
    assert main(["init", "--dry-run"]) == 2
    assert main(["init", "--dry-run", "--keep"]) == 0
    assert tree(root) == before
    said = capsys.readouterr().out
    assert "===== checks.toml (written)" in said
    assert "===== noxfile.py (not written, it is there already)" in said
    assert "def integration" in said


def test_a_pyproject_gets_a_table_and_keeps_its_bytes(root: Path) -> None:
    text = b"# mine\r\n[project]\r\nname = 'x'"
    (root / "pyproject.toml").write_bytes(text)
    (root / "pyproject.toml").chmod(0o600)
    assert main(["init"]) == 0
    after = (root / "pyproject.toml").read_bytes()
    assert after.startswith(text)
    assert tomllib.loads(after.decode())["tool"]["checks"]["tests"] == ["tests/integration"]
    assert (root / "pyproject.toml").stat().st_mode & 0o777 == 0o600
    assert not (root / "checks.toml").exists()


def test_a_link_that_leads_nowhere_is_there(root: Path) -> None:
    (root / "noxfile.py").symlink_to("gone.py")
    assert main(["init"]) == 2
    assert os.path.lexists(root / "noxfile.py")
    assert not (root / "gone.py").exists()


def test_where_one_cannot_be_written_none_stays(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "tests").write_text("a file\n")
    before = tree(root)
    assert main(["init"]) == 1
    assert tree(root) == before
    assert "bug" not in capsys.readouterr().err


def test_without_a_stack_there_is_nothing_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    assert main(["init"]) == 0
    assert set(tree(tmp_path)) == {"run.sh", "checks.toml", "noxfile.py"}
    assert "integration" not in (tmp_path / "noxfile.py").read_text()
