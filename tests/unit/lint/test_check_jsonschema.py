from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import check_jsonschema, schemafacts
from checks.lint.batches import Tools
from checks.lint.registry import LINTERS
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState
from tests.unit.lint.repositories import answers, places, repository, said

LINTER = LINTERS["check-jsonschema"]
TOOLS = Tools({"check-jsonschema": ("api",)})
CASES = said("check-jsonschema")
CI = ".github/workflows/ci.yml"

FOUND = {
    "clean": [],
    "workflow": [("github-workflows", "error", CI, line) for line in (6, 8, 10, 11, 12, 13, 16)],
    "workflow-on": [("github-workflows", "error", CI, 1)],
    "workflow-true": [("github-workflows", "error", CI, 1)],
    "workflow-empty": [("github-workflows", "error", CI, 1)],
    "workflow-null": [("github-workflows", "error", CI, 1)],
    "workflow-two-documents": [("syntax", "error", CI, 1)],
    "syntax": [("syntax", "error", CI, 3), ("syntax", "error", ".travis.yml", 2)],
    "duplicate-key": [("duplicate-key", "error", "compose.yaml", 4)],
    "unknown-tag": [("syntax", "error", CI, 2)],
    "travis": [("travis", "error", ".travis.yml", line) for line in (2, 5, 6, 9)],
    "travis-token": [("travis", "error", ".travis.yml", 5)],
    "gitlab": [
        ("gitlab-ci", "error", ".gitlab-ci.yml", 7),
        ("gitlab-ci", "error", "child/pipeline.yml", 2),
        ("gitlab-ci", "error", "ci/deep/other.yml", 2),
    ],
    "gitlab-spec": [("gitlab-ci", "error", ".gitlab-ci.yml", 7)],
    "gitlab-reference": [("syntax", "error", ".gitlab-ci.yml", 1)],
    "gitlab-anchors": [("gitlab-ci", "error", ".gitlab-ci.yml", 2)],
    "action": [
        ("github-actions", "error", ".github/actions/a/action.yaml", 1),
        ("github-actions", "error", "action.yml", 1),
        ("github-actions", "error", "action.yml", 5),
    ],
    "compose": [("compose-spec", "error", "compose.yaml", line) for line in (2, 3, 5, 6)],
    "compose-two-documents": [("compose-spec", "error", "compose.yaml", 5)],
    "compose-names": [("compose-spec", "error", "compose.yaml", 2), ("compose-spec", "error", "compose.yaml", 4)],
    "dependabot": [
        ("dependabot", "error", ".github/dependabot.yml", 3),
        ("dependabot", "error", ".github/dependabot.yml", 5),
    ],
    "drone": [],
    "azure": [("azure-pipelines", "error", "azure-pipelines.yml", 4)],
    "bomb": [("syntax", "error", "compose.yaml", 1)],
    "itself": [("syntax", "error", "compose.yaml", 1)],
    "deep": [("compose-spec", "error", "compose.yaml", 1), ("syntax", "error", ".travis.yml", 1)],
    "many": [("compose-spec", "error", "compose.yaml", line) for line in (0, *range(4, 104))],
}


def jobs(name: str) -> list[Job]:
    files = repository(CASES[name]["files"])
    return LINTER.jobs(files, LINTER.units(files), TOOLS)


def messages(name: str) -> list[str]:
    (answer,) = answers(LINTER, CASES[name], jobs(name))
    assert isinstance(answer, Findings)
    return [one.message for one in answer.items]


def done(out: str, code: int = 0) -> Done:
    return Done((), code, out, "", 0.1)


@pytest.mark.parametrize("name", CASES)
def test_what_was_said_is_found_in_its_place(name: str) -> None:
    assert places(answers(LINTER, CASES[name], jobs(name))) == sorted(FOUND[name])
    assert "hunter2" not in json.dumps(CASES[name]["runs"])


def test_a_clean_file_passes() -> None:
    assert answers(LINTER, CASES["clean"], jobs("clean")) == [Findings()]
    assert len(jobs("clean")[0].files) == 6


def test_a_bad_file_fails() -> None:
    said = messages("workflow")
    assert "jobs.build: the key timeout is not known here; did you mean `timeout-minutes`?" in said
    assert "jobs.build.steps[2].run: expected string, found array" in said
    assert "jobs.other: `runs-on` is missing" in said
    assert "jobs.deploy.secrets: expected object or string, found integer" in said


