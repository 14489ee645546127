from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import packer, packerquiet, packersays
from checks.lint.batches import Tools
from checks.lint.packer import PackerJob
from checks.lint.packersays import Said
from checks.lint.registry import LINTERS
from checks.model import Done, Findings, Job, Severity, ToolError, ToolState, Unit
from checks.repository import Repository
from tests.unit.lint.repositories import DATA, answers, places, repository, said

LINTER = LINTERS["packer"]
TOOLS = Tools({"packer": ("packer",)})
CASES = said("packer")
APP, HCL = "packer/app.json", "packer/a.pkr.hcl"

FOUND = {
    "json-clean": [],
    "json-syntax": [("syntax", "error", "app.json", 3)],
    "json-unknown-key": [("validate", "error", "app.json", 9)],
    "json-unknown-builder": [("validate", "error", "app.json", 4)],
    "json-unknown-option": [("validate", "error", "app.json", 7)],
    "json-missing-script": [("validate", "error", "app.json", 12)],
    "json-example": [],
    "json-real": [],
    "json-none": [("unset-variable", "info", APP, 3)],
    "json-bad-variables": [("validate", "error", "packer/variables.json", 1)],
    "json-blank": [("validate", "warning", APP, 3)],
    "json-environment": [("unset-variable", "info", APP, 3)],
    "json-key-file": [("validate", "info", APP, 9)],
    "json-from-root": [],
    "json-from-folder": [],
    "json-network": [("validate", "info", APP, 4)],
    "hcl-clean": [],
    "hcl-syntax": [("validate", "error", HCL, 2)],
    "hcl-typo": [("validate", "error", HCL, 1)],
    "hcl-unknown-argument": [("validate", "error", HCL, 9)],
    "hcl-unknown-source": [("validate", "error", HCL, 7)],
    "hcl-unknown-builder": [("validate", "error", HCL, 1)],
    "hcl-unknown-function": [("validate", "error", HCL, 2)],
    "hcl-missing-scripts": [("validate", "error", HCL, line) for line in (8, 11, 12)],
    "hcl-ansible": [],
    "hcl-variables": [("unset-variable", "info", HCL, 5)],
    "hcl-automatic": [],
    "hcl-two-files": [],
    "hcl-two-templates": [("validate", "error", "packer/b.pkr.hcl", 8)],
    "hcl-form": [("fmt", "warning", HCL, 2), ("fmt", "warning", "packer/v/b.pkrvars.hcl", 3)],
    "hcl-stand-in": [
        ("fmt", "warning", HCL, 13),
        ("unset-variable", "info", HCL, 1),
        ("validate", "warning", HCL, 14),
    ],
}
FAILED = {
    "json-plugin-builder": "lacks a plugin for app.json, run `packer plugins install`",
    "json-too-old": "is too old for app.json, put a newer one on PATH: This template requires Packer version 1.9.0",
    "hcl-plugin-builder": "lacks a plugin for packer/a.pkr.hcl, run `packer init packer`",
    "hcl-required-plugins": "is too old for packer/a.pkr.hcl",
    "hcl-required-version": "is too old for packer/a.pkr.hcl",
    "hcl-data": "is too old for packer/a.pkr.hcl",
    "hcl-newer-function": 'There is no function named "legacy_isotime"',
}


def jobs(name: str) -> list[PackerJob]:
    files = repository(CASES[name]["files"])
    return [cast("PackerJob", job) for job in LINTER.jobs(files, LINTER.units(files), TOOLS)]


def job(name: str) -> PackerJob:
    return jobs(name)[0]


def done(out: str = "", code: int = 1, err: str = "") -> Done:
    return Done((), code, out, err, 0.1)


def test_every_case_is_expected() -> None:
    assert {*FOUND, *FAILED} == set(CASES)


@pytest.mark.parametrize("name", FOUND)
def test_what_packer_said_is_found_in_its_place(name: str) -> None:
    assert places(answers(LINTER, CASES[name], jobs(name))) == FOUND[name]


@pytest.mark.parametrize("name", FAILED)
def test_a_packer_that_cannot_tell_is_an_error_of_the_tool(name: str) -> None:
    answer = answers(LINTER, CASES[name], jobs(name))[0]
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.UNREADABLE
    assert FAILED[name] in answer.message


def test_a_clean_file_passes() -> None:
    assert answers(LINTER, CASES["json-clean"], jobs("json-clean")) == [Findings()]


