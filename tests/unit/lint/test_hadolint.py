from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.lint import hadolint
from checks.lint.batches import Tools, make
from checks.model import Done, Findings, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/lint"
FILES = ("Dockerfile", "bad.Dockerfile")
JOB = make("hadolint", ["hadolint", "--"], [File(path, 10, Kind.DOCKERFILE) for path in FILES])


def done(out: str = "", err: str = "", code: int = 0, *, timed_out: bool = False) -> Done:
    return Done(JOB.argv, code, out, err, 0.1, timed_out)


def error(answer: Findings | ToolError) -> ToolError:
    assert isinstance(answer, ToolError)
    return answer


def test_a_clean_file_passes() -> None:
    assert hadolint.read(JOB, done("[]")) == Findings()


def test_a_bad_file_fails() -> None:
    answer = hadolint.read(JOB, done((DATA / "hadolint.json").read_text(), code=1))
    assert isinstance(answer, Findings)
    assert len(answer.items) == 7
    first, last = answer.items[0], answer.items[-1]
    assert (first.rule, first.severity, first.path, first.line) == ("DL3006", Severity.WARNING, "Dockerfile", 1)
    assert first.url == "https://github.com/hadolint/hadolint/wiki/DL3006"
    assert (last.rule, last.severity, last.path) == ("DL1000", Severity.ERROR, "bad.Dockerfile")
    assert answer.items[5].url == "https://www.shellcheck.net/wiki/SC2086"


def test_the_repositorys_configuration_may_ask_for_another_format_too() -> None:
    answer = hadolint.read(JOB, done((DATA / "hadolint-two-formats.out").read_text(), code=1))
    assert isinstance(answer, Findings)
    assert len(answer.items) == 6


def test_a_missing_input_names_the_file() -> None:
    job = make("hadolint", ["hadolint"], [File("Dockerfile"), File("missing")])
    answer = error(hadolint.read(job, done(err=(DATA / "hadolint-missing.err").read_text(), code=1)))
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("missing",))


def test_a_broken_configuration_is_no_pass() -> None:
    answer = error(hadolint.read(JOB, done("[]", (DATA / "hadolint-config.err").read_text())))
    assert answer.state is ToolState.UNREADABLE
    assert "/repository/.hadolint.yaml: expected !!seq instead of !!str" in answer.message


def test_a_crash_is_told_from_findings() -> None:
    assert error(hadolint.read(JOB, done("[]", code=1))).state is ToolState.CRASHED
    assert error(hadolint.read(JOB, done("", "Segmentation fault", code=127))).state is ToolState.CRASHED
    assert "signal 9" in error(hadolint.read(JOB, done("[]", code=-9))).message
    assert error(hadolint.read(JOB, done("[]", code=-9, timed_out=True))).state is ToolState.TIMEOUT


@given(st.text() | st.from_regex(r'\[\{"code":.*\}\]'), st.text(), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, err: str, code: int) -> None:
    assert isinstance(hadolint.read(JOB, done(out, err, code)), Findings | ToolError)


def test_names_are_never_options() -> None:
    repository = Repository.of([File("-v.Dockerfile", 5, Kind.DOCKERFILE), File("a.sh", 5, Kind.SHELL)])
    (job,) = hadolint.jobs(repository, hadolint.units(repository), Tools({"hadolint": ("/bin/hadolint",)}))
    assert job.argv[-2:] == ("--", "./-v.Dockerfile")
    assert job.files == ("-v.Dockerfile",)


def test_the_version_is_read() -> None:
    assert hadolint.read_version(done("Haskell Dockerfile Linter 2.15.1\n")) == "2.15.1"
    assert hadolint.read_version(done("what?")) == ""
