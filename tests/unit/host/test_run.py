"""A run's id, its folders and its reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from checks.errors import UsageError
from checks.host import identity, run


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own: what is swept is really removed."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_run_takes_the_id_of_its_nox_invocation(tmp_path: Path) -> None:
    with run.begin(tmp_path, {"CHECKS_RUN": "0101-abc"}) as begun:
        assert begun.id == "0101-abc"
        assert begun.work.stat().st_mode & 0o777 == 0o700
        (begun.work / "secret").write_text("x")
    assert not begun.work.exists()


def test_each_run_has_an_id_of_its_own_that_compose_takes(tmp_path: Path) -> None:
    ids = set()
    for _ in range(20):
        with run.begin(tmp_path, {}) as begun:
            ids.add(begun.id)
            assert set(begun.id) <= set("0123456789abcdef-")
    assert len(ids) == 20


@pytest.mark.parametrize("named", ["My Run", "-x", "a/b", "ü", "x" * 41])
def test_an_id_that_no_project_can_have_is_wrong_usage(tmp_path: Path, named: str) -> None:
    with pytest.raises(UsageError, match="CHECKS_RUN"), run.begin(tmp_path, {"CHECKS_RUN": named}):
        pass


def test_the_work_folder_goes_with_an_exception_too(tmp_path: Path, scratch: Path) -> None:
    with pytest.raises(KeyboardInterrupt), run.begin(tmp_path, {}):
        raise KeyboardInterrupt
    assert list(scratch.iterdir()) == []


def test_what_a_killed_command_left_is_swept_and_nothing_else(tmp_path: Path, scratch: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        started = identity.start_time(gone.pid)
    me = f"{os.getpid()}_{identity.start_time(os.getpid())}"
    kept = ["checks-run-notes", "checks-run-", "checks-run-1", "checks-runner", f"checks-run-{me}-live"]
    for name in [*kept, f"checks-run-{gone.pid}_{started}-dead"]:
        (scratch / name).mkdir()
    (scratch / "checks-run-file").touch()
    with run.begin(tmp_path, {}) as begun:
        assert {item.name for item in scratch.iterdir()} == {*kept, "checks-run-file", begun.work.name}


def test_a_report_says_when_and_who(tmp_path: Path) -> None:
    with run.begin(tmp_path, {"CHECKS_RUN": "r1"}) as begun:
        begun.report("build", {"ok": True})
    facts = json.loads((tmp_path / "reports/build.json").read_text())
    assert (facts["schema"], facts["run"], facts["ok"]) == (1, "r1", True)
    assert facts["seconds"] >= 0
    assert facts["started"].endswith("Z")
    assert run.read_report(tmp_path, "build") == facts


def test_a_clock_that_is_set_meanwhile_changes_no_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with run.begin(tmp_path, {}) as begun:
        monkeypatch.setattr("time.time", lambda: begun.started - 400 * 86400)
        begun.report("build", {})
    assert 0 <= json.loads((tmp_path / "reports/build.json").read_text())["seconds"] < 60


@pytest.mark.parametrize("text", [None, "", "{", "[]", "\xff"])
def test_a_report_that_cannot_be_read_is_none(tmp_path: Path, text: str | None) -> None:
    (tmp_path / "reports").mkdir()
    if text is not None:
        (tmp_path / "reports/build.json").write_bytes(text.encode("latin-1"))
    assert run.read_report(tmp_path, "build") == {}


def test_a_verb_forgets_only_its_own_reports(tmp_path: Path) -> None:
    (tmp_path / "reports/junit").mkdir(parents=True)
    for name in ("build.json", "lint.json", "junit/build.xml"):
        (tmp_path / "reports" / name).touch()
    run.forget(tmp_path, "build.json", "junit/build.xml", "nothing.json")
    assert [item.name for item in (tmp_path / "reports").rglob("*") if item.is_file()] == ["lint.json"]


def test_forgetting_takes_folders_and_what_a_killed_command_had_half_written(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / "evidence/up").mkdir(parents=True)
    (reports / "evidence/up/web.log").touch()
    (reports / ".build.json.k3j4").touch()
    (reports / "build.json").touch()
    (reports / "lint.json").touch()
    run.forget(tmp_path, "build.json", "evidence/up", "never/there")
    assert sorted(path.name for path in reports.rglob("*") if path.is_file()) == ["lint.json"]
    assert not (reports / "evidence/up").exists()


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "file").touch()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/build").symlink_to(theirs)
    run.forget(tmp_path, "build")
    assert (theirs / "file").exists()
    assert not (tmp_path / "reports/build").is_symlink()
