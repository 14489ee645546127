from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import compose_config
from checks.lint.batches import Tools
from checks.lint.compose_config import ComposeJob
from checks.lint.registry import LINTERS
from checks.model import Done, Findings, Job, ToolError, ToolState, Unit
from tests.unit.lint.repositories import answers, places, repository, said

LINTER = LINTERS["compose-config"]
TOOLS = Tools({"compose-config": ("docker-compose",)})
CASES = said("compose-config")

FOUND = {
    "clean": [],
    "unknown-key": [("schema", "error", "compose.yaml", 4)],
    "unknown-root-key": [("schema", "error", "compose.yaml", 4)],
    "version-1": [("schema", "error", "docker-compose.yml", 1)],
    "wrong-type": [("schema", "error", "sub/compose.yaml", 4)],
    "list-item": [("schema", "error", "compose.yaml", 6)],
    "dotted-name": [("schema", "error", "compose.yaml", 4)],
    "syntax": [("syntax", "error", "compose.yaml", 4)],
    "tab": [("syntax", "error", "compose.yaml", 1)],
    "duplicate-key": [("duplicate-key", "error", "compose.yaml", 4)],
    "empty": [("syntax", "error", "compose.yaml", 1)],
    "list": [("config", "error", "compose.yaml", 1)],
    "no-image": [("config", "error", "compose.yaml", 2)],
    "undefined-volume": [("undefined", "error", "compose.yaml", 5)],
    "undefined-network": [("undefined", "error", "compose.yaml", 4)],
    "undefined-service": [("undefined", "error", "compose.yaml", 5)],
    "circle": [("config", "error", "compose.yaml", 2)],
    "bad-port": [("config", "error", "compose.yaml", 5)],
    "bad-duration": [("config", "error", "compose.yaml", 4)],
    "two-values": [("config", "error", "compose.yaml", 4), ("config", "error", "compose.yaml", 8)],
    "bad-boolean": [("config", "error", "compose.yaml", 4)],
    "bad-interpolation": [("config", "error", "compose.yaml", 3)],
    "extends-missing": [("missing-file", "error", "compose.yaml", 4)],
    "include-missing": [("missing-file", "error", "compose.yaml", 2)],
    "extends-undefined": [("config", "error", "compose.yaml", 2)],
    "label-file": [("missing-file", "error", "compose.yaml", 4)],
    "obsolete": [("obsolete", "info", "compose.yaml", 1)],
    "deprecated": [("warning", "info", "compose.yaml", 6)],
    "unset": [("unset-variable", "info", "compose.yaml", 3)],
    "unset-blank-image": [("config", "warning", "compose.yaml", 2), ("unset-variable", "info", "compose.yaml", 3)],
    "unset-number": [("config", "warning", "compose.yaml", 5), ("unset-variable", "info", "compose.yaml", 5)],
    "unset-elsewhere": [("schema", "error", "compose.yaml", 4), ("unset-variable", "info", "compose.yaml", 3)],
    "required": [
        ("required-variable", "info", "compose.yaml", 3),
        ("required-variable", "info", "compose.yaml", 5),
        ("schema", "error", "compose.yaml", 6),
    ],
    "env-example": [],
    "env-own": [],
    "env-example-broken": [("config", "error", ".env.example", 3)],
    "env-file-missing": [("env-file", "warning", "compose.yaml", 5), ("schema", "error", "compose.yaml", 7)],
    "env-file-example": [("env-file", "info", "compose.yaml", 4)],
    "env-file-optional": [],
    "env-file-extended": [("env-file", "warning", "base/b.yaml", 4)],
    "env-file-included": [("env-file", "warning", "inc/c.yaml", 4)],
    "override": [("schema", "error", "compose.override.yaml", 3)],
    "overlay": [("schema", "error", "docker-compose.prod.yml", 3)],
    "profiles": [("undefined", "error", "compose.yaml", 4), ("undefined", "error", "compose.yaml", 8)],
    "remote": [("remote", "info", "compose.yaml", 2)],
    "compose-file": [],
    "secret-interpolation": [("config", "error", "compose.yaml", 5)],
    "secret-type": [("schema", "error", "compose.yaml", 1)],
    "secret-list": [("schema", "error", "compose.yaml", 4)],
    "secret-number": [("config", "error", "compose.yaml", 1)],
    "folder-with-spaces": [("missing-file", "error", "a b/c d/compose.yaml", 3)],
}


def jobs(name: str) -> list[Job]:
    files = repository(CASES[name]["files"])
    return LINTER.jobs(files, LINTER.units(files), TOOLS)


