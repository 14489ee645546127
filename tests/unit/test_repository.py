from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.repository import File, Kind, Repository, Trouble, kind_of, matches, split_lines, understand


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile",
        "a/dockerfile",
        "Dockerfile.prod",
        "Dockerfile-dev",
        "Dockerfile_x",
        "ui.Dockerfile",
        "a.dockerfile",
        "Containerfile",
        "Containerfile.arm64",
        "x.containerfile",
        "Dockerfile.alpine3.20",
    ],
)
def test_dockerfiles_have_many_names(path: str) -> None:
    assert kind_of(path, b"") is Kind.DOCKERFILE


@pytest.mark.parametrize(
    "path", ["Dockerfile.j2", "Dockerfile.md", "Dockerfile.dockerignore", "MyDockerfiles", "x.txt"]
)
def test_what_only_sounds_like_a_dockerfile(path: str) -> None:
    assert kind_of(path, b"") is None


@pytest.mark.parametrize(
    "head",
    [
        "#!/bin/sh",
        "#! /bin/bash -e",
        "#!/usr/bin/env bash",
        "#!/usr/bin/env -S bash -eu",
        "#!/usr/bin/env -iS sh -x",
        "#!/usr/bin/env -S A=1 dash",
        "#!/bin/busybox sh",
        "#!/usr/bin/ksh\r",
        "\ufeff#!/bin/sh",
        "#!/usr/bin/env --split-string=bash -e",
        "#!sh",
    ],
)
def test_scripts_are_known_by_their_first_line(head: str) -> None:
    assert kind_of("run", f"{head}\necho\n".encode()) is Kind.SHELL


@pytest.mark.parametrize("head", ["#!/bin/zsh", "#!/usr/bin/env python3", "#!/usr/bin/env -S fish", "echo", "", "#!"])
def test_other_first_lines_are_no_shell(head: str) -> None:
    assert kind_of("run", head.encode()) is None


def test_the_first_line_outweighs_the_name() -> None:
    assert kind_of("a.sh", b"#!/bin/zsh\n") is None
    assert kind_of("a.sh", b"echo\n") is Kind.SHELL
    assert kind_of("a.sh.j2", b"#!/bin/sh\n") is None


def test_helm_templates_are_not_yaml() -> None:
    chart = {"charts/ui/Chart.yaml", "charts/ui/templates/a.yaml"}
    assert kind_of("charts/ui/templates/a.yaml", b"", chart) is None
    assert kind_of("charts/ui/Chart.yaml", b"", chart) is Kind.YAML
    assert kind_of("roles/templates/a.yaml", b"", chart) is Kind.YAML
    assert understand("x/templates/a.yml", Kind.YAML, b"a: {{ .Values.b }}\n").kind is None


def test_vendored_and_excluded_files_are_left_out() -> None:
    names = [
        "a.yml",
        "node_modules/b.yml",
        "vendor/c.yml",
        "vendor/modules.txt",
        "src/vendor/d.yml",
        "gen/e.yml",
        "f.x.yml",
    ]
    repository = Repository.of([File(path, kind=Kind.YAML) for path in names], ["gen", "*.x.yml"])
    assert [file.path for file in repository.files] == ["a.yml", "src/vendor/d.yml"]


def test_a_link_is_linted_once_and_under_its_own_kind() -> None:
    real, link = File("a.sh", kind=Kind.SHELL), File("b.sh", kind=Kind.SHELL, target="a.sh")
    other = File("Dockerfile", kind=Kind.DOCKERFILE, target="base")
    assert [file.path for file in Repository.of([real, link, other, File("base")]).files] == [
        "Dockerfile",
        "a.sh",
        "base",
    ]


def test_text_that_is_no_text_is_trouble() -> None:
    assert understand("a.sh", Kind.SHELL, b"caf\xe9").trouble is Trouble.NOT_UTF8
    assert understand("a.sh", Kind.SHELL, b"\xff\0\1").trouble is Trouble.BINARY
    assert understand("a.sh", Kind.SHELL, b"a\0").trouble is Trouble.BINARY
    assert understand("a.yml", Kind.YAML, "a: ä".encode("utf-16")).text == "a: ä"


def test_what_is_not_utf8_is_given_only_to_tools_that_take_it() -> None:
    repository = Repository.of([understand("a.sh", Kind.SHELL, b"caf\xe9")])
    assert len(repository.of_kind(Kind.SHELL)) == 1
    assert not repository.of_kind(Kind.SHELL, utf8=True)
    assert len(repository.troubled) == 1


def test_lines_are_counted_as_linters_count() -> None:
    assert split_lines("a\r\nb\x0cc\rd") == ("a", "b\x0cc", "d")


def test_globs_cross_folders() -> None:
    assert matches("a/b/c.yml", "a/*")
    assert matches("a/b/c.yml", "a/b")
    assert not matches("ab/c.yml", "a")


@given(st.text(), st.binary(max_size=300))
def test_any_name_and_content_has_an_answer(path: str, data: bytes) -> None:
    kind = kind_of(path, data)
    if kind is not None:
        understand(path, kind, data)


def test_what_checks_itself_writes_is_not_linted() -> None:
    paths = ["reports/lint.json", "reports/evidence/x/compose.yaml", "reports/junit/a.xml", "reports/quarterly.yml"]
    assert [file.path for file in Repository.of([File(path) for path in paths]).files] == ["reports/quarterly.yml"]


@pytest.mark.parametrize("path", [".env", ".env.production", ".env_local", "stage/app.env", ".env.example", ".ENV"])
def test_an_environment_file_is_known_by_its_name(path: str) -> None:
    assert kind_of(path, b"") is Kind.VARIABLES


@pytest.mark.parametrize("path", ["env", "env.py", ".env.md", ".environment", ".env.sh", "a.envrc", ".env.d.ts"])
def test_what_only_looks_like_one_is_none(path: str) -> None:
    assert kind_of(path, b"") is not Kind.VARIABLES
