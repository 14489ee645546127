"""What is said of paths that were named and are not linted, and of patterns that exclude nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.host.lint import asked


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with files, another repository in it, and what is ignored."""
    for name in ("a.sh", "b.sh", "third/c.sh", "third/d.sh", "inner/e.sh", "venv/f.sh", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\necho ok\n")
    (tmp_path / ".gitignore").write_text("venv\n")
    for folder in (tmp_path, tmp_path / "inner"):
        subprocess.run(["git", "init", "-q", folder], check=True)
    return tmp_path


def said(root: Path, *named: str, configured: tuple[str, ...] = (), option: tuple[str, ...] = ()) -> list[str]:
    warned: list[str] = []
    asked.of(root, named, configured, option, warned.append)
    return warned


def test_a_path_that_is_excluded_is_told_so(root: Path) -> None:
    assert said(root, "third/c.sh", configured=("third",)) == ["third/c.sh: excluded by the configuration"]
    assert said(root, "third", "a.sh", option=("third/*",)) == ["third: excluded by --exclude"]
    assert said(root, "third", configured=("third/c.sh",)) == []
    both = said(root, "third", configured=("third/c.sh",), option=("./third/d.sh",))
    assert both == ["third: excluded by --exclude"]


def test_many_paths_are_told_in_one_line(root: Path) -> None:
    names = [f"third/{number}.sh" for number in range(7)]
    for name in names:
        (root / name).write_text("#!/bin/sh\n")
    (line,) = said(root, *names, configured=("third",))
    assert line == f"{' '.join(names[:5])} and 2 more: excluded by the configuration"


@pytest.mark.parametrize("tracked", [False, True])
def test_a_repository_in_the_repository_is_told_so(root: Path, tracked: bool) -> None:
    if tracked:
        commit = ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
        for folder, words in ((root / "inner", ("add", "-A")), (root / "inner", commit), (root, ("add", "-A"))):
            subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
    assert said(root, "inner") == ["inner: a repository of its own, which is not linted from here"]
    assert said(root, "inner/e.sh") == []  # a file that is named counts
    assert said(root, "a.sh", "venv") == []


def test_only_what_no_linter_may_take_is_doubtful(root: Path) -> None:
    def doubtful(*named: str) -> tuple[str, ...]:
        return asked.of(root, named, (), (), lambda _said: None).doubtful

    assert doubtful("pyproject.toml") == ("pyproject.toml",)
    assert doubtful("pyproject.toml", "a.sh") == ()
    assert doubtful("venv") == ("venv",)


def test_a_pattern_that_excludes_nothing_is_told_once(root: Path) -> None:
    (line,) = said(root, option=("/a.sh", "./b.sh", "venv", "*.sh"))
    assert line.startswith("--exclude /a.sh excludes nothing")
    assert said(root, configured=("nothing",)) == []
    found = asked.of(root, (), (), ("./b.sh",), lambda _said: None).repository.by_path
    assert ("a.sh" in found, "b.sh" in found) == (True, False)
