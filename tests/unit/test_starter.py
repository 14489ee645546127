"""What is found in a repository, and the texts that it is given to begin with."""

from __future__ import annotations

import ast
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import config, starter
from checks.errors import ConfigError
from checks.repository import File, Repository, kind_of
from checks.starter import STARTER, Found, Wanted

STACK = Found(compose=("deploy/compose.yaml",))


def survey(*paths: str) -> Found:
    return starter.survey(Repository.of(File(path, kind=kind_of(path, b""), text="") for path in paths))


def wanted(
    found: Found, known: tuple[str, ...] = (), pyproject: str | None = None, own: str | None = None
) -> list[Wanted]:
    return starter.wanted(found, "stackchecks==1.0", known, pyproject, own)


def test_everything_that_is_there_is_found() -> None:
    found = survey(
        "Dockerfile",
        "deploy/compose.yaml",
        "api/worker.dockerfile",
        "ansible/roles/web/tasks/main.yml",
        "ansible/roles/web/handlers/main.yml",
        "infra/main.tf",
        "infra/variables.tf",
        "packer/app.pkr.hcl",
        "run.sh",
        "tests/test_unit.py",
        "README.md",
    )
    assert found.stack == "deploy/compose.yaml"
    assert found.dockerfiles == ("Dockerfile", "api/worker.dockerfile")
    assert (found.roles, found.terraform, found.packer) == (("web",), ("infra",), ("packer/app.pkr.hcl",))
    assert (found.scripts, found.tests) == (("run.sh",), ("tests/test_unit.py",))
    said = "\n".join(starter.described(found))
    assert "1 compose file: deploy/compose.yaml" in said
    assert "2 Dockerfiles: Dockerfile, api/worker.dockerfile" in said


def test_a_repository_that_is_a_role_is_one() -> None:
    assert survey("tasks/main.yml", "meta/main.yml").roles == ("this one",)
    assert survey("tasks/main.yml").roles == ()


def test_the_stack_is_the_compose_file_nearest_to_the_root_as_compose_would_choose() -> None:
    found = survey("a/b/compose.yaml", "z/docker-compose.yml", "z/compose.yaml")
    assert found.stack == "z/compose.yaml"
    assert "the stack is that of z/compose.yaml: `compose` in the configuration can name another" in starter.described(
        found
    )
    assert not any("the stack is" in line for line in starter.described(STACK))


def test_tasks_of_ansible_are_no_compose_file() -> None:
    text = "---\n- name: Install compose\n  ansible.builtin.apt:\n    name: docker-compose\n"
    path = "tasks/docker-compose.yml"
    assert starter.survey(Repository.of([File(path, kind=kind_of(path, b""), text=text)])).compose == ()


@pytest.mark.parametrize(
    ("more", "left_out"), [((), True), (("reports/daily.py",), False), (("docs/reports/a.md",), True)]
)
def test_a_folder_of_theirs_stays_in_their_images(more: tuple[str, ...], left_out: bool) -> None:
    (text,) = [file.text for file in wanted(survey("Dockerfile", *more)) if file.path == ".dockerignore"]
    assert ("reports" in text.splitlines()) == left_out
    assert ".nox" in text.splitlines()


def test_an_image_of_another_folder_needs_no_file_at_the_root() -> None:
    assert ".dockerignore" not in [file.path for file in wanted(survey("app/Dockerfile"))]


def test_much_of_a_kind_is_counted_and_not_listed() -> None:
    assert starter.described(Found(scripts=tuple("abcde"))) == ["5 shell scripts: a, b, c and 2 more"]


def test_nothing_is_said_to_be_nothing() -> None:
    assert "nothing" in starter.described(survey("README.md"))[0]


@pytest.mark.parametrize("found", [STACK, Found(), survey("compose.yml", "tests/integration/test_other.py")])
def test_what_is_written_can_be_read(found: Found) -> None:
    files = {file.path: file for file in wanted(found)}
    read = config.parse(files["checks.toml"].text, "checks.toml")
    assert read is not None
    assert read.compose == found.compose[:1]
    ast.parse(files["noxfile.py"].text)
    assert '"stackchecks==1.0"' in files["noxfile.py"].text
    assert (STARTER in files) == ("def integration" in files["noxfile.py"].text) == bool(found.stack)


def test_a_folder_with_tests_of_another_kind_is_not_taken_over() -> None:
    assert survey("compose.yml", "tests/integration/test_other.py").assertions == STARTER
    assert survey("compose.yml", STARTER).assertions == "tests/integration"


PYPROJECTS = ["", "[project]\nname = 'x'", "[tool.ruff]\nline-length = 9\n", "[project]\r\nname = 'x'\r\n"]


@pytest.mark.parametrize("text", PYPROJECTS)
def test_a_pyproject_keeps_all_that_it_says(text: str) -> None:
    file = wanted(STACK, pyproject=text)[0]
    assert (file.path, file.append, file.there) == ("pyproject.toml", True, "")
    both = tomllib.loads(text + file.text)
    assert both["tool"].pop("checks")["compose"] == "deploy/compose.yaml"
    assert {key: value for key, value in both.items() if value} == tomllib.loads(text)
    assert ("\r\n" in file.text) == ("\r\n" in text)


@pytest.mark.parametrize("text", ["tool = {}\n", "a = \n", "x = 1\n[tool]\nchecks = 1\n[tool.checks]\n"])
def test_a_pyproject_that_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        wanted(STACK, pyproject=text)


def test_what_is_there_is_said_to_be_there() -> None:
    files = {file.path: file.there for file in wanted(STACK, ("noxfile.py", STARTER), pyproject="[tool.checks]\n")}
    assert all(files.values())
    assert wanted(STACK, own="")[0] == Wanted("checks.toml", starter.configuration(STACK), there="it is there already")


def test_the_next_two_commands_are_of_what_is_there() -> None:
    assert starter.next_commands(STACK, has_nox=True) == ("nox -s lint", "nox -s build integration")
    first, second = starter.next_commands(Found(), has_nox=False)
    assert first.startswith("python3 -m pip install nox")
    assert "integration" not in second


@given(st.text())
def test_any_pyproject_is_added_to_or_refused(text: str) -> None:
    try:
        file = wanted(STACK, pyproject=text)[0]
    except ConfigError:
        return
    assert file.there or tomllib.loads(text + file.text)["tool"]["checks"]
