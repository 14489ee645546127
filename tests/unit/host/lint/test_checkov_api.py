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
PIPELINES: Mapping[str, tuple[str, str, set[str]]] = {
    "github_actions": (
        ".github/workflows/a.yml",
        'on:\n  issues: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo "${{ github.event.issue.title }}"\n',
        {"CKV_GHA_2", "CKV2_GHA_1"},
    ),
    "gitlab_ci": (
        "a/.gitlab-ci.yml",
        'a:\n  script:\n    - curl -d "$CI_JOB_TOKEN" http://localhost/x\n',
        {"CKV_GITLABCI_1"},
    ),
    "circleci_pipelines": (
        ".circleci/config.yml",
        "version: 2.1\njobs:\n  a:\n    docker:\n      - image: mongo:latest\n    steps: [checkout]\n",
        {"CKV_CIRCLECIPIPELINES_1"},
    ),
    "azure_pipelines": (
        "azure-pipelines.yml",
        "jobs:\n  - job: a\n    container: {image: 'ubuntu:latest'}\n    steps: [{bash: ls}]\n",
        {"CKV_AZUREPIPELINES_1"},
    ),
    "bitbucket_pipelines": ("bitbucket-pipelines.yml", "image: node:latest\n", {"CKV_BITBUCKETPIPELINES_1"}),
    "cloudformation": (
        "stack.yaml",
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Ref a}\n",
        {"CKV_AWS_18"},
    ),
    "terraform_json": (
        "main.tf.json",
        '{"resource": {"aws_s3_bucket": {\n  "b": {"bucket": "x", "acl": "public-read"}\n}}}\n',
        {"CKV_AWS_20", "CKV2_AWS_6"},
    ),
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
        (root / name).parent.mkdir(parents=True, exist_ok=True)
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
    reports = [report["results"] for report in (said if isinstance(said, list) else [said]) if "results" in report]
    checks = [one for report in reports for one in report["failed_checks"]]
    return {
        (one["check_id"], os.path.relpath(root / one["file_abs_path"], root), one["file_line_range"][0])
        for one in checks
    }


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


def test_it_finds_what_the_command_finds_in_pipelines_and_templates(command: tuple[str, ...], tmp_path: Path) -> None:
    root = written(tmp_path / "copy", {path: text for path, text, _ in PIPELINES.values()})
    answer = ask(command, root, tmp_path / "home", {name: [path] for name, (path, *_) in PIPELINES.items()})
    assert (answer["stage"], answer["error"], answer["unread"]) == ("end", "", [])
    assert failed(answer) == by_hand(command, root, tmp_path / "hand", *PIPELINES)
    said = {report["framework"]: {one["rule"] for one in report["failed"]} for report in answer["reports"]}
    assert all(rules <= said[name] for name, (*_, rules) in PIPELINES.items())


@pytest.mark.parametrize("framework", PIPELINES)
def test_one_framework_alone_says_the_same(framework: str, command: tuple[str, ...], tmp_path: Path) -> None:
    path, text, rules = PIPELINES[framework]
    root = written(tmp_path / "copy", {path: text, "Dockerfile": FILES["Dockerfile"]})
    answer = ask(command, root, tmp_path / "home", {framework: [path], "dockerfile": ["Dockerfile"]})
    assert failed(answer) == by_hand(command, root, tmp_path / "hand", framework, "dockerfile")
    assert rules <= {rule for rule, *_ in failed(answer)}


def test_files_that_are_no_templates_are_not_asked_about(command: tuple[str, ...], tmp_path: Path) -> None:
    root = written(tmp_path / "copy", {"a.json": '{"resources": {}}\n', "a.template": "Resources\n"})
    answer = ask(command, root, tmp_path / "home", {"cloudformation": list(map(str, root.iterdir())), "kubernetes": []})
    assert answer["frameworks"] == ["kubernetes"]


def test_pipelines_and_templates_that_it_would_pass_over_are_named(command: tuple[str, ...], tmp_path: Path) -> None:
    workflow, good, _ = PIPELINES["github_actions"]
    files = {
        "github_actions": {
            workflow: good,
            ".github/workflows/broken.yml": "on: push\njobs: {\n",
            ".github/workflows/empty.yml": "# nothing yet\n",
            ".github/workflows/out.yml": "jobs: {\n",
            ".github/workflows/lint/rules.yml": "rules: []\n",
            ".github/workflows/unknown.yml": "on: push\njobs: {}\nwhat: 1\n",
        },
        "gitlab_ci": {
            ".gitlab-ci.yml": "a:\n  script:\n    - !reference [.b, script]\n",
            "a.gitlab-ci.yml": "- a #checkov:skip=CKV_GITLABCI_1:x\n",
        },
        "cloudformation": {
            "broken.yaml": "Resources:\n  A: {\n",
            "broken.json": '{\n  "Resources": {\n',
            "twice.json": '{"Resources": {"A": {}, "A": {}}}\n',
            "nested.yaml": "a:\n  Resources: {}\n---\nb: 1\n",
            "tabs.json": '{\n\t"Resources": {\n\t}\n}\n',
            "chart.yaml": "Resources:\n{{ a }}\n",
            "stack.yaml": PIPELINES["cloudformation"][1],
        },
        "terraform_json": {
            "broken.tf.json": '{\n  "a": \n',
            "empty.tf.json": "{}",
            "fails.tf.json": '{"module": {"m": {"source": "./m", "version": {}}}}\n',
            "list.tf.json": '[{"locals": {}}]',
            "main.tf.json": PIPELINES["terraform_json"][1],
        },
    }
    config = {".checkov.yaml": "skip-path: [out.yml]\n"}
    root = written(tmp_path / "copy", {path: text for own in (*files.values(), config) for path, text in own.items()})
    asked = json.dumps({"files": {name: list(own) for name, own in files.items()}, "templates": ["chart.yaml"]})
    env = environ(tmp_path / "home")
    done = subprocess.run(command, cwd=root, env=env, input=asked, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert {one["path"]: one["line"] for one in answer["unread"]} == {
        ".github/workflows/broken.yml": 3,
        ".github/workflows/unknown.yml": 0,
        ".gitlab-ci.yml": 0,
        "a.gitlab-ci.yml": 1,
        "broken.json": 3,
        "broken.tf.json": 3,
        "broken.yaml": 3,
        "fails.tf.json": 1,
        "list.tf.json": 0,
        "twice.json": 0,
    }
    assert {path for _, path, _ in failed(answer)} == {
        workflow,
        "main.tf.json",
        "stack.yaml",
    }  # what made checkov fail costs no other


def test_a_configuration_leaves_out_frameworks_and_checks(command: tuple[str, ...], tmp_path: Path) -> None:
    config = "skip-check: [CKV2_GHA_1]\nskip-framework: [cloudformation]\n"
    files = {path: text for path, text, _ in PIPELINES.values()}
    root = written(tmp_path / "copy", {**files, ".checkov.yaml": config})
    looks = {name: [path] for name, (path, *_) in PIPELINES.items() if name in ("github_actions", "cloudformation")}
    answer = ask(command, root, tmp_path / "home", looks)
    assert answer["frameworks"] == ["github_actions"]
    assert {rule for rule, *_ in failed(answer)} == {"CKV_GHA_2"}
