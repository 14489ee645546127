"""What checkov looks into, and what of it belongs together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint.checkov_units import LARGE, frameworks, units
from checks.model import Unit
from checks.repository import File, Kind, Repository, Trouble, kind_of


def repository(files: dict[str, str]) -> Repository:
    kinds = {path: kind_of(path, text.encode(), files) for path, text in files.items()}
    return Repository.of(
        File(path, len(text), kinds[path], text if kinds[path] else None) for path, text in files.items()
    )


def grouped(files: dict[str, str]) -> set[tuple[str, ...]]:
    return {unit.files for unit in units(repository(files))}


def looks(path: str, text: str = "") -> frozenset[str]:
    return frameworks(File(path, len(text), kind_of(path, b""), text))


def test_dockerfiles_are_units_by_themselves() -> None:
    assert grouped({"Dockerfile": "", "a/prod.Dockerfile": "", "Containerfile": ""}) == {
        ("Dockerfile",),
        ("a/prod.Dockerfile",),
    }


def test_terraform_is_one_with_the_modules_that_it_calls() -> None:
    call = 'module "a" {\n  source = "%s"\n}\n'
    files = {
        "stage/main.tf": call % "../modules/vm",
        "prod/main.tf": call % "../modules/vm",
        "modules/vm/main.tf": call % "./disk",
        "modules/vm/disk/main.tf": "",
        "alone/main.tf": call % "hashicorp/consul/aws",
        "alone/variables.tf": call % "../gone",
        "stage/terraform.tfvars": "a = 1\n",
        "elsewhere/terraform.tfvars": "a = 1\n",
    }
    assert set(units(repository(files))) == {
        Unit(
            ("modules/vm/disk/main.tf", "modules/vm/main.tf", "prod/main.tf", "stage/main.tf"),
            ("stage/terraform.tfvars",),
        ),
        Unit(("alone/main.tf", "alone/variables.tf")),
    }


def test_a_module_at_the_root_is_found_from_below() -> None:
    files = {"main.tf": "", "examples/a/main.tf": 'module "a" {\n  source = "../../"\n}\n'}
    assert grouped(files) == {("examples/a/main.tf", "main.tf")}


def test_all_manifests_are_one_unit() -> None:
    manifest = "apiVersion: v1\nkind: Pod\n"
    files = {"a/pod.yaml": manifest, "b/policy.yml": manifest, "c/compose.yaml": "services: {}\n"}
    assert grouped(files) == {("a/pod.yaml", "b/policy.yml"), ("c/compose.yaml",)}


def test_a_template_of_helms_may_be_a_manifest() -> None:
    files = {"c/Chart.yaml": "apiVersion: v2\nname: a\n", "c/templates/a.yaml": "{{ .Values.a }}"}
    assert grouped(files) == {("c/Chart.yaml",), ("c/templates/a.yaml",)}


def test_each_file_has_its_frameworks() -> None:
    assert looks("a.tf") == {"terraform", "secrets"}
    assert looks("a.json") == {"kubernetes", "secrets"}
    assert looks("a.yml", "- hosts: all\n  tasks:\n    - name: x\n") == {"ansible", "secrets"}
    assert looks("a.yml", "a:\n  - name: x\n") == {"secrets"}
    assert looks("package-lock.json") == {"kubernetes"}
    assert looks("a.py") == frozenset()
    assert looks("x.Dockerfile") == {"dockerfile", "secrets"}
    assert looks("Dockerfile.dockerignore") == frozenset()


@pytest.mark.parametrize(
    ("framework", "paths", "others"),
    [
        (
            "github_actions",
            (".github/workflows/a.yml", "a/.github/workflows/b/c.yaml", "x.github/workflows/a.yml"),
            (".github/a.yml", ".github/workflows/.a.yml", "workflows/a.yml", ".a/.github/workflows/a.yml"),
        ),
        (
            "gitlab_ci",
            (".gitlab-ci.yml", "a/.gitlab-ci.yaml", "ci/build.gitlab-ci.yml"),
            (".gitlab/a.gitlab-ci.yml", ".a.gitlab-ci.yml", "gitlab-ci.yml"),
        ),
        (
            "circleci_pipelines",
            (".circleci/config.yml", "a/.circleci/my-config.yaml", "circleci/a/config.yml"),
            (".circleci/a.yml", "config.yml", ".circleci/.config.yml"),
        ),
        (
            "azure_pipelines",
            ("azure-pipelines.yml", "ci/release-azure-pipelines.yaml"),
            (".azure/azure-pipelines.yml", "azure-pipelines/a.yml"),
        ),
        (
            "bitbucket_pipelines",
            ("bitbucket-pipelines.yml", "a/bitbucket-pipelines.yaml"),
            (".bitbucket-pipelines.yml", "bitbucket-pipelines.json"),
        ),
    ],
)
def test_pipelines_are_taken_by_their_paths(framework: str, paths: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert all(framework in looks(path, "a: 1\n") for path in paths)
    assert not any(framework in looks(path, "a: 1\n") for path in others)
    assert looks(paths[0], "a: 1\n") <= {framework, "secrets"}


def test_of_hidden_files_only_pipelines_and_terraforms_json_are_read() -> None:
    files = {
        ".github/workflows/a.yml": "- hosts: all\n  tasks:\n    - name: x\n",
        ".github/dependabot.yml": "version: 2\n",
        ".a/main.tf.json": "{}",
        ".a/main.tf": "",
        ".a/pod.yaml": "apiVersion: v1\nkind: Pod\n",
    }
    assert grouped(files) == {(".github/workflows/a.yml",), (".a/main.tf.json",)}
    assert looks(".github/workflows/a.yml", files[".github/workflows/a.yml"]) == {"github_actions"}


def test_all_of_terraforms_json_is_one_unit() -> None:
    files = {"a/main.tf.json": "{}", "b/main.tf.json": "{}", "b/main.tf": ""}
    assert set(units(repository(files))) == {
        Unit(("a/main.tf.json", "b/main.tf.json")),
        Unit(("b/main.tf",), ("b/main.tf.json",)),
    }
    assert "terraform_json" in looks("a/main.tf.json")


def test_templates_of_cloudformation_are_taken_by_what_they_say() -> None:
    assert looks("a.yml", "Resources:\n  A:\n") == {"cloudformation", "secrets"}
    assert looks("a.yml", "{Parameters: {}, Resources: {}}\n") == {"cloudformation", "secrets"}
    assert looks("a.yml", "resources: {}\n# Resources\n") == {"secrets"}
    assert frameworks(File("a.json", 1)) >= {"cloudformation"}  # what it says is not known yet
    assert frameworks(File("a.template", 1)) == {"cloudformation", "secrets"}


def test_what_a_template_includes_is_read_too() -> None:
    text = "Resources:\n  A:\n    - ${file(../parts/a.yml)}\n    - ${file(gone.yml)}\n"
    assert Unit(("stacks/a.yml",), ("parts/a.yml",)) in units(
        repository({"stacks/a.yml": text, "parts/a.yml": "a: 1\n"})
    )


def test_hidden_large_linked_and_unreadable_files_are_left_out() -> None:
    files = [
        File(".github/a.yml", 1, Kind.YAML, "a: 1\n"),
        File("a/.b.yml", 1, Kind.YAML, "a: 1\n"),
        File("big.json", LARGE + 1),
        File("link.json", 1, target="other.json"),
        File("gone.yml", kind=Kind.YAML, trouble=Trouble.UNREADABLE),
        File("a\udce9.json", 1),
    ]
    assert not units(Repository.of(files))


def test_every_unit_reads_the_configuration_and_what_it_names() -> None:
    config = "external-checks-dir:\n  - ./policies\nbaseline: .base\nvar-file: [a.tfvars]\n"
    files = {".checkov.yaml": config, "policies/mine.py": "", ".base": "{}", "Dockerfile": "", "src/a.py": ""}
    assert units(repository(files)) == (Unit(("Dockerfile",), (".checkov.yaml", ".base", "policies/mine.py")),)
    assert units(repository({**files, ".checkov.yaml": "a: [\n"})) == (Unit(("Dockerfile",), (".checkov.yaml",)),)


@given(
    st.dictionaries(
        st.sampled_from(
            (
                *("a.tf", "b/c.tf", "d.yaml", ".checkov.yaml", "e.json", "Dockerfile", "b/x.tfvars"),
                *("b/m.tf.json", ".github/workflows/a.yml", ".gitlab-ci.yml"),
            )
        ),
        st.text(),
    )
)
def test_each_file_is_in_one_unit_at_most(files: dict[str, str]) -> None:
    seen = [path for unit in units(repository(files)) for path in unit.files]
    assert len(seen) == len(set(seen))
