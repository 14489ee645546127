from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import compose_lint, plan
from checks.lint.batches import Tools
from checks.lint.compose_lint import ComposeLintJob
from checks.lint.registry import LINTERS
from checks.model import Done, Findings, ToolError, ToolState, Unit
from tests.unit.lint.repositories import answers, places, repository, said

LINTER = LINTERS["compose-lint"]
TOOLS = Tools({"compose-lint": ("compose-lint",)}, 2)
CASES = said("compose-lint")
ABSENT = ("CL-0003", "CL-0006", "CL-0007", "CL-0026")

FOUND = {
    "clean": [],
    "suppressed": [],
    "own-configuration": [("CL-0007", "info", "b/compose.yaml", 2)],
    "env-file": [("CL-0020", "error", "app.env", 1)],
    "env-file-shared": [("CL-0020", "error", "app.env", 1)],
    "part": [
        ("CL-0002", "error", "docker-compose.prod.yml", 3),
        *((rule, "info", "docker-compose.prod.yml", 2) for rule in ABSENT),
    ],
    "override": [
        ("CL-0002", "error", "compose.override.yaml", 3),
        *((rule, "info", "compose.override.yaml", 2) for rule in ABSENT),
    ],
    "syntax": [("syntax", "error", "compose.yaml", 3)],
    "not-valid": [("parse", "error", "compose.yaml", 2)],
    "include": [("coverage-gap", "info", "compose.yaml", 2), ("coverage-gap", "warning", "compose.yaml", 3)],
    "version-1": [],
}


def jobs(name: str) -> list[ComposeLintJob]:
    files = repository(CASES[name]["files"])
    return [cast("ComposeLintJob", job) for job in LINTER.jobs(files, LINTER.units(files), TOOLS)]


def done(out: str, code: int = 0) -> Done:
    return Done((), code, out, "", 0.1)


def test_every_case_is_expected() -> None:
    assert {*FOUND, "bad", "configuration-broken"} == set(CASES)


@pytest.mark.parametrize("name", FOUND)
def test_what_was_said_is_found_in_its_place(name: str) -> None:
    assert places(answers(LINTER, CASES[name], jobs(name))) == sorted(FOUND[name])
    assert "correct-horse" not in json.dumps(CASES[name]["runs"])


def test_a_clean_file_passes() -> None:
    assert answers(LINTER, CASES["clean"], jobs("clean")) == [Findings()]


def test_a_bad_file_fails() -> None:
    (answer,) = answers(LINTER, CASES["bad"], jobs("bad"))
    assert isinstance(answer, Findings)
    found = {one.rule: one for one in answer.items}
    assert set(found) == {"CL-0001", "CL-0002", "CL-0004", *ABSENT}
    assert {rule: str(found[rule].severity) for rule in ("CL-0001", "CL-0004", "CL-0007")} == {
        "CL-0001": "error",
        "CL-0004": "warning",
        "CL-0007": "info",
    }
    assert (found["CL-0001"].line, found["CL-0001"].url.rpartition("/")[2]) == (6, "CL-0001.md")


def test_a_broken_configuration_is_no_pass() -> None:
    (answer,) = answers(LINTER, CASES["configuration-broken"], jobs("configuration-broken"))
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.UNREADABLE
    assert answer.message.startswith("its configuration cannot be read: Invalid YAML in config file")


def test_files_with_one_configuration_go_together_and_those_that_share_alone() -> None:
    assert [job.argv[5:] for job in jobs("own-configuration")] == [("./a/compose.yaml",), ("./b/compose.yaml",)]
    assert [job.argv[5:] for job in jobs("env-file-shared")] == [("./compose.yaml",), ("./tools.compose.yaml",)]
    assert [job.files for job in jobs("env-file-shared")] == [
        ("compose.yaml", "app.env"),
        ("tools.compose.yaml", "app.env"),
    ]
    many = repository({f"{name}/compose.yaml": "services: {a: {image: x}}" for name in "abc"})
    (one,) = LINTER.jobs(many, LINTER.units(many), TOOLS)
    assert one.argv[5:] == ("./a/compose.yaml", "./b/compose.yaml", "./c/compose.yaml")
    assert one.writes


def test_only_what_the_repository_holds_is_read() -> None:
    files = repository(CASES["env-file"]["files"] | {".env": "", ".compose-lint.yml": ""})
    assert LINTER.units(files) == (Unit(("compose.yaml", ".env", "app.env"), (".compose-lint.yml",)),)


def test_what_is_found_in_an_env_file_is_kept_with_its_compose_file() -> None:
    (job,) = jobs("env-file")
    (answer,) = answers(LINTER, CASES["env-file"], [job])
    assert isinstance(answer, Findings)
    assert plan.by_unit(job, answer) == {job.units[0]: answer}


def test_a_crash_is_told_from_findings() -> None:
    crash = {"findings": [], "errors": [{"file": "a", "message": "rule CL-0001 failed", "kind": "rule_crash"}]}
    for out, code in [(json.dumps(crash), 2), ("", 1), ("{}", 0), ("[]", 0), ('{"findings": [], "errors": []}', 127)]:
        answer = compose_lint.read(jobs("bad")[0], done(out, code))
        assert isinstance(answer, ToolError)
        assert answer.state is ToolState.CRASHED


@given(st.text() | st.from_regex(r'\{"errors": \[\], "findings": \[\{.*\}\]\}'), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, code: int) -> None:
    assert isinstance(compose_lint.read(jobs("bad")[0], done(out, code)), Findings | ToolError)


@given(st.text(), st.text(max_size=20))
def test_any_error_has_an_answer(message: str, service: str) -> None:
    for text in (message, f"Not a valid Compose file: service '{service}' must be", f"'include: {service}' was not"):
        error = {"file": "compose.yaml", "message": text, "kind": "parse"}
        out = json.dumps({"findings": [], "errors": [error]})
        assert isinstance(compose_lint.read(jobs("bad")[0], done(out, 2)), Findings)


def test_the_version_is_read() -> None:
    assert compose_lint.read_version(done("compose-lint 0.36.2\n")) == "0.36.2"
    assert compose_lint.read_version(done("what?")) == ""
