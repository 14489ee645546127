from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from checks.host import git, proc

NAMES = [
    "a.sh",
    "-v.sh",
    "b c.sh",
    'q"uo\\te.sh',
    "new\nline.sh",
    "tab\t.sh",
    "r\r.sh",
    "ünï.sh",
    "sub/dir/d.yml",
    " x",
]


def repository(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("echo\n")
    return root


def run_git(root: Path, *argv: str) -> None:
    assert proc.run(["git", "-c", "init.defaultBranch=main", *argv], cwd=root, timeout=30).ok


def test_git_lists_what_it_knows_and_what_it_does_not_ignore(tmp_path: Path) -> None:
    repository(tmp_path, *NAMES, "ignored.sh", "new.sh")
    (tmp_path / ".gitignore").write_text("ignored.sh\n")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", "--", *NAMES)
    listing = git.listing(tmp_path)
    assert listing.by_git
    assert sorted(listing.paths) == sorted([*NAMES, ".gitignore", "new.sh"])


def test_names_that_are_no_text_are_listed_as_they_are(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.sh")).write_text("echo\n")
    run_git(tmp_path, "init", "-q")
    assert git.listing(tmp_path).paths == (os.fsdecode(b"caf\xe9.sh"),)


def test_a_folder_of_a_checkout_is_listed_relative_to_itself(tmp_path: Path) -> None:
    repository(tmp_path, "a.sh", "in/b.sh")
    run_git(tmp_path, "init", "-q")
    assert git.listing(tmp_path / "in").paths == ("b.sh",)


def test_without_git_a_walk_leaves_out_what_is_nobodys(tmp_path: Path) -> None:
    gone = [
        "node_modules/a.sh",
        ".git-not/b.sh",
        "vendor/c.sh",
        ".terraform/d.sh",
        ".venv/e.sh",
        "env/pyvenv.cfg",
        "env/f.sh",
    ]
    repository(tmp_path, *NAMES, *gone)
    (tmp_path / "loop").symlink_to(".")
    listing = git.listing(tmp_path)
    assert not listing.by_git
    assert sorted(listing.paths) == sorted([*NAMES, ".git-not/b.sh"])


def test_a_broken_repository_is_walked_and_said(tmp_path: Path) -> None:
    repository(tmp_path, "a.sh", ".git/HEAD")
    listing = git.listing(tmp_path)
    assert listing.paths == ("a.sh",)
    assert "not a git repository" in listing.warning


def test_a_repositorys_configuration_starts_no_program(tmp_path: Path) -> None:
    repository(tmp_path, "a.sh")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "config", "core.fsmonitor", f"touch {tmp_path}/started")
    git.listing(tmp_path)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("name", NAMES)
def test_unquoted_names_stay(name: str) -> None:
    assert git.unquote(name) == name


def test_sockets_are_no_files(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s.sh"))
        assert "s.sh" in git.listing(tmp_path).paths  # the inventory leaves it out


def test_what_was_there_before_a_change_is_put_back(tmp_path: Path) -> None:
    root, copy = tmp_path / "repository/in ner", tmp_path / "copy"
    was = {"a.sh": b"old\r\n", "gone/b.sh": b"b\n", "folder": b"a file\n", "old name": b"1\n2\n3\n4\n5\n6\n"}
    for path, data in was.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    top = root.parent
    (top / ".gitattributes").write_text("*.sh text eol=crlf filter=mine\n")
    run_git(top, "init", "-q")
    run_git(top, "add", "-A")
    run_git(top, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "x")
    run_git(top, "config", "filter.mine.smudge", "touch started; cat")
    (root / "a.sh").write_bytes(b"new\r\n")
    (root / "gone/b.sh").unlink()
    (root / "folder").unlink()
    (root / "folder").mkdir()
    (root / "folder/c.sh").write_text("c\n")
    (root / "old name").rename(root / "name")
    run_git(top, "add", "-AN")
    since = git.changes(root, "HEAD")
    assert set(since.gone) == {"gone/b.sh", "folder", "old name"}
    assert since.renamed == {"name": "old name"}
    shutil.copytree(root, copy / git.prefix(root))
    git.put_back(root, since, copy)
    found = {path.relative_to(copy / "in ner").as_posix(): path for path in copy.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == {**was, "gone/b.sh": b"b\r\n"}
    assert not (copy / "started").exists()