@pytest.mark.parametrize(
    ("value", "severity"), [("${{ fromJson(needs.a.outputs.b) }}", Severity.INFO), ("a ${{ b }}", Severity.ERROR)]
)
def test_what_github_computes_may_be_of_any_type(value: str, severity: Severity) -> None:
    schema = {"properties": {"strategy": {"type": "object"}}}
    jsonschema: Any = import_module("jsonschema")
    (error,) = jsonschema.Draft7Validator(schema).iter_errors({"strategy": value})
    (fact,) = schemafacts.closest(error, schema)
    problems = {"problems": [{**fact, "line": 3, "column": 5}], "more": 0}
    answer = check_jsonschema.read(job(), done(json.dumps({"files": {"a.yml": problems}})))
    assert isinstance(answer, Findings)
    (one,) = answer.items
    assert (one.severity, one.line) == (severity, 3)
    assert one.message.startswith("strategy: expected object, found string")


def test_messages_name_what_is_allowed_and_never_what_is_there() -> None:
    assert messages("travis")[0].startswith("os: expected `osx` or `linux` or ")
    assert messages("travis")[0].endswith("; did you mean `linux`?")
    assert messages("compose-names")[1] == 'services: the key "a b" is not known here'
    assert messages("duplicate-key") == ['found duplicate key "image"']
    assert messages("many")[-1] == "50 more mistakes like these"


def test_every_file_is_asked_about_with_its_schema() -> None:
    (one,) = jobs("gitlab")
    assert json.loads(one.stdin or "") == [
        [".gitlab-ci.yml", "gitlab-ci"],
        ["child/pipeline.yml", "gitlab-ci"],
        ["ci/a.yml", "gitlab-ci"],
        ["ci/deep/other.yml", "gitlab-ci"],
    ]


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({"keyword": "const", "allowed": ["2"]}, "a: expected `2`"),
        ({"keyword": "dependentRequired", "names": ["b"], "because": ["c"]}, "a: with `c` also `b` is needed"),
        ({"keyword": "not", "names": ["b", "c"]}, "a: `b` and `c` must not be here together"),
        ({"keyword": "not", "names": []}, "a: is not allowed in this form"),
        ({"keyword": "oneOf"}, "a: fits several forms that exclude each other"),
        ({"keyword": "required", "names": ["b", "c"]}, "a: `b` and `c` are missing"),
        ({"keyword": "maximum", "limit": 5}, "a: must be at most 5"),
        ({"keyword": "format", "limit": "uri"}, "a: is no uri"),
        ({"keyword": "enum", "allowed": ["b"], "more": 3, "near": []}, "a: expected `b` or 3 more"),
        ({"keyword": "contains"}, "a: is not what the schema asks for (contains)"),
        ({"keyword": ""}, "a: is not what the schema asks for"),
        ({"keyword": "None"}, "a: is not what the schema asks for"),
        ({"keyword": "propertyNames"}, "the key a is not known here"),
    ],
)
def test_every_keyword_has_words(fact: dict[str, object], message: str) -> None:
    problem = {"path": ["a"], "line": 1, "column": 1, **fact}
    answer = check_jsonschema.read(job(), done(json.dumps({"files": {"a.yml": {"problems": [problem], "more": 0}}})))
    assert isinstance(answer, Findings)
    assert [one.message for one in answer.items] == [message]


def job() -> Job:
    return Job("check-jsonschema", ("api",), files=("a.yml",), stdin='[["a.yml", "travis"]]')


def test_what_is_not_checked_is_said() -> None:
    for answer, rule, severity in [
        ({"unreadable": "Permission denied"}, "unreadable", Severity.ERROR),
        ({"unchecked": True}, "unchecked", Severity.INFO),
    ]:
        found = check_jsonschema.read(job(), done(json.dumps({"files": {"a.yml": answer}})))
        assert isinstance(found, Findings)
        assert [(one.rule, one.severity) for one in found.items] == [(rule, severity)]


def test_a_file_without_an_answer_is_no_pass() -> None:
    for out in ('{"files": {}}', '{"files": {"a.yml": {}}}', "{}", "", "[]", '{"files": {"a.yml": {"problems": [5]}}}'):
        answer = check_jsonschema.read(job(), done(out))
        assert isinstance(answer, ToolError)
        assert answer.state is ToolState.CRASHED
    assert isinstance(check_jsonschema.read(job(), done('{"files": {"a.yml": {"problems": []}}}', 1)), ToolError)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["files", "a.yml", "problems", "path", "keyword", "line", "names"]), inner)
    ),
    max_leaves=12,
)


@given(st.text() | json_values.map(json.dumps), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, code: int) -> None:
    assert isinstance(check_jsonschema.read(job(), done(out, code)), Findings | ToolError)


@given(json_values)
def test_any_problem_has_an_answer(problem: object) -> None:
    out = json.dumps({"files": {"a.yml": {"problems": [problem], "more": 0}}})
    assert isinstance(check_jsonschema.read(job(), done(out)), Findings | ToolError)


def test_the_version_is_read() -> None:
    assert check_jsonschema.read_version(done("0.39.0\n")) == "0.39.0"
    assert check_jsonschema.read_version(done("what?")) == ""
