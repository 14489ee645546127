"""The whole history of this repository holds no secret; that a scan of a history finds one is shown on another."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.host import proc, toolenv
from checks.lint import kingfisher
from tests.e2e.test_kingfisher import Quiet, github_token, private_key

ROOT = Path(__file__).parents[2]
OPTIONS = [word for word in kingfisher.OPTIONS if word not in ("--git-history", "none")]


@pytest.fixture(scope="module")
def scanner() -> Path:
    return Path(toolenv.kingfisher(Quiet())[0])


def scan(scanner: Path, repository: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Scan every object of a repository; return what was found, and what the scan says of itself."""
    argv: list[str | Path] = [scanner, "scan", *OPTIONS, "--git-history", "full", "--", "."]
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(repository),
        "KF_RULE_CACHE_DIR": str(scanner.with_name(kingfisher.RULES)),
    }
    done = proc.run(argv, cwd=repository, env=env, timeout=600)
    assert done.code in (0, 200), done.err
    entries = [json.loads(line) for line in done.out.splitlines()]
    (audit,) = [entry["audit"]["repositories"][0] for entry in entries if "audit" in entry]
    assert audit["scan"]["status"] == "completed"
    return [entry for entry in entries if "finding" in entry], audit


def git(repository: Path, *words: str) -> None:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *words]
    subprocess.run(argv, cwd=repository, check=True, capture_output=True)


def test_a_secret_that_was_committed_and_removed_is_found(scanner: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name, content in (("settings.py", f"TOKEN = '{github_token(3)}'\n"), ("id_rsa", private_key())):
        (tmp_path / name).write_text(content)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", "add")
        (tmp_path / name).unlink()
        git(tmp_path, "commit", "-q", "-a", "-m", "remove")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing")
    found, audit = scan(scanner, tmp_path)
    assert {entry["finding"]["path"].rpartition("/")[2] for entry in found} == {"settings.py", "id_rsa"}
    assert audit["git"]["fetched_commit_count"] == 5


def test_the_history_of_this_repository_holds_no_secret(scanner: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("expected: this is no clone, so it has no history")
    found, audit = scan(scanner, ROOT)
    places = [f"{entry['finding']['path']}:{entry['finding']['line']} {entry['rule']['id']}" for entry in found]
    assert places == []
    assert audit["stats"]["blobs_scanned"] > 0
    if audit["git"]["shallow"]:
        pytest.skip("expected: this clone is shallow, so only a part of the history was there to be scanned")
