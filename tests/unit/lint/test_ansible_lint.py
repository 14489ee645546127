from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import ansible_lint
from checks.lint.batches import Tools
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository
from tests.unit.lint.repositories import repository

DATA = Path(__file__).parents[2] / "data/lint"
TOOLS = Tools({"ansible-lint": ("python", "api.py")})
PLAY = "---\n- name: Play\n  hosts: all\n"
REQUIREMENTS = (
    "---\nroles:\n  - src: geerlingguy.docker\n  - name: 'other.role'\n  - plain.role\n"
    "collections:\n  - name: example.missing\n    version: 1.0.0\n"
)
REPOSITORY = Repository.of(
    [
        File("ansible/ansible.cfg", 10, Kind.ANSIBLE, "[defaults]\n"),
        File("ansible/environments/stage/requirements.yml", 100, Kind.YAML, REQUIREMENTS),
        File("ansible/playbooks/site.yml", 30, Kind.YAML, PLAY),
        File("ansible/playbooks/broken.yml", 30, Kind.YAML, PLAY),
    ]
)


JOB: Job
(JOB,) = ansible_lint.jobs(REPOSITORY, ansible_lint.units(REPOSITORY), TOOLS)


def done(out: str = "", err: str = "", code: int = 0, *, timed_out: bool = False) -> Done:
    return Done(JOB.argv, code, out, err, 0.1, timed_out)


def answer(**entries: object) -> Done:
    whole = {"stage": "end", "code": 0, "error": "", "matches": [], "files": list(JOB.files), "named": []}
    return done(json.dumps({**whole, **entries}))


def match(**entries: object) -> dict[str, object]:
    whole = {"rule": "fqcn[action]", "path": "a.yml", "line": 3, "column": 1, "message": "m", "details": "", "url": ""}
    return {**whole, "severity": "MEDIUM", "warned": False, **entries}


def found(what: Findings | ToolError) -> Findings:
    assert isinstance(what, Findings)
    return what


def error(what: Findings | ToolError) -> ToolError:
    assert isinstance(what, ToolError)
    return what


def test_a_clean_file_passes() -> None:
    assert ansible_lint.read(JOB, answer()) == Findings()


def test_a_bad_file_fails() -> None:
    items = found(ansible_lint.read(JOB, done((DATA / "ansible-lint.json").read_text()))).items
    by_rule = {one.rule: one for one in items}
    assert len(items) == 12
    role = by_rule["syntax-check[specific]"]
    assert (role.path, role.line, role.column, role.severity) == ("ansible/playbooks/site.yml", 7, 7, Severity.ERROR)
    assert role.message == (
        "the role 'geerlingguy.docker' was not found: ansible/environments/stage/requirements.yml asks for it, but it is "
        "not in the repository, and nothing is downloaded when linting"
    )
    module = by_rule["syntax-check[unknown-module]"].message
    assert module.startswith("couldn't resolve module/action 'example.missing.thing': ansible/environments/stage/req")
    assert by_rule["load-failure[yaml]"].message == "Failed to load YAML file did not find expected node content"
    assert by_rule["yaml[truthy]"].severity is Severity.WARNING
    assert by_rule["fqcn[action]"].message.endswith("Action `docker_container` is not FQCN.")
    assert by_rule["role-name"].path == "ansible/roles/my-app"
    assert by_rule["schema[meta]"].url == "https://docs.ansible.com/projects/lint/rules/schema/"


def test_a_project_is_one_question() -> None:
    (unit,) = ansible_lint.units(REPOSITORY)
    assert unit.inputs == ("ansible/ansible.cfg",)
    assert json.loads(JOB.stdin or "") == {
        "project": "ansible",
        "config": "",
        "required": dict.fromkeys(
            ("geerlingguy.docker", "other.role", "plain.role", "example.missing"),
            "ansible/environments/stage/requirements.yml",
        ),
        "others": [],
    }
    assert JOB.writes
    assert not ansible_lint.jobs(REPOSITORY, [], TOOLS)


