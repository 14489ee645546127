from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import kingfisher
from checks.lint.batches import Tools, make
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import File, Kind, Repository, Trouble

DATA = Path(__file__).parents[2] / "data/lint"
PROGRAM = "/tools/kingfisher/bin/kingfisher"
TOOLS = Tools({"kingfisher": (PROGRAM,)}, 2)


def job(*files: str) -> Job:
    return make("kingfisher", [PROGRAM, "scan", "--"], [File(path) for path in files])


def done(out: str = "", err: str = "", code: int = 0, *, timed_out: bool = False) -> Done:
    return Done((), code, out, err, 0.1, timed_out)


def captured(name: str) -> str:
    return (DATA / f"kingfisher-{name}").read_text()


def error(answer: Findings | ToolError) -> ToolError:
    assert isinstance(answer, ToolError)
    return answer


FOUND = job("token.txt", "sub dir/url.yaml", "clean.txt", "empty", "data.bin")


def test_a_clean_file_passes() -> None:
    assert kingfisher.read(job("clean.txt", "empty"), done(captured("clean.jsonl"))) == Findings()


def test_a_bad_file_fails() -> None:
    answer = kingfisher.read(FOUND, done(captured("found.jsonl"), code=200))
    assert isinstance(answer, Findings)
    (finding,) = answer.items
    assert (finding.rule, finding.severity) == ("betterleaks.github-pat", Severity.ERROR)
    assert (finding.path, finding.line, finding.column) == ("token.txt", 2, 10)
    assert finding.secret
    assert "GitHub Personal Access Token" in finding.message


def test_what_is_in_an_archive_is_told_of_the_archive() -> None:
    said = captured("found.jsonl").replace("./token.txt", "./token.txt!a/b!.env")
    answer = kingfisher.read(FOUND, done(said, code=200))
    assert isinstance(answer, Findings)
    (finding,) = answer.items
    assert (finding.path, finding.line, finding.column) == ("token.txt", 0, 0)
    assert finding.message.endswith("(in its a/b!.env, line 2)")


def test_a_name_may_look_like_a_place_in_an_archive() -> None:
    names = [one.replace("token.txt", "token.txt!x") for one in FOUND.files]
    said = captured("found.jsonl").replace("token.txt", "token.txt!x")
    answer = kingfisher.read(job("token.txt", *names), done(said, code=200))
    assert isinstance(answer, ToolError)  # token.txt itself was not scanned
    answer = kingfisher.read(job(*names), done(said, code=200))
    assert isinstance(answer, Findings)
    assert [(one.path, one.line) for one in answer.items] == [("token.txt!x", 2)]


def test_what_is_binary_is_said_to_be_left_out() -> None:
    answer = kingfisher.read(FOUND, done(captured("found.jsonl"), code=200))
    assert isinstance(answer, Findings)
    assert answer.skipped == ("data.bin",)


def test_a_file_that_may_not_be_read_is_no_pass() -> None:
    answer = error(kingfisher.read(job("clean.txt", "locked"), done(captured("locked.jsonl"))))
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("locked",))


def test_a_file_that_is_gone_is_named() -> None:
    answer = error(kingfisher.read(job("clean.txt", "sub dir/gone"), done(err=captured("missing.err"), code=1)))
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("sub dir/gone",))


def test_a_file_that_the_audit_does_not_name_was_not_scanned() -> None:
    answer = error(kingfisher.read(job("clean.txt", "empty", "x/clean.txt"), done(captured("clean.jsonl"))))
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("x/clean.txt",))


def test_a_crash_is_told_from_findings() -> None:
    clean = job("clean.txt", "empty")
    assert error(kingfisher.read(clean, done(captured("clean.jsonl"), code=200))).state is ToolState.CRASHED
    assert error(kingfisher.read(FOUND, done(captured("found.jsonl"), code=0))).state is ToolState.CRASHED
    assert error(kingfisher.read(clean, done(code=0))).message.endswith("0 audits")
    assert "panicked" in error(kingfisher.read(clean, done("", "thread panicked", code=101))).message
    assert "signal 6" in error(kingfisher.read(clean, done(captured("clean.jsonl"), code=-6))).message
    assert error(kingfisher.read(clean, done("", code=-9, timed_out=True))).state is ToolState.TIMEOUT


