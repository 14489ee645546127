"""`checks lint` as it is called: real tools on real files."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from junitparser import JUnitXml

from checks.__main__ import main
from checks.errors import MissingToolError
from checks.host import files, proc
from checks.host.lint import linters, results
from checks.lint import registry
from checks.model import Job

DOCKERFILE = "FROM debian:12\nRUN cd /x && echo $A\n"


@pytest.fixture(autouse=True)
def _few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the tools out that need seconds each, but where a test asks for all of them."""
    if "every_linter" not in request.fixturenames:
        few = {name: registry.LINTERS[name] for name in ("hadolint", "shellcheck", "yamllint")}
        monkeypatch.setattr(registry, "LINTERS", few)
        monkeypatch.setattr(registry, "RULES", {})


@pytest.fixture
def every_linter() -> None:
    """Let a test have all linters."""


@pytest.fixture(autouse=True)
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "folder", lambda: tmp_path / "results")
    monkeypatch.setattr(results, "versions_folder", lambda: tmp_path / "versions")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def lint(root: Path, *argv: str) -> int:
    return main(["lint", "--root", str(root), *argv])


def report(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / "reports/lint.json").read_text()))


def rules(root: Path) -> set[tuple[str, str]]:
    return {(one["path"], one["rule"]) for one in report(root)["findings"]}


def states(root: Path) -> dict[str, str]:
    return {one["name"]: one["state"] for one in report(root)["tools"]}


def test_findings_of_all_tools_come_together(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("---\na: 1\na: 2\n")
    (root / "run").write_text("#!/bin/sh\ncd x\n")
    assert lint(root) == 1
    assert {("Dockerfile", "DL3003"), ("a.yml", "key-duplicates"), ("run", "SC2164")} <= rules(root)
    said = capsys.readouterr().out
    assert "| RUN cd /x && echo $A" in said
    assert "shellcheck 0.11.0 (1 file, 1 finding), yamllint 1.38.0 (1 file, 1 finding)" in " ".join(said.split())
    assert all(tool["version"] and tool["seconds"] > 0 for tool in report(root)["tools"] if tool["files"])
    assert JUnitXml.fromfile(str(root / "reports/junit/lint.xml")).failures
    assert json.loads((root / "reports/checks.sarif").read_text())["version"] == "2.1.0"


def test_a_clean_repository_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "a.yml").write_text("---\na: 1\n")
    assert lint(root) == 0
    assert capsys.readouterr().out.startswith("checked by yamllint 1.38.0 (1 file)\nclean: 1 tool, ")


def test_an_empty_folder_passes_and_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(root) == 0
    assert capsys.readouterr().out.startswith("nothing to lint\nclean: 0 tools, ")


def test_severity_decides(root: Path) -> None:
    (root / "run").write_text("#!/bin/sh\necho $A\n")
    assert lint(root) == 0
    assert lint(root, "--fail-on", "info") == 1


def test_only_skip_and_paths_restrict(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "sub").mkdir()
    (root / "sub/a.yml").write_text("a: 1\na: 2\n")
    assert lint(root, "--only", "yamllint") == 1
    assert states(root) == {"yamllint": "ok"}
    assert lint(root, "--skip", "yamllint,hadolint") == 0
    assert lint(root, "Dockerfile") == 1
    assert {path for path, _ in rules(root)} == {"Dockerfile"}


def test_wrong_usage_is_2(root: Path) -> None:
    assert lint(root, "nope") == 2
    assert lint(root, "--only", "nope") == 2
    (root / "checks.toml").write_text("nope = 1\n")
    assert lint(root) == 2