def test_a_bad_file_fails() -> None:
    (answer,) = answers(LINTER, CASES["json-missing-script"], jobs("json-missing-script"))
    assert isinstance(answer, Findings)
    (found,) = answer.items
    assert found.message.endswith("Bad script 'scripts/nope.sh': stat scripts/nope.sh: no such file or directory")
    assert (found.line, found.column, found.severity) == (12, 17, Severity.ERROR)


def test_variables_come_from_real_files_before_examples() -> None:
    assert job("json-example").argv[2:] == ("-var-file=./variables.json.example", "./app.json")
    assert job("json-real").argv[2:] == ("-var-file=./variables.json", "./app.json")
    assert job("hcl-variables").argv[2:] == ("-var-file=./b.pkrvars.hcl", "./.")
    assert job("hcl-variables").texts["packer/b.pkrvars.hcl"] == 'image = "x"\n'
    assert job("hcl-automatic").argv[2:] == ("./.",)


def test_what_nothing_gives_a_value_has_a_stand_in_of_its_type() -> None:
    assert job("hcl-variables").env["PKR_VAR_size"] == "1"
    assert "PKR_VAR_image" not in job("hcl-variables").env
    assert job("json-none").texts["packer/.checks-stand-ins.json"] == '{"project_id": "stand-in"}'
    assert job("json-none").argv[2:] == ("-var-file=./.checks-stand-ins.json", "./app.json")
    assert job("json-environment").env["PROJECT"] == "stand-in"


def test_it_is_run_from_where_the_files_are() -> None:
    assert (job("json-from-root").cwd, job("json-from-root").argv[-1]) == ("", "./packer/app.json")
    assert (job("json-from-folder").cwd, job("json-from-folder").argv[-1]) == ("packer", "./app.json")


def test_nothing_of_the_repository_is_started() -> None:
    assert '"skip_version_check": true' in job("json-from-root").texts[APP]
    text = job("hcl-ansible").texts[HCL]
    assert text.count("skip_version_check") == 2
    assert "skip_version_check = false" not in text
    assert "skip_version_check      = true" in text or "skip_version_check = true\n" in text
    assert all(one.writes for one in jobs("hcl-ansible"))
    assert job("json-clean").env["CHECKPOINT_DISABLE"] == "1"
    assert job("json-clean").env["HTTPS_PROXY"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('"type": "shell", "inline": ["a", "b"], "inline": 1.50e3', ['"inline": ["a", "b"]', '"inline": 1500.0']),
        ('"type": "ansible", "skip_version_check": false', ['"skip_version_check": true']),
    ],
)
def test_what_packer_refuses_is_in_what_it_is_given(body: str, kept: list[str]) -> None:
    twice = f'{{"builders": [], "provisioners": [{{"type": "ansible"}}, {{{body}}}]}}'
    text = packerquiet.rewritten({APP: twice})[APP]
    assert all(part in text for part in kept)
    assert "false" not in text


def test_what_is_nested_too_deep_to_be_told_is_not_handed_on() -> None:
    deep = '{"provisioners": [{"type": "ansible", "a": ' + "[" * 700 + "]" * 700 + "}]}"
    assert packerquiet.rewritten({APP: deep}) == {APP: ""}


def test_what_is_read_decides() -> None:
    files = repository(CASES["json-from-root"]["files"] | {"other/x.sh": ""})
    assert LINTER.units(files) == (Unit((APP,), ("ansible/site.yml", "packer/scripts/a.sh", "packer/scripts/run.sh")),)


def test_the_samples_are_templates_with_all_that_they_need() -> None:
    root = DATA / "packer"
    files = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}
    found = repository({path: text for path, text in files.items() if "/" in path})
    made = [cast("PackerJob", one) for one in LINTER.jobs(found, LINTER.units(found), TOOLS)]
    assert [(one.cwd, one.argv[1:]) for one in made] == [
        (
            "json",
            ("validate", "-var-file=./packer/variables.json.example", "./packer/docker-host.json"),
        ),
        ("hcl", ("validate", "-var-file=./stage.pkrvars.hcl", "./.")),
        ("", ("fmt", "-check", "-diff", "./hcl")),
    ]
    assert not [one for one in made if one.stands_in]
    assert "json/ansible/docker-host.yml" in made[1].units[0].inputs


