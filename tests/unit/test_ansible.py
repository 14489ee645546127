"""What of a repository is Ansible, and which of it belongs together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import ansible
from checks.ansible import Project, is_list, is_playbook, projects
from checks.repository import File, Kind, Repository, kind_of

PLAY = "---\n- hosts: all\n  tasks: []\n"
TASKS = "---\n- name: Say\n  ansible.builtin.debug:\n"
META = "galaxy_info:\n  author: me\n"


def repository(files: dict[str, str]) -> Repository:
    kinds = {path: kind_of(path, text.encode(), files) for path, text in files.items()}
    return Repository.of(
        File(path, len(text), kinds[path], text if kinds[path] else None) for path, text in files.items()
    )


def found(files: dict[str, str]) -> dict[str, Project]:
    return {project.folder: project for project in projects(repository(files))}


@pytest.mark.parametrize(
    "text",
    [
        PLAY,
        "- name: x\n  hosts: all\n",
        "# about\n\n---\n# more\n-   name: x\n    hosts: all\n",
        "  - hosts: all\n",
        "- import_playbook: other.yml\n",
        "- name: x\n  ansible.builtin.import_playbook: other.yml\n",
        "- hosts: all\n  tasks: [\n",
        "%YAML 1.2\n---\n- hosts: all\r\n",
    ],
)
def test_a_playbook_is_a_list_of_plays(text: str) -> None:
    assert is_playbook(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TASKS,
        "hosts: all\n",
        "all:\n  hosts:\n    a:\n",
        "spec:\n  tls:\n    - hosts:\n        - a\n",
        "- name: x\n  block:\n    hosts: no play\n",
        "on: push\njobs:\n  a:\n    steps:\n      - run: x\n",
        "services:\n  a:\n    extra_hosts: [a]\n",
        "- targets: [a]\n",
    ],
)
def test_other_yaml_is_none(text: str) -> None:
    assert not is_playbook(text)


@given(st.text() | st.from_regex(r"\A(- |  )?(hosts|name): .*\n"))
def test_any_text_is_one_or_not(text: str) -> None:
    assert is_playbook(text) in (True, False)
    assert is_list(text) in (True, False)


def test_a_playbook_is_found_wherever_it_is() -> None:
    project = found({"deploy/up.yaml": PLAY, "deploy/vars/a.yml": "a: 1\n", "other/b.yml": "b: 1\n"})["deploy"]
    assert project.files == ("deploy/up.yaml", "deploy/vars/a.yml")
    assert project.playbooks == ("deploy/up.yaml",)


def test_the_topmost_folder_of_playbooks_and_roles_is_a_project() -> None:
    files = {
        "infra/ansible/playbooks/site.yml": PLAY,
        "infra/ansible/roles/app/tasks/main.yml": TASKS,
        "infra/ansible/roles/app/templates/app.conf.j2": "x",
        "infra/ansible/roles/app/molecule/default/converge.yml": PLAY,
        "infra/ansible/group_vars/all.yml": "a: 1\n",
    }
    assert list(found(files)) == ["infra/ansible"]
    assert found(files)["infra/ansible"].inputs == ("infra/ansible/roles/app/templates/app.conf.j2",)


def test_the_folder_with_ansible_cfg_is_a_project_even_in_another() -> None:
    files = {"site.yml": PLAY, "old/ansible.cfg": "[defaults]\n", "old/play/books/up.yml": PLAY, "b/c.yml": PLAY}
    assert {name: project.playbooks for name, project in found(files).items()} == {
        "": ("b/c.yml", "site.yml"),
        "old": ("old/play/books/up.yml",),
    }


def test_ansible_lints_configuration_says_from_where_it_is_run() -> None:
    files = {".ansible-lint": "skip_list: []\n", "deploy/site.yml": PLAY, "k8s/a.yml": "apiVersion: v1\n"}
    project = found(files)[""]
    assert (project.files, project.inputs, project.config) == (
        ("deploy/site.yml",),
        (".ansible-lint",),
        ".ansible-lint",
    )
    with_cfg = found({**files, "deploy/ansible.cfg": ""})["deploy"]
    assert with_cfg.config == ".ansible-lint"
    assert with_cfg.inputs == (".ansible-lint", "deploy/ansible.cfg")


def test_rules_of_the_repositorys_own_come_along() -> None:
    files = {".ansible-lint": "rulesdir: [./lint]\n", "deploy/site.yml": PLAY, "lint/mine.py": "", "other/a.py": ""}
    assert found(files)[""].inputs == (".ansible-lint", "lint/mine.py")
    assert found({**files, ".ansible-lint": "rulesdir: [\n"})[""].inputs == (".ansible-lint",)


def test_a_role_and_a_collection_are_projects_by_themselves() -> None:
    role = {"meta/main.yml": META, "tasks/main.yml": TASKS, ".github/workflows/ci.yml": "on: push\n", "README.md": "x"}
    assert found(role)[""].files == (".github/workflows/ci.yml", "meta/main.yml", "tasks/main.yml")
    collection = {
        "c/galaxy.yml": "namespace: a\nname: b\n",
        "c/plugins/modules/x.py": "",
        "c/roles/r/tasks/main.yml": TASKS,
    }
    assert "c/plugins/modules/x.py" in found(collection)["c"].files


def test_at_the_root_only_what_ansible_reads_is_taken() -> None:
    files = {
        "site.yml": PLAY,
        "docker-compose.yml": "services:\n  a:\n",
        "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\n",
        ".github/workflows/ci.yml": "on: push\n",
        ".travis.yml": "language: c\n",
        "chart/Chart.yaml": "name: a\n",
        "chart/values.yaml": "a: 1\n",
        "chart/templates/a.yaml": "{{ .Values.a }}\n",
        "src/app.py": "",
        "library/mine.py": "",
        "group_vars/all": "a: 1\n",
        "vars/a.yml": "a: 1\n",
    }
    project = found(files)[""]
    assert project.files == ("library/mine.py", "site.yml", "vars/a.yml")
    assert project.inputs == ("group_vars/all",)


@pytest.mark.parametrize(
    "files",
    [
        {"a.yml": "hosts: all\n", "compose.yaml": "services:\n"},
        {"meta/main.yml": "title: no role\n"},
        {"galaxy.yml": "stars: 3\n"},
        {"requirements.yml": "flask: 3\n"},
        {"chart/templates/roles/a/tasks/main.yml": TASKS, "chart/Chart.yaml": "name: a\n"},
    ],
)
def test_what_only_looks_like_it_is_none(files: dict[str, str]) -> None:
    assert not found(files)


def test_what_a_path_upwards_names_comes_along() -> None:
    files = {
        "a/ansible.cfg": "[defaults]\nroles_path = ../shared/roles\n",
        "a/site.yml": "- hosts: all\n  vars_files:\n    - ../secret/vars.yml\n    - ../../outside.yml\n",
        "shared/roles/x/tasks/main.yml": TASKS,
        "secret/vars.yml": "a: 1\n",
        "secret/other.yml": "a: 1\n",
    }
    project = found(files)["a"]
    assert project.files == ("a/site.yml",)
    assert project.inputs == ("a/ansible.cfg", "secret/vars.yml", "shared/roles/x/tasks/main.yml")


def test_what_is_large_or_unreadable_stays_away() -> None:
    large = File("a/files/big.tar", ansible.LARGE + 1)
    repo = Repository.of([File("a/site.yml", 9, Kind.YAML, PLAY), large, File("a/files/small", 1)])
    assert projects(repo) == (Project("a", ("a/site.yml",), ("a/files/small",), ("a/site.yml",)),)


def test_of_another_project_that_a_path_names_all_comes_along() -> None:
    files = {
        "app/ansible.cfg": "[defaults]\n",
        "app/site.yml": "- hosts: all\n  vars_files: [../common/vars.yml]\n  tasks:\n    - include_tasks: tasks/x.yml\n",
        "app/tasks/x.yml": TASKS,
        "common/vars.yml": "a: 1\n",
        "tests/ansible.cfg": "[defaults]\n",
        "tests/site.yml": "- import_playbook: ../app/site.yml\n",
    }
    project = found(files)["tests"]
    assert project.files == ("tests/site.yml",)
    assert set(project.inputs) == set(files) - {"tests/site.yml"}


def test_the_changelog_of_a_collection_is_there() -> None:
    files = {"galaxy.yml": "namespace: me\nname: mine\n", "CHANGELOG.md": "x", "README.md": "x", "src/CHANGES.md": "x"}
    assert found(files)[""].inputs == ("CHANGELOG.md",)
