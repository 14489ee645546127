"""`checks lint` on what nobody would write on purpose: a finding or an error each, never a traceback, never a pass."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from checks.host import proc
from checks.model import Done

FEW = ("--no-cache", "--only", "checks,hadolint,shellcheck,yamllint")
KINDS = {
    "Dockerfile": b"FROM debian:12\nUSER nobody\n",
    "values.yml": b"---\na: 1\n",
    "run.sh": b"#!/bin/sh\necho ok\n",
}
BAD = {
    "binary": bytes(range(256)) * 20,
    "zeros": b"\0" * 4096,
    "latin": b"# caf\xe9 \xff\xfe\n",
    "huge": b"a: b\n" * 2_000_000,
}


def run(root: Path, *words: str, prefix: tuple[str, ...] = ()) -> Done:
    return proc.run([*prefix, sys.executable, "-P", "-m", "checks", "lint", *FEW, *words], timeout=120, cwd=root)


def report(root: Path) -> list[dict[str, object]]:
    return list(json.loads((root / "reports/lint.json").read_text())["findings"])


@pytest.mark.parametrize("content", list(BAD))
@pytest.mark.parametrize("name", list(KINDS))
def test_no_bad_file_passes(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(BAD[content])
    done = run(tmp_path)
    assert done.code == 1, done.out + done.err
    assert "Traceback" not in done.err
    assert {one["path"] for one in report(tmp_path)} == {name}


@pytest.mark.skipif(os.geteuid() != 0, reason="expected: only root can give up a right of root's")
def test_a_file_that_may_not_be_read_is_no_pass(tmp_path: Path) -> None:
    for name, text in KINDS.items():
        (tmp_path / name).write_bytes(text)
        (tmp_path / name).chmod(0)
    may_not = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    done = run(tmp_path, prefix=may_not)
    assert done.code == 1, done.out + done.err
    assert "Traceback" not in done.err
    assert {(one["path"], one["rule"]) for one in report(tmp_path)} == {(name, "unreadable") for name in KINDS}


def test_links_that_go_round_in_circles_are_no_pass(tmp_path: Path) -> None:
    (tmp_path / "a.yml").symlink_to("b.yml")
    (tmp_path / "b.yml").symlink_to("a.yml")
    (tmp_path / "folder").symlink_to(".")
    (tmp_path / "out.sh").symlink_to("/etc/profile")
    done = run(tmp_path)
    assert done.code == 1
    assert {(one["path"], one["rule"]) for one in report(tmp_path)} == {
        ("a.yml", "unreadable"),
        ("b.yml", "unreadable"),
        ("out.sh", "outside"),
    }


def test_an_interrupted_checkout_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "run.sh").write_text("#!/bin/sh\ncd x\n")
    done = run(tmp_path)
    assert done.code == 1
    assert "git does not list the files" in done.err
    assert "SC2164" in done.out
