"""What holds for every rule of our own: its manual is true, and no text makes it fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import own
from checks.lint.own import manual
from checks.lint.own.manual import Example
from checks.lint.own.subject import Rule
from checks.model import Finding
from checks.repository import File, Kind, Repository, Trouble, kind_of

ROOT = Path(__file__).parents[4]
EXAMPLES = [(rule, example) for rule in own.RULES for example in manual.examples(rule)]


def check(path: str, text: str) -> tuple[Finding, ...]:
    return own.check(File(path, len(text), kind_of(path, b""), text))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=lambda value: getattr(value, "ID", None))
def test_the_examples_of_the_manual_are_true(rule: Rule, example: Example) -> None:
    found = [finding for finding in check(example.path, example.text) if finding.rule == rule.ID]
    assert bool(found) is not example.good
    assert all(finding.severity <= rule.SEVERITY for finding in found)


@pytest.mark.parametrize("rule", own.RULES, ids=lambda rule: rule.ID)
def test_every_rule_is_shown_to_pass_and_to_fail(rule: Rule) -> None:
    assert {example.good for example in manual.examples(rule)} == {True, False}
    assert re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)+", rule.ID)
    assert manual.summary(rule).endswith(".")


def test_rules_have_names_of_their_own() -> None:
    names = [rule.ID for rule in own.RULES]
    assert names == sorted(set(names))


def test_the_manual_is_what_would_be_generated() -> None:
    written = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    assert written == manual.manual(), "run `nox -s docs`"


def test_every_finding_leads_to_its_page() -> None:
    (finding,) = (one for one in check("Dockerfile", "FROM a\nRUN apt-get update\n") if one.rule == "apt-update-joined")
    assert finding.url.endswith("/docs/rules.md#apt-update-joined")
    assert f"\n## {finding.rule}\n" in manual.manual()
    assert (finding.tool, finding.line, finding.column) == ("checks", 2, 1)


def test_only_files_that_a_rule_takes_and_that_are_text_are_looked_at() -> None:
    text = "FROM a\nRUN apt-get update\n"
    files = [
        File("Dockerfile", 1, Kind.DOCKERFILE, text),
        File("latin.Dockerfile", 1, Kind.DOCKERFILE, text, Trouble.NOT_UTF8),
        File("binary.Dockerfile", 1, Kind.DOCKERFILE, text, Trouble.BINARY),
        File("unread.Dockerfile", 1, Kind.DOCKERFILE, trouble=Trouble.UNREADABLE),
        File("README.md", 1),
    ]
    taken = own.takes(Repository.of(files))
    assert [file.path for file in taken] == ["Dockerfile", "latin.Dockerfile"]
    assert [bool(own.check(file)) for file in files] == [True, True, False, False, False]


_PATHS = st.sampled_from(
    ["Dockerfile", "compose.yaml", ".travis.yml", ".env", "a.tfvars", "a.sh", "x/onbuild/Dockerfile"]
)
_LINES = st.sampled_from(
    [
        *("FROM debian AS a", "FROM a", "from $X as b", "ARG X=a", "ENV A=$A P=1", "ENV PASSWORD hunter2", "SHELL []"),
        *("RUN apt-get update", "RUN apt install x", "RUN <<EOF", "apt-get update", "EOF", "ONBUILD ONBUILD ADD x y"),
        *(
            'CMD ["sh", "-c", "a && b"]',
            'ENTRYPOINT ["sh", "-c"]',
            "CMD [",
            "ONBUILD",
            "ONBUILD CMD a",
            "WORKDIR $A",
            "WORKDIR",
        ),
        *(
            "LABEL",
            "VOLUME docker.sock",
            "VOLUME [1]",
            "ADD <<EOF x",
            "RUN --mount=source=/docker.sock x",
            " \\",
            "# escape=`",
        ),
        *(
            "volumes:",
            "  - /var/run/docker.sock:/x",
            "  - &a [*a]",
            "x: &x",
            "  <<: *x",
            "notifications: {slack: 'a:b'}",
            "---",
        ),
        *(
            "docker run -v \\",
            "  /var/run/docker.sock:/x",
            'password = "x1"',
            "PASSWORD=x1",
            "\t- |",
            "? [docker.sock]",
            "env: [a]",
        ),
    ]
)


@given(_PATHS, st.text() | st.lists(_LINES, max_size=15).map("\n".join))
def test_any_text_has_findings_or_none(path: str, text: str) -> None:
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for finding in check(path, text):
        assert 1 <= finding.line <= count
        assert finding.message


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "{a: " * 20_000, "- " * 20_000, "&a [*a]", "!!python/object:x {docker.sock: 1}", '"\\UFFFFFFFF"'],
)
@pytest.mark.parametrize("path", ["compose.yaml", ".travis.yml"])
def test_yaml_that_is_meant_to_break_readers_breaks_none(path: str, text: str) -> None:
    assert check(path, f"{text} # /docker.sock") == ()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1))
def test_no_message_shows_a_secret(value: str) -> None:
    secret = f"Zx9{value}q7"
    for path, text in ((".env", f"DB_PASSWORD={secret}"), ("Dockerfile", f"FROM a\nENV DB_PASSWORD={secret}\n")):
        found = check(path, text)
        assert not [finding for finding in found if finding.secret and secret in finding.message]
