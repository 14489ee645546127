from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.lint import yamllint
from checks.lint.batches import Tools, make, without
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/lint"


def job(*paths: str) -> Job:
    return make("yamllint", ["python", "api.py"], [File(path, 10, Kind.YAML) for path in paths], stdin=True)


JOB = job("a.yaml", "broken.yaml")


def done(out: str = "", err: str = "", code: int = 0) -> Done:
    return Done(JOB.argv, code, out, err, 0.1)


def test_a_clean_file_passes() -> None:
    answer = yamllint.read(job("a.yaml"), done('{"files": {"a.yaml": {"problems": []}}}'))
    assert answer == Findings()


def test_a_bad_file_fails() -> None:
    answer = yamllint.read(JOB, done((DATA / "yamllint.json").read_text()))
    assert isinstance(answer, Findings)
    found = {(one.rule, one.severity, one.path, one.line, one.column) for one in answer.items}
    assert ("key-duplicates", Severity.ERROR, "a.yaml", 2, 1) in found
    assert ("document-start", Severity.WARNING, "a.yaml", 1, 1) in found
    syntax = next(one for one in answer.items if one.rule == "syntax")
    assert syntax.message == "syntax error: expected the node content, but found '<stream end>'"
    assert next(one.url for one in answer.items if one.rule == "key-duplicates").endswith("rules.key_duplicates")


def test_files_that_cannot_be_read_are_named() -> None:
    answer = yamllint.read(
        job("a.yaml", "latin.yaml", "missing.yaml"), done((DATA / "yamllint-missing.json").read_text())
    )
    assert isinstance(answer, ToolError)
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("latin.yaml", "missing.yaml"))
    rest = without(job("a.yaml", "latin.yaml", "missing.yaml"), answer.files)
    assert rest is not None
    assert json.loads(rest.stdin or "") == ["a.yaml"]


def test_a_broken_configuration_is_no_pass() -> None:
    answer = yamllint.read(JOB, done((DATA / "yamllint-config.json").read_text()))
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.UNREADABLE
    assert 'no such rule: "nope"' in answer.message


def test_a_file_without_an_answer_is_no_pass() -> None:
    for out in ('{"files": {"a.yaml": {"problems": []}}}', '{"files": {}}', "{}", "", "[]"):
        answer = yamllint.read(JOB, done(out))
        assert isinstance(answer, ToolError)
        assert answer.state is ToolState.CRASHED


def test_ignored_files_are_not_counted_as_read() -> None:
    answer = yamllint.read(job("a.yaml"), done('{"files": {"a.yaml": {"problems": [], "ignored": true}}}'))
    assert answer == Findings((), skipped=("a.yaml",))


@given(st.text() | st.from_regex(r'\{"files": \{"a.yaml": .*\}\}'), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, code: int) -> None:
    assert isinstance(yamllint.read(JOB, done(out, code=code)), Findings | ToolError)


def test_files_that_cannot_be_decoded_are_not_taken() -> None:
    repository = Repository.of([File("a.yml", 9, Kind.YAML), File("b.sh", 9, Kind.SHELL)])
    (one,) = yamllint.jobs(repository, yamllint.units(repository), Tools({"yamllint": ("python", "api.py")}))
    assert one.files == ("a.yml",)
    assert yamllint.read_version(done("1.38.0\n")) == "1.38.0"