def job(name: str = "unknown-key") -> Job:
    return jobs(name)[0]


def done(err: str, code: int = 1) -> Done:
    return Done((), code, "", err, 0.1)


def test_every_case_is_expected() -> None:
    assert set(FOUND) == set(CASES)


@pytest.mark.parametrize("name", FOUND)
def test_what_compose_said_is_found_in_its_place(name: str) -> None:
    found = answers(LINTER, CASES[name], jobs(name))
    assert places(found) == FOUND[name]
    texts = [one.message for answer in found if isinstance(answer, Findings) for one in answer.items]
    assert not [text for text in texts if "/repository" in text or "hunter2" in text or "\n" in text]


def test_a_clean_file_passes() -> None:
    assert answers(LINTER, CASES["clean"], jobs("clean")) == [Findings()]


def test_a_bad_file_fails() -> None:
    (answer,) = answers(LINTER, CASES["unknown-key"], jobs("unknown-key"))
    assert isinstance(answer, Findings)
    (found,) = answer.items
    assert found.message == "validating compose.yaml: services.a additional properties 'foo' not allowed"
    assert (found.line, found.column) == (4, 5)


def test_what_go_quotes_of_a_value_is_left_out() -> None:
    answer = compose_config.read(
        job(), done("yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `hunter2` into int")
    )
    assert isinstance(answer, Findings)
    assert [one.message for one in answer.items] == [
        "yaml: unmarshal errors: line 3: cannot unmarshal !!str `…` into int"
    ]


def test_variables_come_from_the_repository_alone() -> None:
    assert job("unset").argv[3:5] == ("--env-file", "/dev/null")
    assert job("env-example").argv[3:5] == ("--env-file", "./.env.example")
    assert "--env-file" not in job("env-own").argv
    assert {name: job("required").env[name] for name in ("TAG", "DATA")} == {"TAG": "1", "DATA": "./1"}
    assert job("remote").env["COMPOSE_EXPERIMENTAL_GIT_REMOTE"] == "false"


def test_a_missing_env_file_hides_nothing_else() -> None:
    one = job("env-file-missing")
    assert one.stdin == 'services:\n  "a": {env_file: !override ["b.env"]}\n'
    assert one.argv[-4:] == ("-f", "-", "config", "--quiet")


def test_what_is_read_decides() -> None:
    files = repository(CASES["env-file-extended"]["files"] | {"other.txt": ""})
    units = LINTER.units(files)
    assert Unit(("compose.yaml",), ("base/b.yaml", "base/yes.env")) in units


def test_profiles_are_asked_for_too_and_counted_once() -> None:
    first, second = jobs("profiles")
    assert "--profile" not in first.argv
    assert second.argv[1:3] == ("--profile", "*")
    assert (first.files, second.files, first.units) == (("compose.yaml",), (), second.units)


def test_a_crash_is_told_from_findings() -> None:
    for err, code in [("panic: runtime error", 2), ("", 1), ("unknown flag: --quiet", 1), ("panic: x", 1), ("x", 127)]:
        answer = compose_config.read(job(), done(err, code))
        assert isinstance(answer, ToolError)
        assert answer.state is ToolState.CRASHED
    denied = compose_config.read(job(), done("open /repository/a.env: permission denied"))
    assert isinstance(denied, ToolError)
    assert denied.state is ToolState.UNREADABLE
    assert isinstance(compose_config.read(Job("compose-config", ()), done("")), ToolError)


@given(st.text(), st.integers(-9, 130), st.sampled_from(sorted(FOUND)))
def test_any_output_has_an_answer(err: str, code: int, name: str) -> None:
    assert isinstance(compose_config.read(job(name), done(err, code)), Findings | ToolError)


@given(
    st.sampled_from(sorted(FOUND)),
    st.sampled_from(
        ["validating /x/compose.yaml: {}", 'service "{}" refers to undefined volume {}', "'services[{}]' {}"]
    ),
    st.text(max_size=30),
)
def test_any_place_has_an_answer(name: str, form: str, text: str) -> None:
    one = cast("ComposeJob", job(name))
    answer = compose_config.read(one, done(form.format(text, text)))
    assert isinstance(answer, ToolError) or all(item.path in one.project.texts for item in answer.items)


def test_the_version_is_read() -> None:
    assert compose_config.read_version(Done((), 0, "2.40.3\n", "", 0.1)) == "2.40.3"
    assert compose_config.read_version(Done((), 0, "v2.40.3-desktop.1\n", "", 0.1)) == "2.40.3-desktop.1"
    assert compose_config.read_version(Done((), 0, "what?", "", 0.1)) == ""