def test_output_goes_to_a_file_in_any_format(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    for name in ("text", "json", "sarif", "junit", "github"):
        assert lint(root, "--format", name, "--output", str(tmp_path / name)) == 1
        assert "DL3003" in (tmp_path / name).read_text()
    assert capsys.readouterr().out == ""


def test_output_may_be_standard_output_or_a_link(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(root)
    assert lint(root, "--format", "json", "--output", "-") == 1
    assert json.loads(capsys.readouterr().out)["tools"]
    assert not (root / "-").exists()
    (root / "link").symlink_to("file")
    assert lint(root, "--format", "json", "--output", "link") == 1
    assert (root / "link").is_symlink()
    assert json.loads((root / "file").read_text())["tools"]


def test_old_reports_are_removed_first(root: Path) -> None:
    assert lint(root) == 0
    assert lint(root, "nope") == 2
    assert not (root / "reports/lint.json").exists()


@pytest.mark.parametrize(
    "name", ["-v.yml", "sp ace.yml", "new\nline.yml", "quo\"te'.yml", "ünï.yml", "$(x).yml", "a:1:2: [b].yml"]
)
def test_any_name_is_linted(root: Path, name: str) -> None:
    for path in (name, name.replace("yml", "sh"), name.replace("yml", "Dockerfile")):
        (root / path).write_text("FROM debian:12\nRUN cd /x\n" if "Docker" in path else "cd x\na: 1\na: 2\n")
    assert lint(root) == 1
    assert set(states(root).values()) == {"ok"}
    found = rules(root)
    assert (name.replace("yml", "Dockerfile"), "DL3003") in found
    assert (name.replace("yml", "sh"), "SC2148") in found
    assert any(path == name for path, _ in found)


def test_bad_input_is_never_a_pass(root: Path) -> None:
    bad = {
        "latin.yml": b"# caf\xe9\n",
        "latin.Dockerfile": b"FROM debian:12\n# caf\xe9\n",
        "bin.sh": b"\0\1\2\xff",
        "e.sh": b"",
    }
    for name, data in bad.items():
        (root / name).write_bytes(data)
    (root / "big.yml").write_bytes(b"a: b\n" * 2_000_000)
    (root / "loop.yml").symlink_to("loop.yml")
    assert lint(root) == 1
    found = rules(root)
    assert {
        ("latin.yml", "not-utf8"),
        ("latin.Dockerfile", "not-utf8"),
        ("bin.sh", "binary"),
        ("e.sh", "SC2148"),
    } <= found
    assert {("big.yml", "too-large"), ("loop.yml", "unreadable")} <= found


def test_broken_configurations_of_tools_are_errors(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "Dockerfile").write_text("FROM debian:12\n")
    (root / "a.yml").write_text("---\na: 1\n")
    (root / ".hadolint.yaml").write_text("ignored: DL3006\n")
    (root / ".yamllint").write_text("rules: {nope: enable}\n")
    assert lint(root) == 1
    assert states(root) == {"hadolint": "unreadable", "shellcheck": "ok", "yamllint": "unreadable"}
    assert "error: yamllint unreadable: its configuration cannot be read" in capsys.readouterr().out


def test_the_repositorys_configurations_count(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / ".hadolint.yaml").write_text("---\nignored: [DL3003]\n")
    (root / "a.yml").write_text("a: 1\na: 2\n")
    (root / ".yamllint.yml").write_text("---\nextends: default\nignore: [a.yml]\n")
    (root / "run").write_text("#!/bin/sh\ncd x\n")
    (root / ".shellcheckrc").write_text("disable=SC2164\n")
    assert lint(root) == 0
    assert {rule for _, rule in rules(root)} == {"SC2086"}


def test_a_persons_own_configuration_does_not_count(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3003]\n")
    (root / "Dockerfile").write_text(DOCKERFILE)
    assert lint(root) == 1


def test_waivers_count(root: Path) -> None:
    (root / "Dockerfile").write_text("FROM debian:12\n# checks: waive DL3003 -- shown\nRUN cd /x || exit\n")
    assert lint(root) == 0
    assert {one["status"] for one in report(root)["findings"]} == {"waived"}
    (root / "Dockerfile").write_text(
        "FROM debian:12\n# checks: waive DL3003 until=2020-01-01 -- shown\nRUN cd /x || exit\n"
    )
    assert lint(root) == 1
    assert ("Dockerfile", "waiver-expired") in rules(root)
    (root / "Dockerfile").write_text("FROM debian:12\nRUN cd /x || exit\n")
    (root / "checks.toml").write_text('waivers = [{rule = "DL3003", reason = "shown", path = "Docker*"}]\n')
    assert lint(root) == 0


def other_tools(monkeypatch: pytest.MonkeyPatch, **commands: tuple[str, ...] | None) -> None:
    """Put other programs in the place of tools, or nothing."""

    def place(name: str, command: tuple[str, ...] | None) -> linters.Place:
        def find(_out: object) -> tuple[str, ...]:
            if command is None:
                raise MissingToolError(f"{name} is not there")
            return command

        return find

    replaced = {name: place(name, command) for name, command in commands.items()}
    monkeypatch.setattr(linters, "PLACES", {**linters.PLACES, **replaced})


def test_a_missing_tool_is_no_pass_and_by_name_is_4(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("a: 1\na: 2\n")
    other_tools(monkeypatch, hadolint=None)
    assert lint(root) == 1
    assert states(root)["hadolint"] == "missing"
    assert ("a.yml", "key-duplicates") in rules(root)
    assert lint(root, "--only", "hadolint") == 4


def test_a_killed_tool_is_named_and_the_others_findings_are_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("a: 1\na: 2\n")
    other_tools(monkeypatch, hadolint=(sys.executable, "-c", "import time; time.sleep(60)"))

    def kill() -> None:
        for _ in range(200):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):  # one that ends just now
                    if "time.sleep(60)" in " ".join(child.cmdline()) and "--format" in child.cmdline():
                        child.kill()
                        return
            time.sleep(0.05)

    monkeypatch.setattr("checks.lint.hadolint.version", lambda _tools: a_version())
    killer = threading.Thread(target=kill)
    killer.start()
    assert lint(root) == 1
    killer.join()
    assert states(root)["hadolint"] == "crashed"
    assert ("a.yml", "key-duplicates") in rules(root)


def a_version() -> Job:
    return Job("hadolint", (sys.executable, "-c", "print('Linter 1.0')"))


def test_a_file_deleted_while_linting_costs_nobody_elses_findings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.Dockerfile", "b.Dockerfile"):
        (root / name).write_text(DOCKERFILE)
    real = linters.locate

    def locate(names: object, out: object) -> object:
        (root / "b.Dockerfile").unlink(missing_ok=True)
        return real(names, out)  # type: ignore[arg-type]

    monkeypatch.setattr(linters, "locate", locate)
    assert lint(root) == 1
    assert states(root)["hadolint"] == "unreadable"
    assert ("a.Dockerfile", "DL3003") in rules(root)
    assert "b.Dockerfile" in report(root)["tools"][0]["message"]


def test_reports_that_cannot_be_written_are_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "reports").write_text("a file\n")
    (root / "Dockerfile").write_text(DOCKERFILE)
    assert lint(root) == 1
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert "DL3003" in said.out


def test_reports_that_a_repository_has_of_its_own_stay(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "reports").mkdir()
    (root / "reports/index.html").write_text("mine\n")
    (root / "Dockerfile").write_text(DOCKERFILE)
    commit(root)
    assert lint(root) == 1
    assert "reports/index.html is committed here" in capsys.readouterr().err
    assert [path.name for path in (root / "reports").iterdir()] == ["index.html"]
    assert (root / "reports/index.html").read_text() == "mine\n"
    (root / "reports/index.html").rename(root / "reports/other.html")
    commit(root)
    assert lint(root) == 1
    assert (root / "reports/lint.json").exists()


def test_reports_do_not_follow_a_link_out_of_the_repository(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "reports").symlink_to(tmp_path / "elsewhere")
    (root / "Dockerfile").write_text(DOCKERFILE)
    commit(root)
    assert lint(root) == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_checkout_that_cannot_be_written_is_linted(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "run.sh").write_text("#!/bin/sh\necho ok\n")

    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(files, "_make_folder", refuse)  # root may write anywhere
    assert lint(root) == 0
    assert "no report is written: reports/ cannot be written (Read-only file system)" in capsys.readouterr().err
    monkeypatch.undo()


def test_an_old_report_that_cannot_be_removed_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "run.sh").write_text("#!/bin/sh\necho ok\n")
    assert lint(root) == 0

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert lint(root) == 0
    assert "reports/lint.json is of an earlier run and stays" in capsys.readouterr().err


