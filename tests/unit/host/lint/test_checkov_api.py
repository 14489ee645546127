"""The real checkov, in its own environment: as its command, but for what it must not do."""

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

FILES: Mapping[str, str] = {
    "Dockerfile": "FROM debian:latest\n#checkov:skip=CKV_DOCKER_2:it is a tool\nADD a.txt /a\nRUN sudo ls\n",
    "main.tf": 'resource "google_storage_bucket" "a" {\n  name     = "a"\n  location = "EU"\n}\n',
    "broken.tf": 'resource "x" {\n',
    "pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: a\n      image: a:latest\n"
    ),
    "play.yml": (
        "- hosts: all\n  tasks:\n    - name: Fetch\n      ansible.builtin.get_url:\n        url: http://localhost/x\n"
        "        dest: /x\n        validate_certs: false\n"
    ),
    "a.yml": "access: AKIAIOSFODNN7" + "EXAMPLQ\n",
}
LOOKS: Mapping[str, list[str]] = {
    "ansible": ["play.yml"],
    "dockerfile": ["Dockerfile"],
    "kubernetes": ["pod.yaml"],
    "secrets": list(FILES),
    "terraform": ["broken.tf", "main.tf"],
}


@pytest.fixture(scope="module")
def command() -> tuple[str, ...]:
    try:
        found = linters.PLACES["checkov"](Console(quiet=True))
    except MissingToolError as error:
        pytest.skip(f"expected: {error}")
    assert found is not None
    return found


def written(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    return root


def environ(home: Path) -> dict[str, str]:
    home.mkdir()
    return {"HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", "PATH": os.defpath}


def ask(command: tuple[str, ...], root: Path, home: Path, files: Mapping[str, list[str]]) -> dict[str, Any]:
    asked = json.dumps({"files": files, "templates": []})
    done = subprocess.run(command, cwd=root, env=environ(home), input=asked, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def failed(answer: Mapping[str, Any]) -> set[tuple[str, str, int]]:
    return {(one["rule"], one["path"], one["line"]) for report in answer["reports"] for one in report["failed"]}


def by_hand(command: tuple[str, ...], root: Path, home: Path, *frameworks: str) -> set[tuple[str, str, int]]:
    program = str(Path(command[0]).with_name("checkov"))
    options = ["-d", ".", "--framework", *frameworks, "--skip-download", "--quiet", "--compact", "-o", "json"]
    done = subprocess.run([program, *options], cwd=root, env=environ(home), capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    checks = [
        one for report in (said if isinstance(said, list) else [said]) for one in report["results"]["failed_checks"]
    ]
    return {(one["check_id"], os.path.relpath(one["file_abs_path"], root), one["file_line_range"][0]) for one in checks}


def test_it_finds_what_the_command_finds(command: tuple[str, ...], tmp_path: Path) -> None:
    root = written(tmp_path / "copy", FILES)
    answer = ask(command, root, tmp_path / "home", LOOKS)
    assert (answer["stage"], answer["error"], sorted(answer["frameworks"])) == ("end", "", sorted(LOOKS))
    assert failed(answer) == by_hand(command, root, tmp_path / "hand", *LOOKS)
    rules = {rule for rule, _, _ in failed(answer)}
    assert {"CKV_DOCKER_4", "CKV2_DOCKER_1", "CKV_GCP_62", "CKV_K8S_14", "CKV_ANSIBLE_2", "CKV_SECRET_2"} <= rules
    assert "CKV_DOCKER_2" not in rules  # the repository says why
    assert [path for report in answer["reports"] for path in report["unread"]] == ["broken.tf"]
    assert "AKIA" not in json.dumps(answer)
    assert sorted(path.name for path in root.iterdir()) == sorted(FILES)


def test_a_dockerfile_alone_says_the_same_without_the_rest(command: tuple[str, ...], tmp_path: Path) -> None:
    root = written(tmp_path / "copy", {"Dockerfile": FILES["Dockerfile"]})
    answer = ask(command, root, tmp_path / "home", {"dockerfile": ["Dockerfile"]})
    assert failed(answer) == by_hand(command, root, tmp_path / "hand", "dockerfile")


def test_what_it_would_pass_over_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    files = {
        "deep.yaml": "apiVersion: v1\nkind: Pod\na: " + "[" * 3000 + "]" * 3000 + "\n",
        "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {\n",
        "tags.yml": "- hosts: all\n  tasks:\n    - name: x\n      shell: !vault a\n",
        "out.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {\n",
        "good.yaml": FILES["pod.yaml"],
        ".checkov.yaml": "skip-path: [out.yaml]\nskip-check: [CKV_K8S_40]\n",
    }
    manifests = ["broken.yaml", "deep.yaml", "good.yaml", "out.yaml"]
    looks = {"ansible": ["tags.yml"], "kubernetes": manifests}
    answer = ask(command, written(tmp_path / "copy", files), tmp_path / "home", looks)
    assert {one["path"]: one["line"] for one in answer["unread"]} == {"broken.yaml": 4, "deep.yaml": 1, "tags.yml": 0}
    assert {path for _, path, _ in failed(answer)} == {"good.yaml"}
    assert [one["name"] for one in answer["named"]] == ["CKV_K8S_40"]


def test_a_configuration_can_neither_fetch_nor_silence(command: tuple[str, ...], tmp_path: Path) -> None:
    config = (
        "list: true\ncreate-baseline: true\noutput: sarif\nbc-api-key: x\nrepo-id: a/b\nskip-framework: [secrets]\n"
        "external-checks-git: ['https://localhost/x.git']\ndownload-external-modules: true\n"
    )
    root = written(tmp_path / "copy", {**FILES, ".checkov.yaml": config})
    answer = ask(command, root, tmp_path / "home", LOOKS)
    assert answer["frameworks"] == ["ansible", "dockerfile", "kubernetes", "terraform"]
    assert {"CKV_DOCKER_4", "CKV_ANSIBLE_2"} <= {rule for rule, _, _ in failed(answer)}
    assert answer["elsewhere"] == [{"name": "https://localhost/x.git", "path": ".checkov.yaml", "line": 7}]
    assert sorted(path.name for path in root.iterdir()) == sorted([*FILES, ".checkov.yaml"])
