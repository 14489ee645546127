from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checks.host.lint import results
from checks.host.lint.results import Digests, Results


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "folder", lambda: tmp_path / "cache")


def test_answers_are_kept() -> None:
    Results().put({str(number): f"answer {number}" for number in range(1200)})
    assert Results().get(["7", "1199", "nope"]) == {"7": "answer 7", "1199": "answer 1199"}
    assert len(Results().get([str(number) for number in range(1200)])) == 1200


def test_a_broken_database_is_said_and_made_anew(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/results.sqlite").write_bytes(b"no database, and long enough to look at" * 100)
    broken = Results()
    assert broken.get(["a"]) == {}
    assert "not a database" in broken.warning
    Results().put({"a": "b"})
    assert Results().get(["a"]) == {"a": "b"}


def test_where_nothing_can_be_kept_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file\n")
    store = Results()
    store.put({"a": "b"})
    assert store.get(["a"]) == {}
    assert "results are not kept" in store.warning


def test_what_nobody_asked_for_lately_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    Results().put({"old": "x", "asked": "y"})
    monkeypatch.setattr("time.time", lambda: results.KEPT_DAYS * 86400 - 5)
    Results().get(["asked"])
    monkeypatch.setattr("time.time", lambda: results.KEPT_DAYS * 86400 + 5)
    Results().put({"new": "z"})
    assert Results().get(["old", "asked", "new"]) == {"asked": "y", "new": "z"}


def test_a_digest_changes_with_the_content_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    digests = Digests(tmp_path)
    assert digests.of("a") == digests.of("b") != ""
    assert digests.of("gone") == digests.of("bad\0name") == ""
    (tmp_path / "a").write_text("y")
    digests.forget()
    assert digests.of("a") != digests.of("b")


def test_another_build_of_a_program_is_another_program(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("1")
    first = results.identity([str(program), "--flag"])
    program.write_text("22")
    assert results.identity([str(program), "--flag"]) != first


def test_what_is_run_in_other_processes_is_our_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def digest(path: str | Path) -> str:
        read.append(Path(path).name)
        return "x"

    monkeypatch.setattr(results, "_digest", digest)
    results.our_own_code.__wrapped__()
    apis = {path.name for path in Path(results.__file__).parent.glob("*_api.py")}
    assert {"checkov_api.py", "ansible_lint_api.py", "yamllint_api.py"} <= apis
    assert {*apis, "terraform_stub.py", "checkov.py", "repository.py", "shelltext.py", "ansible.py"} <= set(read)


def test_the_python_of_another_environment_is_another_program(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "python").symlink_to(Path(sys.executable).resolve())
    one, other = (str(tmp_path / name / "python") for name in ("one", "other"))
    assert results.identity([one, "-I"]) == results.identity([one, "-I"]) != results.identity([other, "-I"])


def test_another_package_in_our_environment_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    first = results.identity([sys.executable, "-I"])
    installed = results.installed()
    assert any(name.startswith("yamllint-") for name in installed)
    later = tuple("yamllint-99.0.dist-info" if name.startswith("yamllint-") else name for name in installed)
    monkeypatch.setattr(results, "installed", lambda: later)
    assert results.identity([sys.executable, "-I"]) != first
