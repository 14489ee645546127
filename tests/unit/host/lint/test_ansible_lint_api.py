"""The real ansible-lint, in its own environment, on a project that has what usually hides findings."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.errors import MissingToolError
from checks.host.console import Console
from checks.host.lint import linters

PROJECT: Mapping[str, str] = {
    "ansible/ansible.cfg": (
        "[defaults]\nroles_path = ./roles\nvault_password_file = ~/nowhere\ninventory = ./environments/stage/inventory.sh\n"
    ),
    "ansible/environments/stage/inventory.sh": '#!/bin/sh\necho ran >> "$HOME/inventory-was-run"\n',
    "ansible/environments/stage/requirements.yml": (
        "---\nroles:\n  - src: geerlingguy.docker\ncollections:\n  - name: example.missing\n"
    ),
    "ansible/playbooks/broken.yml": "---\n- hosts: all\n  tasks: [\n",
    "ansible/playbooks/site.yml": (
        "---\n- name: Install\n  hosts: all\n  vars_files:\n    - ../group_vars/all/vault.yml\n  roles:\n"
        "    - geerlingguy.docker\n    - my-app\n  tasks:\n    - example.missing.thing:\n        name: x\n"
        "    - shell: echo x\n"
    ),
    "ansible/roles/my-app/meta/main.yml": (
        "---\ngalaxy_info:\n  author: me\n  description: App\n  license: MIT\n  min_ansible_version: 2.9\ndependencies: []\n"
    ),
    "ansible/roles/my-app/tasks/main.yml": (
        "---\n- name: Start\n  docker_container:\n    name: app\n    privileged: no\n    published_ports: 80\n"
    ),
    "ansible/group_vars/all/vault.yml": (
        "$ANSIBLE_VAULT;1.1;AES256\n"
        "63373735383031313232633039313865653163373632636233623439316239613061303562343838\n"
        "3662373034636333363739373335353835363035633230340a316161333261356330393538306430\n"
        "33636430353435366338613830623565363637633336663165653239386262383061396438653236\n"
        "6262663133396334360a363361373961356236613165393833353365323766366231653365666363\n"
        "3538\n"
    ),
}
Place = tuple[str, str, int]


@pytest.fixture(scope="module")
def command() -> tuple[str, ...]:
    try:
        found = linters.PLACES["ansible-lint"](Console(quiet=True))
    except MissingToolError as error:
        pytest.skip(f"expected: {error}")
    assert found is not None
    return found


def written(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        (root / name).chmod(0o755 if name.endswith(".sh") else 0o644)
    return root


def ask(command: tuple[str, ...], root: Path, home: Path, **question: object) -> dict[str, Any]:
    home.mkdir(exist_ok=True)
    env = {"HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", "PATH": os.defpath}
    asked = json.dumps({"project": "ansible", "config": "", **question})
    done = subprocess.run(command, cwd=root, env=env, input=asked, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def places(answer: Mapping[str, Any]) -> set[Place]:
    return {(one["rule"], one["path"], one["line"]) for one in answer["matches"]}


def test_what_is_missing_encrypted_or_dynamic_hides_nothing(command: tuple[str, ...], tmp_path: Path) -> None:
    answer = ask(command, written(tmp_path / "copy", PROJECT), tmp_path / "home")
    assert (answer["stage"], answer["code"]) == ("end", 2)
    site = "ansible/playbooks/site.yml"
    assert {
        ("syntax-check[specific]", site, 7),  # a role that is not vendored …
        ("syntax-check[unknown-module]", site, 10),  # … hides neither a module of a collection that is not there …
        ("command-instead-of-shell", site, 12),  # … nor what the rules say of the rest
        ("load-failure[yaml]", "ansible/playbooks/broken.yml", 4),
        ("fqcn[action]", "ansible/roles/my-app/tasks/main.yml", 3),  # community.docker is there
        ("role-name", "ansible/roles/my-app", 1),
    } <= places(answer)
    assert not [one for one in answer["matches"] if one["rule"] == "internal-error"]  # of the vault, nor its password
    assert not (tmp_path / "home/inventory-was-run").exists()
    assert str(tmp_path) not in json.dumps(answer["matches"])


def test_a_role_is_found_by_its_own_name_and_odd_names_are_no_trouble(command: tuple[str, ...], tmp_path: Path) -> None:
    files = {
        "meta/main.yml": "---\ngalaxy_info:\n  namespace: me\n  role_name: mine\n  author: me\n",
        "tasks/main.yml": "---\n- name: Say\n  ansible.builtin.debug:\n    msg: x\n",
        "tests/a b/-x.yml": "---\n- name: X\n  hosts: all\n  roles:\n    - me.mine\n    - nobody.nothing\n",
        ".ansible-lint": "skip_list:\n  - schema\n  - nope\n",
    }
    answer = ask(command, written(tmp_path / "copy", files), tmp_path / "home", project=".", config=".ansible-lint")
    assert places(answer) & {("syntax-check[specific]", "tests/a b/-x.yml", line) for line in (5, 6)} == {
        ("syntax-check[specific]", "tests/a b/-x.yml", 6)
    }
    assert answer["named"] == [{"name": "nope", "path": ".ansible-lint", "line": 3}]


def test_fixing_writes_what_it_corrects_and_nothing_else(command: tuple[str, ...], tmp_path: Path) -> None:
    copy = written(tmp_path / "copy", {**PROJECT, "ansible/k8s.yml": "a:   [1,2]\n"})
    files = [name for name in PROJECT if "broken" not in name]
    answer = ask(command, copy, tmp_path / "home", fix=True, files=files)
    assert answer["stage"] == "end"
    assert "ansible.builtin.command: echo x" in (copy / "ansible/playbooks/site.yml").read_text()
    same = (
        "ansible/k8s.yml",
        "ansible/group_vars/all/vault.yml",
        "ansible/playbooks/broken.yml",
        "ansible/ansible.cfg",
    )
    assert [(copy / name).read_text() for name in same] == ["a:   [1,2]\n", *(PROJECT[name] for name in same[1:])]
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()} == {
        *PROJECT,
        "ansible/k8s.yml",
    }


def test_what_lies_beside_the_project_is_named_from_the_root(command: tuple[str, ...], tmp_path: Path) -> None:
    files = {
        "app/site.yml": "---\n- name: App\n  hosts: all\n  tasks:\n    - shell: echo x\n",
        "tests/site.yml": "---\n- import_playbook: ../app/site.yml\n",
    }
    home = tmp_path / "home"
    root = written(home / "copy", files)  # as in a job: the copy is in its home
    answer = ask(command, root, home, project="tests")
    assert ("command-instead-of-shell", "app/site.yml", 5) in places(answer)
    assert not [one for one in answer["matches"] if "~" in one["path"] + one["message"]]


CONFIGURED = """[defaults]
ask_pass = True
ask_vault_pass = True
strategy = mitogen_linear
stdout_callback = yaml
log_path = {0}/log
local_tmp = {0}/tmp
fact_caching = jsonfile
fact_caching_connection = {0}/facts
[inventory]
enable_plugins = community.general.yc_compute
cache = yes
cache_plugin = redis
[privilege_escalation]
become_ask_pass = True
"""


def test_whatever_a_configuration_says_playbooks_are_linted_and_nothing_is_written_there(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    playbook = "---\n- name: Say\n  hosts: all\n  tasks:\n    - shell: echo x\n"
    files = {"ansible/ansible.cfg": CONFIGURED.format(elsewhere), "ansible/site.yml": playbook}
    root = written(tmp_path / "repository", files)
    answer = ask(command, root, tmp_path / "home", files=list(files))
    assert ("fqcn[action-core]", "ansible/site.yml", 5) in places(answer)
    assert not [rule for rule, _, _ in places(answer) if rule.startswith(("internal-error", "syntax-check"))]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("text", ["nonsense", "[defaults]\nforks = many\n", "[a]\n[a]\n"])
def test_an_ansible_cfg_that_cannot_be_read_is_told_and_the_rest_is_linted(
    command: tuple[str, ...], tmp_path: Path, text: str
) -> None:
    playbook = "---\n- name: Say\n  hosts: all\n  tasks:\n    - shell: echo x\n"
    root = written(tmp_path / "repository", {"ansible/ansible.cfg": text, "ansible/site.yml": playbook})
    answer = ask(command, root, tmp_path / "home")
    assert answer["stage"] == "end"
    assert "ansible/ansible.cfg" in answer["mistake"]
    assert str(tmp_path) not in answer["mistake"]
    assert ("fqcn[action-core]", "ansible/site.yml", 5) in places(answer)


def test_what_is_linted_with_another_project_is_only_read(command: tuple[str, ...], tmp_path: Path) -> None:
    play = "---\n- name: Say\n  hosts: all\n  tasks:\n    - shell: echo x\n"
    files = {
        "ansible/site.yml": f"{play}- name: More\n  ansible.builtin.import_playbook: deep/other.yml\n",
        "ansible/deep/other.yml": play,
    }
    root = written(tmp_path / "repository", files)
    one = ask(command, root, tmp_path / "home", files=list(files), others=["ansible/deep/other.yml"])
    assert ("fqcn[action-core]", "ansible/site.yml", 5) in places(one)
    assert {path for _, path, _ in places(one)} == {"ansible/site.yml"}
    assert one["files"] == ["ansible/site.yml"]


PLAY = "---\n- name: Play\n  hosts: all\n"
NAMING: Mapping[str, tuple[str, int]] = {
    "---\n- name: Run nope.yml\n  ansible.builtin.include_tasks: nope.yml\n": ("roles/a/tasks/main.yml", 3),
    "---\n- name: X\n  ansible.builtin.include_tasks:\n    file: sub/nope.yml\n": ("roles/a/tasks/main.yml", 4),
    "---\n- name: X\n  block:\n    - include_tasks: nope.yml tags=x\n": ("roles/a/tasks/main.yml", 4),
    "---\n- name: X\n  ansible.builtin.import_tasks: nope.yml\n": ("roles/a/handlers/main.yml", 3),
    f"{PLAY}  tasks:\n    - ansible.builtin.import_tasks: ../sub/nope.yml\n": ("plays/site.yml", 5),
    f"{PLAY}  tasks:\n    - import_tasks: '{{{{ playbook_dir }}}}/nope.yml'\n": ("plays/site.yml", 5),
    "---\n- name: Other\n  ansible.builtin.import_playbook: nope.yml\n": ("plays/site.yml", 3),
}


@pytest.mark.parametrize(("text", "place"), NAMING.items())
def test_a_missing_file_is_told_at_the_line_that_names_it(
    command: tuple[str, ...], tmp_path: Path, text: str, place: tuple[str, int]
) -> None:
    path, line = place
    root = written(tmp_path / "copy", {f"ansible/{path}": text, "ansible/z/tasks/main.yml": "---\n# nope.yml\n"})
    answer = ask(command, root, tmp_path / "home")
    told = [one for one in answer["matches"] if one["rule"].startswith(("load-failure", "internal-error"))]
    assert {(one["path"], one["line"]) for one in told} == {(f"ansible/{path}", line)}
    assert all("nope.yml" in one["message"] and str(tmp_path) not in one["message"] for one in told)


def test_a_missing_file_is_told_of_all_who_name_it_and_not_of_a_file_of_that_name(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    files = {
        "ansible/site.yml": f"{PLAY}  roles:\n    - a\n    - d\n",
        "ansible/roles/a/tasks/main.yml": "---\n- name: X\n  ansible.builtin.include_tasks: nope.yml\n",
        "ansible/roles/b/tasks/main.yml": "---\n\n- name: X\n  ansible.builtin.include_tasks: nope.yml\n",
        "ansible/roles/c/tasks/main.yml": "---\n- name: X\n  ansible.builtin.include_tasks: nope.yml\n",
        "ansible/roles/c/tasks/nope.yml": "---\n- name: Say\n  ansible.builtin.debug:\n    msg: x\n",
        "ansible/roles/d/tasks/main.yml": "---\n- name: X\n  ansible.builtin.import_tasks: absent.yml\n",
    }
    answer = ask(command, written(tmp_path / "copy", files), tmp_path / "home")
    where = {place for place in places(answer) if place[0].startswith(("load-failure", "internal-error"))}
    assert where == {
        ("load-failure[filenotfounderror]", "ansible/roles/a/tasks/main.yml", 3),
        ("load-failure[filenotfounderror]", "ansible/roles/b/tasks/main.yml", 4),
        ("load-failure[filenotfounderror]", "ansible/roles/d/tasks/main.yml", 3),
        ("internal-error", "ansible/roles/d/tasks/main.yml", 3),
    }


def test_a_missing_file_that_nothing_names_is_told_at_a_file_that_is_there(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    tasks = '---\n- name: X\n  ansible.builtin.include_tasks: "no\\x70e.yml"\n'
    files = {"ansible/a.yml": "---\na: 1\n", "ansible/roles/a/tasks/main.yml": tasks}
    answer = ask(command, written(tmp_path / "copy", files), tmp_path / "home")
    told = [one for one in answer["matches"] if one["rule"].startswith("load-failure")]
    assert [(one["path"], one["line"]) for one in told] == [("ansible/roles/a/tasks/main.yml", 1)]
    assert "nope.yml" in told[0]["message"]