def test_no_error_quotes_its_output() -> None:
    for out, code in (("hunter2", 1), ("hunter2", 200), ('{"finding": {"snippet": "hunter2"}}', 200)):
        assert "hunter2" not in error(kingfisher.read(FOUND, done(out, code=code))).message


_LINES = st.lists(
    st.sampled_from(captured("found.jsonl").splitlines())
    | st.sampled_from(["{}", "[]", '{"audit": {}}', '{"finding": 1}'])
)
_JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(
    st.text()
    | _LINES.map("\n".join)
    | st.dictionaries(st.sampled_from(["audit", "finding", "rule"]), _JSON).map(json.dumps),
    st.text(),
    st.sampled_from([0, 1, 2, 101, 127, 200, -9]),
)
def test_any_output_has_an_answer(out: str, err: str, code: int) -> None:
    assert isinstance(kingfisher.read(FOUND, done(out, err, code)), Findings | ToolError)


def test_every_file_that_can_be_read_and_named_is_scanned() -> None:
    files = [
        File("README.md"),
        File("a.yml", 1, Kind.YAML, "a"),
        File("latin.yml", 1, Kind.YAML, "a", Trouble.NOT_UTF8),
        File("big.yml", 1, Kind.YAML, trouble=Trouble.TOO_LARGE),
        File("link", target="README.md"),
        File("locked.yml", 1, Kind.YAML, trouble=Trouble.UNREADABLE),
        File("locked.txt", trouble=Trouble.UNREADABLE, detail="permission denied"),
        File("broken", trouble=Trouble.UNREADABLE, detail="the link leads nowhere"),
        File("outside", trouble=Trouble.OUTSIDE),
        File("n\udce9.txt"),
    ]
    units = kingfisher.units(Repository.of(files))
    assert [unit.files for unit in units] == [("README.md",), ("a.yml",), ("big.yml",), ("latin.yml",), ("locked.txt",)]


def test_it_asks_nobody_and_shows_nothing() -> None:
    repository = Repository.of([File("-v", 5)])
    (one,) = kingfisher.jobs(repository, kingfisher.units(repository), TOOLS)
    assert one.argv[:2] == (PROGRAM, "scan")
    assert {"--no-validate", "--no-update-check", "--redact", "--no-dedup"} < set(one.argv)
    assert "--no-extract-archives" not in one.argv  # it would leave out server.key too
    assert one.argv[-2:] == ("--", "./-v")
    assert one.env == {"KF_RULE_CACHE_DIR": "/tools/kingfisher/bin/rules"}


@pytest.mark.parametrize(("files", "groups"), [(0, 0), (1, 1), (1999, 1), (2000, 2), (5000, 2)])
def test_many_files_are_split_over_the_workers(files: int, groups: int) -> None:
    repository = Repository.of([File(f"f{number}", 5) for number in range(files)])
    jobs = kingfisher.jobs(repository, kingfisher.units(repository), TOOLS)
    assert len(jobs) == groups
    assert sorted(path for one in jobs for path in one.files) == sorted(file.path for file in repository.files)
    assert all(one.limit > 60 and one.weight > 0.3 for one in jobs)


@pytest.mark.parametrize(
    ("files", "start"), [(19, (PROGRAM, "scan")), (20, ("/bin/python", "api.py", PROGRAM, "scan"))]
)
def test_many_files_are_given_as_folders(files: int, start: tuple[str, ...]) -> None:
    repository = Repository.of([File(f"f{number}", 5) for number in range(files)])
    tools = Tools({"kingfisher": ("/bin/python", "api.py", PROGRAM)}, 2)
    (one,) = kingfisher.jobs(repository, kingfisher.units(repository), tools)
    assert one.argv[: len(start)] == start
    assert one.argv[-files:] == tuple(f"./{path}" for path in one.files)
    assert one.env == {"KF_RULE_CACHE_DIR": "/tools/kingfisher/bin/rules"}
    assert kingfisher.version(tools).argv == (PROGRAM, "--version")


def test_only_what_is_wanted_is_scanned() -> None:
    repository = Repository.of([File("a", 5), File("b", 5)])
    (one,) = kingfisher.jobs(repository, [Unit(("b",))], TOOLS)
    assert one.files == ("b",)


def test_the_version_is_read() -> None:
    assert kingfisher.version(TOOLS).argv == (PROGRAM, "--version")
    assert kingfisher.read_version(done("kingfisher 2.14.0\n")) == "2.14.0"
    assert kingfisher.read_version(done("what?")) == ""
