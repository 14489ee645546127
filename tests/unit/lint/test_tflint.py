from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import tflint
from checks.lint.batches import Tools
from checks.model import Done, Findings, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/terraform"
TOOLS = Tools({"tflint": ("/bin/tflint",)})
LIVE = File("live/main.tf", 40, Kind.TERRAFORM, 'module "vm" {\n  source = "../vm"\n}\n')
REPOSITORY = Repository.of([LIVE, File("vm/main.tf", 4, Kind.TERRAFORM, ""), File(".tflint.hcl", 9)])
(JOB, OTHER) = tflint.jobs(REPOSITORY, tflint.units(REPOSITORY), TOOLS)


def done(out: str = "", code: int = 0, err: str = "") -> Done:
    return Done(JOB.argv, code, out, err, 0.1)


def test_a_clean_file_passes() -> None:
    assert tflint.read(JOB, done('{"issues":[],"errors":[]}')) == Findings()


def test_a_bad_file_fails() -> None:
    answer = tflint.read(JOB, done((DATA / "tflint.json").read_text(), 2))
    assert isinstance(answer, Findings)
    assert [(one.rule, one.severity, one.path, one.line, one.column) for one in answer.items] == [
        ("terraform_unused_declarations", Severity.WARNING, "live/main.tf", 3, 1),
        ("aws_instance_invalid_type", Severity.ERROR, "live/main.tf", 7, 19),
    ]
    assert answer.items[0].url.endswith("terraform_unused_declarations.md")


def test_what_it_cannot_parse_is_a_finding() -> None:
    answer = tflint.read(JOB, done((DATA / "tflint-syntax.json").read_text(), 1))
    assert isinstance(answer, Findings)
    assert [(one.rule, one.path, one.line) for one in answer.items] == [
        ("unclosed-configuration-block", "live/main.tf", 1)
    ]


def test_what_it_cannot_do_is_no_pass() -> None:
    answer = tflint.read(JOB, done((DATA / "tflint-plugin.json").read_text(), 1))
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.CRASHED
    assert "tflint --init" in answer.message


@pytest.mark.parametrize(
    ("out", "code"), [("", 0), ("{}", 0), ('{"issues":[],"errors":[]}', 1), ('{"issues":[],"errors":[]}', -9), ("", 3)]
)
def test_a_crash_is_told_from_findings(out: str, code: int) -> None:
    assert isinstance(tflint.read(JOB, done(out, code)), ToolError)


@given(st.text() | st.from_regex(r'\{"issues":\[\{.*\}\],"errors":\[.*\]\}'), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, code: int) -> None:
    assert isinstance(tflint.read(JOB, done(out, code)), Findings | ToolError)


def test_a_process_for_each_directory_with_the_roots_settings() -> None:
    assert JOB.argv[1:] == ("--format=json", "--no-color", "--chdir=live", "--config=../.tflint.hcl")
    assert JOB.units[0].inputs == ("vm/main.tf",)
    assert OTHER.files == ("vm/main.tf",)
    own = Repository.of([LIVE, File("live/.tflint.hcl", 9), File(".tflint.hcl", 9)])
    (job,) = tflint.jobs(own, tflint.units(own), TOOLS)
    assert job.argv[-1] == "--chdir=live"
    top = Repository.of([File("main.tf", 4, Kind.TERRAFORM, ""), File(".tflint.hcl", 9)])
    (job,) = tflint.jobs(top, tflint.units(top), TOOLS)
    assert job.argv[-1] == "--chdir=."


def test_the_version_is_read() -> None:
    assert tflint.read_version(done("TFLint version 0.50.3\n+ ruleset.terraform (0.5.0-bundled)\n")) == "0.50.3"
    assert tflint.read_version(done("?")) == ""
