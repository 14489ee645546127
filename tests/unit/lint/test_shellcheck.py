from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.lint import shellcheck
from checks.lint.batches import Tools, make
from checks.model import Done, Findings, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/lint"
JOB = make("shellcheck", ["shellcheck", "--"], [File(path, 10, Kind.SHELL) for path in ("a.sh", "broken.sh")])


def done(out: str = "", err: str = "", code: int = 0) -> Done:
    return Done(JOB.argv, code, out, err, 0.1)


def test_a_clean_file_passes() -> None:
    assert shellcheck.read(JOB, done('{"comments":[]}')) == Findings()


def test_a_bad_file_fails() -> None:
    answer = shellcheck.read(JOB, done((DATA / "shellcheck.json").read_text(), code=1))
    assert isinstance(answer, Findings)
    found = {(one.rule, one.severity, one.path, one.line) for one in answer.items}
    assert ("SC2086", Severity.INFO, "a.sh", 2) in found
    assert ("SC1073", Severity.ERROR, "broken.sh", 2) in found


def test_a_missing_input_names_the_file() -> None:
    job = make("shellcheck", ["shellcheck"], [File("a.sh"), File("missing")])
    out, err = (DATA / "shellcheck-missing.json").read_text(), (DATA / "shellcheck-missing.err").read_text()
    answer = shellcheck.read(job, done(out, err, 2))
    assert isinstance(answer, ToolError)
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("missing",))


def test_a_crash_is_told_from_findings() -> None:
    for out, code in (('{"comments":[]}', 1), ('{"comments":[]}', 2), ("", 0), ("{}", 0), ("[]", 1), ("nonsense", 1)):
        answer = shellcheck.read(JOB, done(out, code=code))
        assert isinstance(answer, ToolError)
        assert answer.state is ToolState.CRASHED


@given(st.text() | st.from_regex(r'\{"comments":\[.*\]\}'), st.text(), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, err: str, code: int) -> None:
    assert isinstance(shellcheck.read(JOB, done(out, err, code)), Findings | ToolError)


def script(path: str, text: str) -> File:
    return File(path, 30_000, Kind.SHELL, text)


def test_scripts_that_source_others_stay_with_them() -> None:
    files = [
        script("a.sh", ". ./lib.sh\n"),
        script("lib.sh", "f() { :; }\n"),
        script("b.sh", "ls\n"),
        script("c.sh", "ls\n"),
    ]
    repository = Repository.of(files)
    jobs = shellcheck.jobs(repository, shellcheck.units(repository), Tools({"shellcheck": ("shellcheck",)}, workers=2))
    assert sorted(job.files for job in jobs) == [("a.sh", "lib.sh"), ("b.sh",), ("c.sh",)]


def test_the_version_is_read() -> None:
    assert shellcheck.read_version(done("ShellCheck\nversion: 0.11.0\n")) == "0.11.0"
