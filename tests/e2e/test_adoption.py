"""The package in another repository: built as a wheel, installed beside nothing of ours, used from there."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from checks.host import proc
from checks.model import Done

ROOT = Path(__file__).parents[2]
PINS = ROOT / "checks/constraints/checks.txt"
CONNECTION = """
import testinfra

from checks.host.testing import testinfra as ours

ours.register()
print(testinfra.backend.BACKENDS[ours.SCHEME])
"""


def run(*argv: str | Path, cwd: Path, timeout: float = 120, env: dict[str, str] | None = None) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CHECKS_", "PIP_"))}
    return proc.run(argv, cwd=cwd, timeout=timeout, env={**clean, **(env or {})})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of what git knows here: a copy, because setuptools writes beside its sources."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = run("git", "-c", "safe.directory=*", "ls-files", "checks", cwd=ROOT).out.split()
    for name in [*listed, "pyproject.toml", "README.md", "LICENSE"]:
        if (ROOT / name).is_file():
            (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "tree" / name).write_bytes((ROOT / name).read_bytes())
    argv: list[str | Path] = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, folder / "tree"]
    done = run(*argv, cwd=folder)
    assert done.ok, done.err
    (made,) = folder.glob("stackchecks-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, and what it depends on, into an environment of its own; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("venv")
    made = run(sys.executable, "-m", "venv", folder, cwd=folder)
    assert made.ok, made.err
    done = run(folder / "bin/python", "-m", "pip", "install", "-q", "-c", PINS, wheel, cwd=folder)
    assert done.ok, done.err
    return folder / "bin"


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """Return a repository of somebody else, with a `checks` of their own in it."""
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    build: .\n    ports: ['80:80']\n")
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN cd /srv && ls\nCMD sleep 9\n")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/__init__.py").write_text("raise SystemExit('the wrong checks')\n")
    assert run("git", "init", "-q", ".", cwd=tmp_path).ok
    return tmp_path


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    listed = run("git", "-c", "safe.directory=*", "ls-files", "checks", cwd=ROOT).out.split()
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {name for name in listed if (ROOT / name).is_file()} - inside == set()
    assert {"checks/py.typed", "checks/constraints/compose.txt", "checks/schemas/packages.txt"} <= inside
    assert not [name for name in inside if not name.startswith(("checks/", "stackchecks-"))]


def test_lint_finds_what_is_wrong_in_somebody_elses_repository(installed: Path, stranger: Path) -> None:
    done = run(installed / "checks", "lint", "--only", "hadolint,shellcheck,yamllint", cwd=stranger)
    assert done.code == 1, done.err
    assert "DL3025" in done.out
    assert (stranger / "reports/lint.json").is_file()


def test_init_writes_what_can_be_used_at_once(installed: Path, wheel: Path, stranger: Path) -> None:
    done = run(installed / "checks", "init", cwd=stranger)
    assert done.code == 0, done.err
    assert "1 compose file: compose.yaml" in done.err
    assert str(wheel) in (stranger / "noxfile.py").read_text()
    assert run(installed / "checks", "init", cwd=stranger).code == 2
    nox = [sys.executable, "-m", "nox", "--non-interactive", "-s", "lint"]
    words = ["--", "--only", "hadolint"]
    offered = {"PIP_CONSTRAINT": str(PINS), "NOX_DEFAULT_VENV_BACKEND": "venv"}
    linted = run(*nox, *words, cwd=stranger, env=offered, timeout=180)
    assert "DL3025" in linted.out, linted.err + linted.out
    assert linted.code == 1


def test_pytest_has_the_fixtures_and_the_connection(installed: Path, stranger: Path) -> None:
    offered = run(installed / "python", "-P", "-m", "pytest", "--fixtures", "--import-mode=importlib", cwd=stranger).out
    assert "fixtures defined from checks.pytest_plugin" in offered
    assert all(f"\n{name} [session scope]" in offered for name in ("stack", "bench"))
    done = run(installed / "python", "-P", "-c", CONNECTION, cwd=stranger)
    assert done.out == "checks.host.testing.testinfra.NamespaceBackend\n", done.err


def test_a_test_that_wants_a_stack_is_told_how_to_have_one(installed: Path, stranger: Path) -> None:
    assert run(installed / "checks", "init", cwd=stranger).ok
    argv = ["-P", "-m", "pytest", "-q", "--import-mode=importlib", "tests/integration"]
    done = run(installed / "python", *argv, cwd=stranger)
    assert done.code == 1
    assert "checks verify" in done.out
