from __future__ import annotations

from dataclasses import replace

import pytest

from checks.lint import findings
from checks.lint.findings import settle
from checks.model import Finding, Severity
from checks.repository import File, Kind, Repository, Trouble


def finding(
    rule: str = "DL3008", line: int = 1, *, tool: str = "hadolint", severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(tool, rule, severity, "Dockerfile", line, 1, "what")


def test_fingerprints_survive_lines_inserted_above() -> None:
    before = settle([finding(line=1), finding(line=2)], {"Dockerfile": ("RUN a", "RUN  a")})
    after = settle([finding(line=21), finding(line=22)], {"Dockerfile": (*[""] * 20, "RUN a", "\tRUN a")})
    assert [one.fingerprint for one in before] == [one.fingerprint for one in after]
    assert before[0].fingerprint != before[1].fingerprint


@pytest.mark.parametrize(
    "name", ["checkov:CKV_DOCKER_3", "shellcheck:SC2148", "ansible-lint:schema[meta]", "ansible-lint:meta-incorrect"]
)
def test_what_is_said_of_a_whole_file_does_not_depend_on_its_first_line(name: str) -> None:
    tool, _, rule = name.partition(":")
    (before,) = settle([finding(rule, tool=tool, line=1)], {"Dockerfile": ("FROM a",)})
    (after,) = settle([finding(rule, tool=tool, line=1)], {"Dockerfile": ("# a comment", "FROM a")})
    (elsewhere,) = settle([finding(rule, tool=tool, line=2)], {"Dockerfile": ("# a comment", "FROM a")})
    assert before.fingerprint == after.fingerprint != elsewhere.fingerprint
    assert (before.source, after.source) == ("FROM a", "# a comment")


def test_fingerprints_tell_rules_places_and_texts_apart() -> None:
    lines = {"Dockerfile": ("RUN a", "RUN b")}
    found = settle([finding(line=1), finding(line=2), finding("DL3009")], lines)
    assert len({one.fingerprint for one in found}) == 3


def test_what_two_tools_say_of_a_line_is_said_once() -> None:
    both = [finding("DL3020"), finding("CKV_DOCKER_4", tool="checkov", severity=Severity.ERROR)]
    (one,) = settle(both, {})
    assert (one.tool, one.rule, one.also) == ("checkov", "CKV_DOCKER_4", ("hadolint:DL3020",))


def test_what_one_tool_says_twice_of_a_line_stays_two() -> None:
    commas = [Finding("yamllint", "commas", Severity.ERROR, "a.yml", 3, column, "too few spaces") for column in (5, 9)]
    again = Finding("ansible-lint", "yaml[commas]", Severity.WARNING, "a.yml", 3, 0, "Too few spaces")
    said = settle([again, *commas], {})
    assert [(one.tool, one.column, one.also) for one in said] == [
        ("yamllint", 5, ("ansible-lint:yaml[commas]",)),
        ("yamllint", 9, ("ansible-lint:yaml[commas]",)),
    ]


def test_three_tools_may_say_the_same() -> None:
    rules = {"hadolint": "DL3020", "checkov": "CKV_DOCKER_4", "checks": "copy-not-add"}
    (one,) = settle([finding(rule, tool=tool) for tool, rule in rules.items()], {})
    assert len(one.also) == 2


def test_a_rule_is_equivalent_to_one_thing_only() -> None:
    names = [name for group in findings.EQUIVALENT for name in group]
    assert len(names) == len(set(names))


def test_the_same_rule_on_another_line_stays() -> None:
    assert len(settle([finding("DL3020", 1), finding("DL3020", 2)], {})) == 2


def test_the_same_twice_is_once() -> None:
    assert len(settle([finding(), finding()], {})) == 1


def test_findings_are_in_order_and_carry_their_line() -> None:
    found = settle([finding(line=2), finding(line=1)], {"Dockerfile": ("RUN a", "RUN b")})
    assert [(one.line, one.source) for one in found] == [(1, "RUN a"), (2, "RUN b")]


def test_a_line_that_does_not_exist_is_no_crash() -> None:
    assert settle([finding(line=99)], {"Dockerfile": ("RUN a",)})[0].source == ""


def test_a_file_that_nobody_can_lint_is_a_finding() -> None:
    file = File("a\udce9.sh", 3, Kind.SHELL, trouble=Trouble.BAD_NAME, detail="the file's name is not UTF-8")
    (one,) = findings.of_troubles(Repository.of([file]))
    assert (one.tool, one.rule, one.severity, one.path) == ("checks", "bad-name", Severity.ERROR, "a\ufffd.sh")
    assert not findings.of_troubles(Repository.of([File("a", trouble=Trouble.UNREADABLE)]))


def test_a_secret_is_shown_in_no_message_and_no_line() -> None:
    secret, line = "hunter" + "2", "token: hunter" + "2"
    lines = {".env": ("DB_PASSWORD=" + secret, "x = " + secret, line)}
    found = [
        Finding("a", "long", Severity.INFO, ".env", 1, 1, f"too long: DB_PASSWORD={secret}"),
        Finding("kingfisher", "k", Severity.ERROR, ".env", 2, 1, "a secret", secret=True),
        Finding("a", "long", Severity.INFO, ".env", 2, 1, "too long"),
        Finding("a", "syntax", Severity.INFO, ".env", 3, 1, f"'{line}' is wrong"),
    ]
    settled = findings.settle(found, lines)
    assert [one.source for one in settled] == ["DB_PASSWORD=***", "x = ***", "x = ***", "token: ***"]
    assert not [one for one in settled if secret in one.message]


def test_what_is_cut_was_hidden_before() -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----" + "A" * 5000
    (one,) = findings.settle([Finding("a", "r", Severity.INFO, "f", 1, 1, key)], {"f": (key,)})
    assert "AAAA" not in one.message + one.source


def test_each_secret_in_an_archive_is_said() -> None:
    found = [
        Finding("kingfisher", rule, Severity.ERROR, "a.zip", 0, 0, f"a token (in its {name}, line 1)", secret=True)
        for rule, name in (("pat", "a"), ("pat", "b"), ("key", "b"))
    ]
    assert len(settle(found, {})) == len(found)


def test_a_secret_is_said_once_whoever_finds_it() -> None:
    found = [
        Finding("hadolint", "DL3064", Severity.WARNING, "Dockerfile", 2, 1, "sensitive data"),
        Finding("checks", "secret-in-image", Severity.ERROR, "Dockerfile", 2, 1, "ENV puts a secret", secret=True),
        Finding("checkov", "CKV_SECRET_6", Severity.WARNING, "Dockerfile", 2, 0, "entropy"),
        Finding("kingfisher", "betterleaks.github-pat", Severity.ERROR, "Dockerfile", 3, 1, "a token", secret=True),
        Finding("hadolint", "DL3064", Severity.WARNING, "Dockerfile", 4, 1, "sensitive data"),
    ]
    first, second, third = findings.settle(found, {})
    assert (first.rule, first.also) == ("secret-in-image", ("checkov:CKV_SECRET_6", "hadolint:DL3064"))
    assert (second.rule, second.also) == ("betterleaks.github-pat", ())
    assert (third.rule, third.also) == ("DL3064", ())


def test_a_file_of_any_kind_needs_a_name_that_can_be_handed_on() -> None:
    repository = Repository.of([File("n\udce9.txt"), File("a.txt")])
    (one,) = findings.of_troubles(repository)
    assert (one.rule, one.path) == ("bad-name", "n\ufffd.txt")
    assert one.message == "this file cannot be handed to linters: the file's name is not UTF-8"


def test_another_secret_in_its_place_is_another_finding() -> None:
    def of(line: str) -> str:
        (one,) = settle([replace(finding(line=1), secret=True)], {"Dockerfile": (line,)})
        assert "hunter" not in one.source
        return one.fingerprint

    assert of("PASSWORD=hunter2") == of("  PASSWORD=hunter2")
    assert of("PASSWORD=hunter2") != of("PASSWORD=hunter3")


def test_fingerprints_of_what_is_alike_are_numbered_in_the_order_that_is_asked_for() -> None:
    lines = {"Dockerfile": ("RUN a", "RUN a")}
    both = [finding(line=1), finding(line=2)]
    first, second = settle(both, lines)
    turned = settle(both, lines, last=lambda one: one.line == 1)
    assert [one.line for one in turned] == [1, 2]
    assert [one.fingerprint for one in turned] == [second.fingerprint, first.fingerprint]


def test_of_a_key_in_lines_all_of_it_tells_another_one() -> None:
    def of(*body: str) -> str:
        lines = ("-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", "x=1")
        return settle([replace(finding(line=1), secret=True)], {"Dockerfile": lines})[0].fingerprint

    assert of("a", "b") == of("a", "b")
    assert of("a", "b") != of("a", "c")


def test_of_an_archive_what_is_in_it_tells_another_one() -> None:
    def of(content: bytes) -> str:
        one = replace(finding(line=0), secret=True)
        return settle([one], {}, marks={"Dockerfile": findings.mark(content)})[0].fingerprint

    assert of(b"a") == of(b"a")
    assert of(b"a") != of(b"b")
