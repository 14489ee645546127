"""The whole history of this repository holds no secret but what was looked at and decided; another shows what a scan finds.

What is scanned is a bare clone: every object that a branch or tag reaches, and nothing of the working tree. In a linked
worktree the scanner reads the files alone and says that it is done. `reviewed_secrets.txt` holds what was decided, one
a line, in the form of gitleaks' fingerprints, and why: `commit:path:rule:line # reason`; never the secret itself.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.host import proc
from checks.host.tools import toolenv
from checks.lint import kingfisher
from tests.e2e.test_kingfisher import Quiet, github_token, private_key

ROOT = Path(__file__).parents[2]
REVIEWED = Path(__file__).with_name("reviewed_secrets.txt")
OPTIONS = [word for word in kingfisher.OPTIONS if word not in ("--git-history", "none")]


@pytest.fixture(scope="module")
def scanner() -> Path:
    return Path(toolenv.kingfisher(Quiet())[0])


def scan(scanner: Path, repository: Path, into: Path) -> tuple[list[str], dict[str, Any]]:
    """Scan all that a repository's branches and tags reach; return the fingerprints, and what the scan says of itself."""
    git(ROOT, "clone", "--quiet", "--bare", str(repository), str(into))
    argv: list[str | Path] = [scanner, "scan", *OPTIONS, "--git-history", "full", "--", "."]
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(into),
        "KF_RULE_CACHE_DIR": str(scanner.with_name(kingfisher.RULES)),
    }
    done = proc.run(argv, cwd=into, env=env, timeout=600)
    assert done.code in (0, 200), done.err
    entries = [json.loads(line) for line in done.out.splitlines()]
    (audit,) = [entry["audit"]["repositories"][0] for entry in entries if "audit" in entry]
    assert audit["scan"]["status"] == "completed"
    return sorted({_fingerprint(entry) for entry in entries if "finding" in entry}), audit


def _fingerprint(entry: dict[str, Any]) -> str:
    """Return `commit:path:rule:line`; of what is in no commit's file, as in a clone's own files, without the commit."""
    finding = entry["finding"]
    commit = finding.get("git_metadata", {}).get("commit", {}).get("id", "")
    return f"{commit}:{finding['path']}:{entry['rule']['id']}:{finding['line']}"


def reviewed(text: str) -> set[str]:
    """Return the fingerprints of a list; AssertionError where one has no reason."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    parts = [line.partition(" # ") for line in lines]
    assert [name for name, _, reason in parts if not reason.strip()] == []
    return {name.strip() for name, _, _ in parts}


def git(repository: Path, *words: str) -> None:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *words]
    subprocess.run(argv, cwd=repository, check=True, capture_output=True)


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """Make a repository where two secrets were committed and removed again."""
    repository = tmp_path / "leaky"
    repository.mkdir()
    git(repository, "init", "-q")
    for name, content in (("settings.py", f"\nTOKEN = '{github_token(3)}'\n"), ("id_rsa", private_key())):
        (repository / name).write_text(content)
        git(repository, "add", ".")
        git(repository, "commit", "-q", "-m", "add")
        (repository / name).unlink()
        git(repository, "commit", "-q", "-a", "-m", "remove")
    git(repository, "commit", "-q", "--allow-empty", "-m", "nothing")
    return repository


def test_a_secret_that_was_committed_and_removed_is_found(scanner: Path, leaky: Path, tmp_path: Path) -> None:
    found, audit = scan(scanner, leaky, tmp_path / "clone")
    assert {name.split(":")[1] for name in found} == {"settings.py", "id_rsa"}
    assert audit["git"]["fetched_commit_count"] == 5


def test_a_linked_worktree_has_the_same_history(scanner: Path, leaky: Path, tmp_path: Path) -> None:
    git(leaky, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert scan(scanner, tmp_path / "linked", tmp_path / "one")[0] == scan(scanner, leaky, tmp_path / "two")[0]


def test_what_was_decided_is_let_pass_and_nothing_else(scanner: Path, leaky: Path, tmp_path: Path) -> None:
    found, _ = scan(scanner, leaky, tmp_path / "before")
    (token,) = [name for name in found if ":settings.py:" in name]
    decided = reviewed(f"# the list\n\n{token} # made for this test\n")
    assert set(found) - decided == set(found) - {token} != set()
    (leaky / "settings.py").write_text(f"\nTOKEN = '{github_token(4)}'\n")
    git(leaky, "add", ".")
    git(leaky, "commit", "-q", "-m", "the same place, another secret")
    again, _ = scan(scanner, leaky, tmp_path / "after")
    (new,) = set(again) - set(found)
    assert ":settings.py:" in new
    assert new not in decided


def test_a_decision_without_a_reason_is_none() -> None:
    with pytest.raises(AssertionError):
        reviewed("1234:settings.py:github-pat:1 #  \n")


def test_the_history_of_this_repository_holds_no_secret(scanner: Path, tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("expected: this is no clone, so it has no history")
    found, audit = scan(scanner, ROOT, tmp_path / "clone")
    decided = reviewed(REVIEWED.read_text())
    assert sorted(set(found) - decided) == [], (
        "remove the secret and change it where it is used; see the module's docstring"
    )
    assert audit["stats"]["blobs_scanned"] >= _texts(tmp_path / "clone") > 0
    if audit["git"]["shallow"]:
        pytest.skip("expected: this clone is shallow, so only a part of the history was there to be scanned")
    assert sorted(decided - set(found)) == [], "decided, and not there any more"


def _texts(repository: Path) -> int:
    """Return how many files, each content once, a repository has: those that are not empty and have no NUL byte."""
    argv = ["git", "cat-file", "--batch-all-objects", "--batch"]
    with subprocess.Popen(argv, cwd=repository, stdout=subprocess.PIPE) as process:
        assert process.stdout
        texts = 0
        for head in iter(process.stdout.readline, b""):
            _, kind, size = head.split()
            content = process.stdout.read(int(size) + 1)[:-1]
            texts += kind == b"blob" and bool(content) and b"\0" not in content
    assert process.returncode == 0
    return texts
