"""Every format of one run with everything in it: findings of each status, odd characters, a tool that failed."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from checks.lint.findings import settle
from checks.lint.outcome import Lint
from checks.model import Finding, Severity, Status, ToolError, ToolRun, ToolState, Waived
from checks.report import github, jsons, junit, sarif, text

LINES = {"src/a b.sh": ("#!/bin/sh", "echo $A \x1b[31m")}
FOUND = settle(
    [
        Finding(
            "shellcheck",
            "SC2086",
            Severity.WARNING,
            "src/a b.sh",
            2,
            6,
            "Quote, 100%\n\x00now",
            "https://example.org/x",
        ),
        Finding("checks", "binary", Severity.ERROR, "b\n.yml", 0, 0, "this YAML is not text"),
        Finding("shellcheck", "SC2034", Severity.INFO, "src/a b.sh", 1, 1, "unused", status=Status.WAIVED),
    ],
    LINES,
)
TOOLS = (
    ToolRun("shellcheck", "0.11.0", ToolState.OK, 0.25, 1),
    ToolRun("yamllint", "1.38.0", ToolState.CRASHED, 0.5, 0, "killed by signal 9"),
)
RESULT = Lint(
    TOOLS, (ToolError("yamllint", ToolState.CRASHED, "killed by signal 9"),), FOUND, "2026-06-01T10:00:00+00:00", 1.2
)
CLEAN = Lint(TOOLS[:1], (), (), seconds=0.4)


def test_text_shows_the_place_the_line_and_the_sum() -> None:
    said = text.lint(RESULT)
    assert "src/a b.sh\n      2:6  warning  SC2086  Quote, 100% \\x00now  (shellcheck)\n" in said
    assert "| echo $A \\x1b[31m" in said
    assert "error: yamllint crashed: killed by signal 9" in said
    assert said.endswith(
        "checked by shellcheck 0.11.0 (1 file, 1 finding), yamllint 1.38.0 (0 files)\n"
        "1 error, 1 warning, 1 waived, 1 tool failed: 2 tools, 1.2 s\n"
    )
    assert "\x1b" not in said
    assert "\x1b" in text.lint(RESULT, colour=True)


def test_clean_says_what_was_read() -> None:
    assert text.lint(CLEAN) == "checked by shellcheck 0.11.0 (1 file)\nclean: 1 tool, 0.4 s\n"


def test_a_tool_that_nobody_has_to_have_is_told_and_fails_nothing() -> None:
    absent = ToolRun("tflint", "", ToolState.ABSENT, 0.0, 0, "tflint is not on PATH")
    result = replace(CLEAN, tools=(*CLEAN.tools, absent))
    said = "checked by shellcheck 0.11.0 (1 file); tflint is not on PATH\nclean: 1 tool, 0.4 s\n"
    assert text.lint(result) == said
    assert text.lint(replace(result, tools=(absent,))).startswith("nothing to lint; tflint is not on PATH\n")
    tool = json.loads(jsons.lint(result))["tools"][1]
    assert (tool["state"], tool["message"]) == ("absent", "tflint is not on PATH")
    assert json.loads(jsons.lint(result))["ok"] is True
    (run,) = [one for one in json.loads(sarif.lint(result))["runs"] if one["tool"]["driver"]["name"] == "tflint"]
    note = {"level": "note", "message": {"text": "absent: tflint is not on PATH"}}
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
    xml = JUnitXml.fromstring(junit.lint(result))
    assert (xml.errors, xml.skipped) == (0, 1)


def test_of_much_is_said_how_to_begin_with_what_is_new() -> None:
    (found, *_) = RESULT.failing
    many = [replace(found, line=line) for line in range(20)]
    cases = ((many, False), (many[1:], False), (many, True))
    asked = [text.lint(replace(RESULT, findings=tuple(some), has_baseline=there)) for some, there in cases]
    assert ["--write-baseline" in said for said in asked] == [True, False, False]


def test_json_has_the_fields_of_the_contract() -> None:
    report = json.loads(jsons.lint(RESULT))
    assert report["schema"] == 1
    assert set(report["tools"][0]) == {"name", "version", "state", "seconds", "files", "message", "cached"}
    fields = "tool rule severity path line column message url fingerprint also status source waiver"
    assert set(report["findings"][0]) == set(fields.split())
    assert [tool["state"] for tool in report["tools"]] == ["ok", "crashed"]
    assert {one["status"] for one in report["findings"]} == {"new", "waived"}
    assert {one["source"] for one in report["findings"]} == {"", "#!/bin/sh", "echo $A \x1b[31m"}


def test_json_says_whether_it_is_clean_and_of_what() -> None:
    said = [json.loads(jsons.lint(one, "r1", {"only": ["hadolint"], "since": None})) for one in (RESULT, CLEAN)]
    assert [one["ok"] for one in said] == [False, True]
    assert said[0]["run"] == "r1"
    assert said[0]["asked"] == {"only": ["hadolint"]}
    failed = replace(CLEAN, errors=(ToolError("yamllint", ToolState.CRASHED, "killed"),))
    assert json.loads(jsons.lint(failed))["ok"] is False


def test_json_has_the_reason_of_a_waiver_and_not_the_whole_of_a_long_line() -> None:
    waiver = Waived("pinned by date", "platform", "2027-01-31")
    found = replace(FOUND[0], status=Status.WAIVED, waiver=waiver, source="x" * 10_000)
    (said,) = json.loads(jsons.lint(replace(CLEAN, findings=(found,))))["findings"]
    assert said["waiver"] == {"reason": "pinned by date", "owner": "platform", "until": "2027-01-31"}
    assert len(said["source"]) == jsons.SOURCE


def test_sarif_has_rules_fingerprints_and_failures() -> None:
    report = json.loads(sarif.lint(RESULT))
    runs = {run["tool"]["driver"]["name"]: run for run in report["runs"]}
    assert set(runs) == {"shellcheck", "yamllint", "checks"}
    waived, quote = runs["shellcheck"]["results"]
    assert waived["suppressions"] == [{"kind": "external", "status": "accepted"}]
    assert quote["partialFingerprints"]["checks/v1"]
    assert runs["shellcheck"]["tool"]["driver"]["rules"][quote["ruleIndex"]]["id"] == quote["ruleId"]
    place = quote["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b.sh"
    assert place["region"] == {"startLine": 2, "startColumn": 6}
    assert runs["yamllint"]["invocations"][0]["executionSuccessful"] is False
    assert "region" not in runs["checks"]["results"][0]["locations"][0]["physicalLocation"]


def test_junit_is_read_by_junitparser() -> None:
    said = junit.lint(RESULT)
    assert said.startswith("<?xml version='1.0' encoding='utf-8'?>\n")
    xml = JUnitXml.fromstring(said)
    assert (xml.failures, xml.errors, xml.skipped) == (2, 1, 1)
    assert JUnitXml.fromstring(junit.lint(CLEAN)).failures == 0


def test_github_escapes_what_would_end_a_command() -> None:
    said = github.lint(RESULT).splitlines()
    assert "::error file=b%0A.yml,title=checks binary::this YAML is not text" in said
    assert any(
        one.startswith("::warning file=src/a b.sh,line=2,col=6,title=shellcheck SC2086::Quote, 100%25%0A")
        for one in said
    )
    assert said[-1] == "::error title=yamllint crashed::killed by signal 9"
    assert len(said) == 3


@given(st.text(), st.text(), st.sampled_from(Severity), st.sampled_from(Status))
def test_any_text_can_be_reported(path: str, message: str, severity: Severity, status: Status) -> None:
    found = settle([Finding("t", "r", severity, path, 1, 1, message, status=status)], {path: (message,)})
    result = Lint((ToolRun("t", "1", ToolState.OK, 0.1, 1, message),), (), found)
    JUnitXml.fromstring(junit.lint(result))
    json.loads(jsons.lint(result))
    json.loads(sarif.lint(result))
    assert text.lint(result).count("\n") <= 6
    assert github.lint(result).count("\n") == 1


_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_DOCUMENTS, st.integers(0, 4))
def test_a_document_is_written_as_json_would(document: object, levels: int) -> None:
    assert json.loads(jsons.written(document, levels)) == document


def test_a_finding_is_a_line() -> None:
    assert jsons.written({"a": 1, "findings": [{"b": [1, 2]}, {}]}, levels=2) == (
        '{\n"a": 1,\n"findings": [\n{"b": [1, 2]},\n{}\n]\n}'
    )