def test_what_another_project_has_is_left_to_that() -> None:
    play = "---\n- name: x\n  hosts: all\n  tasks: []\n"
    both = repository(
        {
            "one/ansible.cfg": "",
            "one/site.yml": f"{play}- name: y\n  ansible.builtin.import_playbook: ../other/site.yml\n",
            "other/ansible.cfg": "",
            "other/site.yml": play,
        }
    )
    one, other = ansible_lint.jobs(both, ansible_lint.units(both), TOOLS)
    assert json.loads(one.stdin or "")["others"] == ["other/site.yml"]
    assert json.loads(other.stdin or "")["others"] == []


def test_what_nobody_asks_for_is_missed_all_the_same() -> None:
    what = match(rule="syntax-check[specific]", message="the role 'nobody' was not found in a:b:c")
    (one,) = found(ansible_lint.read(JOB, answer(code=2, matches=[what]))).items
    assert one.message == (
        "the role 'nobody' was not found: it is not in the repository, and nothing is downloaded when linting"
    )


@pytest.mark.parametrize(
    ("severity", "warned", "expected"),
    [
        ("VERY_HIGH", False, Severity.ERROR),
        ("HIGH", False, Severity.ERROR),
        ("LOW", False, Severity.WARNING),
        ("VERY_HIGH", True, Severity.INFO),
        ("new in a later version", False, Severity.WARNING),
    ],
)
def test_what_the_repository_only_warns_of_is_information(severity: str, warned: bool, expected: Severity) -> None:
    (one,) = found(ansible_lint.read(JOB, answer(matches=[match(severity=severity, warned=warned)]))).items
    assert one.severity is expected


def test_what_the_configuration_excludes_is_not_counted() -> None:
    what = found(ansible_lint.read(JOB, answer(code=5, files=["ansible/playbooks/site.yml"])))
    assert what.skipped == ("ansible/environments/stage/requirements.yml", "ansible/playbooks/broken.yml")


def test_a_broken_configuration_is_no_pass() -> None:
    what = error(ansible_lint.read(JOB, done((DATA / "ansible-lint-config.json").read_text())))
    assert what.state is ToolState.UNREADABLE
    assert what.message.startswith(
        "in ansible: its configuration cannot be read: Invalid configuration file .ansible-lint. $.prof"
    )


def test_an_ansible_cfg_that_cannot_be_read_is_a_finding_beside_the_others() -> None:
    first, *others = sorted(
        found(ansible_lint.read(JOB, done((DATA / "ansible-lint-cfg.json").read_text()))).items,
        key=lambda one: one.path,
    )
    assert (first.rule, first.severity, first.path, first.line) == (
        "load-failure",
        Severity.ERROR,
        "ansible/ansible.cfg",
        1,
    )
    assert first.message == (
        "Error reading config file (ansible/ansible.cfg): File contains no section headers. / '[defaults'; "
        "the project was linted without it"
    )
    assert "command-instead-of-shell" in {one.rule for one in others}


@pytest.mark.parametrize(
    ("mistake", "line", "message"),
    [
        ("x (ansible.cfg): While reading from '<string>' [line  3]: section 'a' already exists", 3, "section 'a'"),
        ("Config 'DEFAULT_FORKS' from 'ansible.cfg' has an invalid value: 'many'", 0, "DEFAULT_FORKS"),
        ("x (ansible.cfg): Source contains parsing errors: '<string>'\n\t[line  2]: 'y\\n'", 2, "'y\\n'"),
    ],
)
def test_what_ansible_says_of_its_configuration_has_a_place(mistake: str, line: int, message: str) -> None:
    (one,) = found(ansible_lint.read(JOB, answer(mistake=mistake))).items
    assert (one.path, one.line) == ("ansible/ansible.cfg", line)
    assert message in one.message
    assert "<string>" not in one.message
    assert "\n" not in one.message