@pytest.mark.usefixtures("every_linter")
def test_rules_of_our_own_are_known_the_second_time(root: Path) -> None:
    (root / "Dockerfile").write_text("FROM debian:12\nRUN apt-get update\n")
    assert lint(root, "--only", "checks") == 1
    first = report(root)
    assert ("Dockerfile", "apt-update-joined") in rules(root)
    assert first["tools"][0]["cached"] == 0
    assert lint(root, "--only", "checks") == 1
    assert report(root)["findings"] == first["findings"]
    assert report(root)["tools"][0]["cached"] == 1


@pytest.mark.usefixtures("every_linter")
def test_this_repository_is_clean(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", ".nox", ".*_cache", "reports"))
    assert lint(copy) == 0
    assert (copy / "reports/lint.json").is_file()


def commit(root: Path) -> None:
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        assert proc.run(["git", *who, *words], timeout=20, cwd=root).ok


def seconds(root: Path) -> float:
    return float(sum(tool["seconds"] for tool in report(root)["tools"]))


def test_a_second_run_starts_no_tool_and_finds_the_same(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("a: 1\na: 2\n")
    assert lint(root) == 1
    first = report(root)
    assert seconds(root) > 0
    assert lint(root) == 1
    second = report(root)
    assert second["findings"] == first["findings"]
    assert seconds(root) == 0
    assert [tool["version"] for tool in second["tools"]] == [tool["version"] for tool in first["tools"]]
    assert lint(root, "--no-cache") == 1
    assert seconds(root) > 0


def test_a_changed_file_a_changed_configuration_and_another_name_are_linted_again(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("---\na: 1\n")
    assert lint(root) == 1
    (root / "Dockerfile").write_text("FROM debian:12\n")
    assert lint(root) == 0
    (root / "a.yml").write_text("---\na: 1\na: 2\n")
    assert lint(root) == 1
    (root / ".yamllint").write_text("rules: {}\n")
    assert lint(root) == 0
    (root / "a.yml").rename(root / "b.yml")
    assert lint(root) == 0
    assert seconds(root) > 0


def test_a_failed_tool_is_asked_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    with monkeypatch.context() as patch:
        other_tools(patch, hadolint=("false",))
        assert lint(root) == 1
        assert states(root)["hadolint"] == "crashed"
        assert lint(root) == 1
        assert states(root)["hadolint"] == "crashed"
    assert lint(root) == 1
    assert states(root)["hadolint"] == "ok"


def test_only_what_a_change_touches(root: Path) -> None:
    (root / "Dockerfile").write_text("FROM debian:12\nRUN cd /x && echo $A\nRUN echo 1\nRUN cd /z || exit\n")
    (root / "other.sh").write_text("#!/bin/sh\ncd x\n")
    commit(root)
    text = (root / "Dockerfile").read_text()
    (root / "Dockerfile").write_text(text.replace("RUN echo 1", "RUN cd /y || exit"))
    (root / "new.sh").write_text("#!/bin/sh\ncd x\n")
    assert lint(root, "--since", "HEAD") == 1
    found = {(one["path"], one["line"], one["rule"]) for one in report(root)["findings"]}
    assert {("Dockerfile", 3, "DL3003"), ("new.sh", 2, "SC2164")} <= found
    assert {(path, line) for path, line, _ in found} == {("Dockerfile", 3), ("new.sh", 2)}
    assert lint(root, "--since", "nope") == 2


def places(root: Path) -> set[tuple[str, int, str]]:
    return {(one["path"], one["line"], one["rule"]) for one in report(root)["findings"]}


def test_what_a_change_breaks_counts_where_the_tool_gives_up(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken_before = "---\na: [\n"
    files = {
        "Dockerfile": "FROM debian:12\nRUN echo a \\\n    && echo b\n\nUSER 1000\n",
        "a.yml": "---\na:\n  b: 1\n  c: 2\n",
        "run.sh": "#!/bin/sh\nif true; then\n  echo a\nfi\n",
        "old.yml": broken_before,
    }
    for name, text in files.items():
        (root / name).write_text(text)
    commit(root)
    (root / "Dockerfile").write_text(files["Dockerfile"].replace(" \\\n", "\n"))
    (root / "a.yml").write_text(files["a.yml"].replace("b: 1", "b: [1"))
    (root / "run.sh").write_text(files["run.sh"].replace("then", "x"))
    (root / "old.yml").write_text(f"# a comment\n{broken_before}")
    assert lint(root, "--since", "HEAD") == 1
    found = places(root)
    assert {("Dockerfile", 3, "DL1000"), ("a.yml", 4, "syntax")} <= found
    assert any(path == "run.sh" and rule.startswith("SC10") for path, _, rule in found)
    assert not [path for path, _, _ in found if path == "old.yml"]  # it was as broken before
    assert "before the change" in capsys.readouterr().err
    assert lint(root, "--since", "HEAD", "--skip", "shellcheck", "a.yml") == 1
    assert places(root) == {("a.yml", 4, "syntax")}


def test_a_change_that_breaks_nothing_lints_nothing_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "a.yml").write_text("---\na: 1\n")
    commit(root)
    (root / "a.yml").write_text("---\na:  1\n")
    assert lint(root, "--since", "HEAD") == 1
    assert places(root) == {("a.yml", 2, "colons")}
    assert "before the change" not in capsys.readouterr().err


def test_of_a_change_in_a_folder_of_a_repository_what_was_there_is_found(root: Path) -> None:
    inner = root / "in ner"
    inner.mkdir()
    for folder in (root, inner):
        (folder / "a.yml").write_text("---\na: [\n")
        (folder / "gone.yml").write_text("---\na: 1\n")
    commit(root)
    (inner / "a.yml").write_text("---\n\na: [\n")
    (inner / "gone.yml").unlink()
    assert lint(inner, "--since", "HEAD") == 0
    (inner / "b.yml").write_text("b: [\n")
    (inner / "a.yml").write_text("---\n\na: ]\n")
    assert lint(inner, "--since", "HEAD") == 1
    assert {path for path, _, _ in places(inner)} == {"a.yml", "b.yml"}


def test_what_a_removed_or_moved_file_breaks_counts_and_what_was_as_broken_does_not(root: Path) -> None:
    (root / "old.sh").write_text("#!/bin/sh\n" + "echo a\n" * 30 + "if true; then\n")
    (root / "latin.sh").write_bytes(b"#!/bin/sh\n# caf\xe9\n")
    (root / "lib").write_text("x\n")
    commit(root)
    (root / "README").write_text("hello\n")
    assert lint(root, "--since", "HEAD") == 0  # nobody touched what cannot be read
    (root / "old.sh").rename(root / "new.sh")
    (root / "new.sh").write_text((root / "new.sh").read_text().replace("echo a\n", "echo b\n", 1))
    (root / "lib").unlink()
    (root / "lib").mkdir()
    (root / "lib/x.sh").write_text("#!/bin/sh\necho x\n")
    assert proc.run(["git", "add", "-A"], timeout=20, cwd=root).ok
    assert lint(root, "--since", "HEAD") == 0
    assert places(root) == set()


def test_what_git_takes_for_binary_is_of_a_change(root: Path) -> None:
    (root / ".gitattributes").write_text("*.sh -diff\n")
    (root / "run.sh").write_text("#!/bin/sh\necho a\n")
    commit(root)
    (root / "run.sh").write_text("#!/bin/sh\ncd x\n")
    assert lint(root, "--since", "HEAD") == 1
    assert places(root) == {("run.sh", 2, "SC2164")}


def test_a_linked_file_is_of_a_change_where_its_target_is(root: Path) -> None:
    (root / "docker").mkdir()
    (root / "docker/app").write_text("FROM debian:12\n")
    (root / "Dockerfile").symlink_to("docker/app")
    commit(root)
    (root / "docker/app").write_text("FROM debian:12\nRUN cd /x || exit\n")
    assert lint(root, "--since", "HEAD") == 1
    assert places(root) == {("Dockerfile", 2, "DL3003")}


def test_a_new_line_like_one_in_the_baseline_counts(root: Path) -> None:
    (root / "run.sh").write_text("#!/bin/sh\necho a\ncd x\n")
    commit(root)
    assert lint(root, "--write-baseline") == 0
    (root / "run.sh").write_text("#!/bin/sh\ncd x\necho a\ncd x\n")
    assert lint(root, "--since", "HEAD") == 1
    assert places(root) == {("run.sh", 2, "SC2164")}
    assert lint(root) == 1


def test_since_without_git_is_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(root, "--since", "HEAD") == 2
    assert "is in no git repository" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--only", "tflint"), 4)])
def test_a_linter_that_nobody_has_to_have_must_be_there_where_it_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    (root / "main.tf").write_text('variable "a" {\n  type = string\n}\n')
    empty = root / "bin"
    empty.mkdir()
    (empty / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr(registry, "LINTERS", registry._Modules("tflint"))
    assert lint(root, *words) == code
    said = capsys.readouterr().out
    assert ("tflint missing: tflint is not on PATH" in said) == bool(code)
    (tool,) = report(root)["tools"]
    assert tool["state"] == ("missing" if code else "absent")
    assert tool["message"].startswith("tflint is not on PATH")
    assert said.splitlines()[0].endswith("tflint is not on PATH") or code
    (root / "main.tf").unlink()
    assert lint(root) == 0
    assert "tflint" not in capsys.readouterr().out
    assert report(root)["tools"][0]["state"] == "ok"


def test_in_a_folder_of_a_configured_repository_that_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = root / "app"
    inner.mkdir()
    (inner / "a.yml").write_text("---\na: 1\n")
    (root / ".git").mkdir()
    for text, said in (("[project]\n", False), ("[tool.checks]\n", True)):
        (root / "pyproject.toml").write_text(text)
        assert lint(inner) == 0
        assert (f"pyproject.toml of {root} not read here: --root {root}" in capsys.readouterr().err) == said
    (inner / "checks.toml").write_text("")
    assert lint(inner) == 0
    assert "not read here" not in capsys.readouterr().err


def test_a_baseline_lets_a_grown_repository_begin(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "run.sh").write_text("#!/bin/sh\ncd x\n")
    assert lint(root) == 1
    assert lint(root, "--write-baseline") == 0
    assert lint(root) == 0
    assert {one["status"] for one in report(root)["findings"]} == {"baseline"}
    assert lint(root, "--no-baseline") == 1
    (root / "run.sh").write_text("#!/bin/sh\n\n\ncd x\ncd y\n")
    assert lint(root) == 1
    assert [one["status"] for one in report(root)["findings"]] == ["baseline", "new"]
    (root / "run.sh").write_text("#!/bin/sh\n")
    assert lint(root) == 0
    assert "1 entry of .checks/lint-baseline.json can go" in capsys.readouterr().err
    (root / ".checks/lint-baseline.json").write_text("{}")
    assert lint(root) == 2


def test_no_baseline_is_written_of_a_run_in_which_a_tool_failed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    other_tools(monkeypatch, hadolint=("false",))
    assert lint(root, "--write-baseline") == 1
    assert not (root / ".checks").exists()


def test_an_unused_waiver_is_warned_of(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "a.yml").write_text("---\na: 1  # checks: waive colons -- once it was\n")
    assert lint(root) == 0
    assert "warning: a.yml:2: the waiver of colons waives nothing" in capsys.readouterr().err


def test_paths_are_excluded_on_the_command_line_too(root: Path) -> None:
    (root / "legacy").mkdir()
    (root / "legacy/run.sh").write_text("#!/bin/sh\ncd x\n")
    assert lint(root) == 1
    assert lint(root, "--exclude", "legacy") == 0


def test_fix_corrects_on_a_clean_tree_and_shows_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "sub dir").mkdir()
    script = root / "sub dir/-a b.sh"
    script.write_text("#!/bin/sh\necho $A\ncd x\n")
    script.chmod(0o755)
    (root / "good.sh").write_text("#!/bin/sh\necho ok\n")
    commit(root)
    assert lint(root, "--fix", "good.sh") == 0
    assert script.read_text() == "#!/bin/sh\necho $A\ncd x\n"
    assert lint(root, "--fix") == 0
    assert script.read_text() == '#!/bin/sh\necho "$A"\ncd x || exit\n'
    assert script.stat().st_mode & 0o777 == 0o755
    said = capsys.readouterr()
    assert "+cd x || exit" in said.err
    assert "corrected 1 file" in said.err
    assert lint(root, "--fix") == 2  # it is not clean any more
    assert "is not committed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (b"#!/bin/sh\r\necho $A\r\n", "it has carriage returns"),
        (b"#!/bin/sh\nprintf 'x\ry'\necho $A\n", "it has carriage returns"),
        (b"#!/bin/sh\n# caf\xe9\necho $A\n", "it is not UTF-8"),
    ],
)
def test_a_script_that_cannot_be_corrected_keeps_no_other_from_it(
    root: Path, capsys: pytest.CaptureFixture[str], odd: bytes, why: str
) -> None:
    (root / "a.sh").write_text("#!/bin/sh\necho $A\n")
    (root / "b c.sh").write_bytes(odd)
    (root / "d.sh").write_text("#!/bin/sh\necho $A\n--- a/./a.sh\n")
    commit(root)
    code = lint(root, "--fix")
    said = capsys.readouterr()
    assert [(root / name).read_text() for name in ("a.sh", "d.sh")] == [
        '#!/bin/sh\necho "$A"\n',
        '#!/bin/sh\necho "$A"\n--- a/./a.sh\n',
    ]
    assert (root / "b c.sh").read_bytes() == odd
    assert f"warning: b c.sh is not corrected: {why}\n" in said.err
    assert "corrected 2 files" in said.err
    assert "crashed" not in said.out + said.err
    assert [tool["state"] for tool in report(root)["tools"]] == ["ok"] * 3
    assert code == lint(root)


def test_what_fix_shows_has_no_secret_and_what_it_writes_has_them(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "".join(f"{'Ab3' * 20}{line:04}\n" for line in range(12))
    lines = ["#!/bin/sh", "export DB_PASSWORD=hunterXK92jd83hfLqPz01", "echo $1", "TOKEN=hunterXK92jd83hfLqPz02 x $1"]
    lines += [
        "# -----BEGIN CERTIFICATE-----",
        "cat <<E",
        "-----BEGIN PRIVATE KEY-----",
        f"{key}-----END PRIVATE KEY-----",
    ]
    text = "\n".join(
        [*lines, "E", "echo $2", *["echo"] * 8, "export API_KEY=hunterXK92jd83hfLqPz03", *["#"] * 4, "echo $3\n"]
    )
    (root / "a.sh").write_text(text)
    commit(root)
    assert lint(root, "--fix") == 0
    shown = capsys.readouterr().err
    assert "hunter" not in shown
    assert "Ab3Ab3" not in shown
    assert '-echo $2\n+echo "$2"\n' in shown
    assert "DB_PASSWORD=***" in shown
    written = text.replace("$1", '"$1"').replace("$2", '"$2"').replace("$3", '"$3"')
    assert (root / "a.sh").read_text() == written


def test_fix_without_git_is_wrong_usage(root: Path) -> None:
    (root / "a.sh").write_text("#!/bin/sh\ncd x\n")
    assert lint(root, "--fix") == 2
    assert (root / "a.sh").read_text() == "#!/bin/sh\ncd x\n"


def test_the_report_says_what_narrowed_the_run(root: Path) -> None:
    (root / "run.sh").write_text("#!/bin/sh\necho fine\n")
    for words, asked in (
        ((), {}),
        (("--exclude", "gone/*", "--only", "shellcheck"), {"exclude": ["gone/*"], "only": ["shellcheck"]}),
    ):
        assert lint(root, *words) == 0
        assert report(root)["asked"] == asked


_IMPORTED = """
import sys
from checks.__main__ import main
code = main(["lint", "--root", sys.argv[1], "--only", "hadolint,yamllint,checks"])
print("imported:", *sorted(name for name in sys.modules if name.startswith("checks.lint.")))
sys.exit(code)
"""


def test_with_nothing_changed_no_linter_is_even_imported(root: Path, tmp_path: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "a.yml").write_text("a: 1\n")
    env = {**os.environ, "CHECKS_CACHE": str(tmp_path / "cache")}
    first, second = (proc.run((sys.executable, "-c", _IMPORTED, root), timeout=60, env=env) for _ in range(2))
    assert (first.code, first.out.count("1 read before")) == (1, 0)
    assert (second.code, second.out.count("1 read before")) == (1, 2)
    own = {f"checks.lint.{name}" for name in ("hadolint", "yamllint", "own", "own.workdir")}
    assert own <= set(first.out.split())
    assert own.isdisjoint(second.out.split())


@pytest.mark.parametrize(("words", "warned"), [((), False), (("--skip", "kingfisher"), True)])
@pytest.mark.usefixtures("every_linter")
def test_that_no_linter_takes_a_file_is_said_where_it_is_true(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], warned: bool
) -> None:
    (root / "pyproject.toml").write_text("[project]\n")
    assert lint(root, str(root / "pyproject.toml"), *words) == 0
    said = capsys.readouterr()
    assert ("no linter takes anything in" in said.err) == warned
    assert ("checked by kingfisher" in said.out) != warned