def test_a_crash_is_told_from_findings() -> None:
    clean, form = job("hcl-clean"), jobs("hcl-clean")[1]
    for one, answer in [
        (clean, packer.read(clean, done("", 1))),
        (clean, packer.read(clean, done("Error: x\n", 1, "panic: nil"))),
        (clean, packer.read(clean, done("", 127, "not installed"))),
        (form, packer.read(form, done("", 3))),
        (form, packer.read(form, done("what?", 1))),
        (clean, packer.read(Job("packer", ()), done("", 0))),
    ]:
        assert isinstance(answer, ToolError), one
        assert answer.state is ToolState.CRASHED
    assert packer.read(form, done("", 1, "failed to parse HCL packer/a.pkr.hcl")) == Findings()
    assert packer.read(clean, done("The configuration is valid.\n", 0)) == Findings()


NEWER = {
    "Error: Missing plugins\n\nThe following plugins are required, but not installed:\n\n* github.com/a/b >= 1.0.0\n\n"
    "Did you run packer init for this project ?\n": "packer init packer",
    "Error: Unknown source type utm-iso\n\n  on packer/a.pkr.hcl line 5:\n  (source code not available)\n\n"
    "The source utm-iso is unknown by Packer, and is likely part of a plugin that is\nnot installed.\n": "packer init packer",
}


@pytest.mark.parametrize("out", NEWER)
def test_what_a_newer_packer_says_of_plugins_is_understood(out: str) -> None:
    answer = packer.read(job("hcl-clean"), done(out))
    assert isinstance(answer, ToolError)
    assert NEWER[out] in answer.message


def test_a_warning_of_a_template_that_is_valid_is_information() -> None:
    out = 'Warning: Undefined variable\n\nA "zz" variable was set but was not found in known\nvariables.\n\n'
    answer = packer.read(job("hcl-clean"), done(f"{out}The configuration is valid.\n", 0))
    assert isinstance(answer, Findings)
    assert [(one.severity, one.message) for one in answer.items] == [
        (
            Severity.INFO,
            'Undefined variable: A "zz" variable was set but was not found in known variables. '
            "The configuration is valid.",
        )
    ]


@given(st.text() | st.from_regex(r"(Error: .*\n\n(  on .* line \d+:\n)?\* .*\n){1,3}"), st.integers(-9, 130), st.text())
def test_any_output_has_an_answer(out: str, code: int, err: str) -> None:
    for name in ("json-from-root", "hcl-ansible"):
        for one in jobs(name):
            assert isinstance(packer.read(one, done(out, code, err)), Findings | ToolError)


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_template_is_asked_about(text: str) -> None:
    for path in ("packer/a.pkr.hcl", "packer/variables.json", "a.pkrvars.hcl", "a.pkr.json"):
        files: Repository = repository({path: text, "packer/app.json": f'{{"builders": [{text}', "packer/x.sh": ""})
        assert LINTER.jobs(files, LINTER.units(files), TOOLS)


def test_addresses_and_lists_are_left_out() -> None:
    assert packersays.short(Said(True, "Unknown source file.y", "Known: map[file.x:{file x 0xc0007fe340 <nil> }]")) == (
        "Unknown source file.y"
    )
    assert packersays.short(Said(True, "x", "at 0xc0007fe340")) == "x: at …"
    wrong = "invalid 'ssh_password': template: root:1: function \"no\" not defined in: hunter2{{ no }}"
    assert packersays.short(Said(True, "x", wrong)).endswith('root:1: function "no" not defined')


def test_fixing_writes_files_in_hcl() -> None:
    files = repository(CASES["hcl-form"]["files"])
    fixes = packer.fixes(files, LINTER.units(files), TOOLS)
    assert [one.argv for one in fixes] == [("packer", "fmt", "./packer"), ("packer", "fmt", "./packer/v")]
    assert packer.read_fix(fixes[0], done("packer/a.pkr.hcl\n", 0)) == ""
    assert isinstance(packer.read_fix(fixes[0], done("", 127)), ToolError)


def test_the_version_is_read() -> None:
    assert packer.read_version(done("Packer v1.6.6\n", 0)) == "1.6.6"
    assert packer.read_version(done("what?", 0)) == ""


def test_the_samples_are_there() -> None:
    assert Path(DATA / "packer/json/packer/scripts/ansible-playbook.sh").stat().st_mode & 0o100