def test_an_ansible_that_does_not_start_is_a_crash() -> None:
    what = error(ansible_lint.read(JOB, answer(stage="ansible", code=1, error="ImportError: no module")))
    assert (what.state, what.message) == (
        ToolState.CRASHED,
        "in ansible: Ansible does not start: ImportError: no module",
    )


def test_a_rule_that_does_not_exist_is_told() -> None:
    named = [{"name": "nope", "path": ".ansible-lint", "line": 2}]
    (one,) = found(ansible_lint.read(JOB, answer(named=named))).items
    assert (one.rule, one.severity, one.path, one.line) == ("unknown-rule", Severity.WARNING, ".ansible-lint", 2)


def test_a_crash_is_told_from_findings() -> None:
    assert (
        "RuntimeError: what" in error(ansible_lint.read(JOB, answer(stage="rules", error="RuntimeError: what"))).message
    )
    assert error(ansible_lint.read(JOB, answer(code=1))).state is ToolState.CRASHED
    assert error(ansible_lint.read(JOB, done("", "Segmentation fault", code=139))).state is ToolState.CRASHED
    assert "signal 9" in error(ansible_lint.read(JOB, done(code=-9))).message
    assert error(ansible_lint.read(JOB, done(code=-9, timed_out=True))).state is ToolState.TIMEOUT
    assert error(ansible_lint.read(JOB, done("{}"))).state is ToolState.CRASHED


@pytest.mark.parametrize("stage", ["configuration", "rules"])
def test_a_killed_command_of_ansibles_is_a_crash_whenever_it_happens(stage: str) -> None:
    what = error(ansible_lint.read(JOB, answer(stage=stage, code=1, error="KilledError: ansible-playbook was killed")))
    assert (what.state, what.message) == (ToolState.CRASHED, "ansible-playbook was killed")


def test_what_ansible_itself_fails_at_is_said() -> None:
    what = match(
        rule="internal-error",
        message="Unexpected error code 250 from execution of: ansible-playbook --syntax-check -vv a.yml",
        details="Using x\n[WARNING]: w\n[ERROR]: Unexpected Exception: maximum recursion depth exceeded\nat y\n",
    )
    (one,) = found(ansible_lint.read(JOB, answer(code=2, matches=[what]))).items
    assert one.message.endswith("-vv a.yml: Unexpected Exception: maximum recursion depth exceeded")


SCALARS = st.none() | st.integers() | st.text()
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(), SCALARS, max_size=3)
PARTS = ("stage", "code", "error", "matches", "files", "named")


@given(st.text() | st.dictionaries(st.sampled_from(PARTS), JSON).map(json.dumps), st.text(), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, err: str, code: int) -> None:
    assert isinstance(ansible_lint.read(JOB, done(out, err, code)), Findings | ToolError)


@given(st.dictionaries(st.sampled_from(tuple(match())), JSON))
def test_any_match_has_an_answer(entries: dict[str, object]) -> None:
    what = ansible_lint.read(JOB, answer(matches=[match(**entries)]))
    assert isinstance(what, Findings | ToolError)


def test_fixing_names_every_file_that_may_be_seen() -> None:
    (one,) = ansible_lint.fixes(REPOSITORY, ansible_lint.units(REPOSITORY), TOOLS)
    question = json.loads(one.stdin or "")
    assert (question["fix"], one.writes) == (True, False)
    assert question["files"][-1] == "ansible/ansible.cfg"
    assert ansible_lint.read_fix(one, answer(code=8)) == ""
    assert error_of_fix(ansible_lint.read_fix(one, answer(stage="rules"))).state is ToolState.CRASHED


def error_of_fix(what: str | ToolError) -> ToolError:
    assert isinstance(what, ToolError)
    return what


def test_the_version_is_read() -> None:
    assert ansible_lint.version(TOOLS).argv == ("python", "api.py", "--version")
    assert ansible_lint.read_version(done("26.10.1\n")) == "26.10.1"
    assert ansible_lint.read_version(done("what?")) == ""
