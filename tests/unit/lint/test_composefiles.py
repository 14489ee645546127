from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import composefiles, composeprojects
from checks.lint.composefiles import Document
from checks.lint.composeprojects import Missing, Project
from tests.unit.lint.repositories import repository

WEB = "services:\n  web:\n    image: x\n"
PLAY = "- name: Start it\n  community.docker.docker_compose_v2:\n    project_src: x\n"
MANIFEST = "apiVersion: v1\nkind: Service\nspec: {}\n"


def is_compose(path: str, text: str) -> bool:
    return bool(composefiles.found(repository({path: text})))


@pytest.mark.parametrize(
    "path",
    [
        "compose.yaml",
        "a/docker-compose.yml",
        "Docker-Compose.YML",
        "docker-compose.prod.yml",
        "docker-compose-prod.yaml",
    ]
    + [
        "compose.override.yml",
        "docker-compose_test.yml",
        "compose-dev.yaml",
        "web-compose.yml",
        "prod.docker-compose.yaml",
    ]
    + ["deploy/app.yml", "templates/compose.yml", "docker-stack.yml", "stack.prod.yml", "docker-swarm.yml"],
)
def test_compose_files_are_known_by_name_or_content(path: str) -> None:
    assert is_compose(path, WEB)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", ""),
        ("compose.yaml", "- a\n"),
        ("compose.yaml", "services: [\n"),
        ("docker-compose.yml", "web:\n  image: x\n"),
        ("docker-compose.override.yml", "services:\n  a: {command: x}\n"),
        ("compose.yaml", "include: [a.yaml]\n"),
        ("app.yml", "x-base: &b {}\nname: a\nservices:\n  a:\n    <<: *b\n    build: .\n"),
        ("app.yml", '"services":\n  a:\n    image: x\n'),
    ],
)
def test_a_name_is_enough_and_mistakes_are_compose_s(path: str, text: str) -> None:
    assert is_compose(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("roles/web/tasks/docker-compose.yml", PLAY),
        ("k8s/compose.yaml", MANIFEST),
        ("service.yaml", MANIFEST),
        ("compose_config.yml", "a: 1\n"),
        ("rancher-compose.yml", "version: '2'\nservices:\n  web:\n    scale: 2\n"),
        ("codeship-services.yml", WEB),
        ("openapi.yaml", "openapi: 3.0.0\nservices:\n  web: {image: x}\n"),
        ("services.yaml", "services:\n  _defaults: {autowire: true}\n  App\\Mailer: {arguments: [build]}\n"),
        (".gitlab-ci.yml", "image: x\nservices:\n  - docker:dind\n"),
        (".travis.yml", "services:\n  - docker\nscript: docker build .\n"),
        ("kong.yml", "services:\n- name: a\n  image: b\n"),
        ("config.yml", "services:\n  web:\n    url: image\n"),
        ("roles/x/templates/compose.yml", "services:\n  web:\n    image: {{ image }}\n"),
        ("compose.yml", "services:\n{% for s in all %}\n  web: {image: x}\n{% endfor %}\n"),
        ("{{cookiecutter.name}}/compose.yml", WEB),
        ("charts/web/values.yaml", WEB),
        ("group_vars/all.yml", WEB),
        ("broken.yml", "services:\n  image: [\n"),
    ],
)
def test_what_is_another_program_s_is_left_alone(path: str, text: str) -> None:
    assert not is_compose(path, text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (WEB, True),
        ("services:\n  a: {command: x}\n", False),
        ("services:\n  a: {extends: {file: b.yml, service: c}}\n", True),
        ("services:\n  a: {provider: {type: x}}\n", True),
        ("services:\n  a: {image: x, networks: [n]}\n", False),
        ("services:\n  a: {image: x, networks: [default]}\n", True),
        ("services:\n  a: {image: x, networks: {n: {}}}\nnetworks: {n: }\n", True),
        ("services:\n  a: {image: x, volumes: [data:/x, ./b:/b, /c:/c, '~/d:/d', '${E}:/e', /f]}\n", False),
        ("services:\n  a: {image: x, volumes: [data:/x, ./b:/b, '${E}:/e']}\nvolumes: {data: }\n", True),
        ("services:\n  a: {image: x, volumes: [{type: volume, source: v, target: /x}]}\n", False),
        ("services:\n  a: {image: x, volumes: [{type: bind, source: v, target: /x}]}\n", True),
        ("services:\n  a: {image: x, secrets: [s]}\n", False),
        ("services:\n  a: {image: x, configs: [{source: s}]}\nconfigs: {s: {file: x}}\n", True),
        ("services:\n  a: {image: x, depends_on: [b]}\n", False),
        ("services:\n  a: {image: x, depends_on: {b: {}}}\n  b: {build: .}\n", True),
        ("include: [b.yml]\nservices:\n  a: {image: x, depends_on: [b]}\n", True),
        ("networks: {n: }\n", False),
        ("services: [\n", False),
    ],
)
def test_a_file_that_lacks_what_it_names_only_adds_to_another(text: str, *, whole: bool) -> None:
    assert composefiles.is_whole(Document(text)) is whole


def projects(files: dict[str, str]) -> dict[tuple[str, ...], Project]:
    return {one.files: one for one in composeprojects.projects(repository(files))}


def test_files_are_merged_as_compose_and_people_merge_them() -> None:
    part = "services:\n  web: {ports: ['80:80']}\n"
    files = {
        "docker-compose.yml": WEB,
        "docker-compose.override.yml": part,
        "docker-compose.prod.yml": part,
        "docker-compose.tools.yml": "services:\n  tools: {image: y}\n",
        "docker-compose.lost.yml": "services:\n  lost: {ports: ['80:80']}\n",
        "docker-compose.nowhere.yml": "services:\n  tools: {image: y, networks: [nowhere]}\n",
        "a/compose.yaml": WEB,
        "a/compose.yml": WEB,
        "b/compose.part.yml": part,
    }
    found = projects(files)
    assert set(found) == {
        ("docker-compose.yml", "docker-compose.override.yml"),
        ("docker-compose.yml", "docker-compose.prod.yml"),
        ("docker-compose.tools.yml",),
        ("docker-compose.nowhere.yml",),
        ("a/compose.yaml",),
        ("a/compose.yml",),
    }
    base = ("docker-compose.yml", "docker-compose.override.yml")
    assert found[base].about == base
    assert found["docker-compose.yml", "docker-compose.prod.yml"].about == ("docker-compose.prod.yml",)


def test_what_is_included_is_asked_about_with_what_includes_it() -> None:
    files = {"compose.yaml": "include:\n  - path: [db/compose.yaml]\n" + WEB, "db/compose.yaml": WEB, "db/.env": ""}
    found = projects(files)
    assert set(found) == {("compose.yaml",)}
    assert found[("compose.yaml",)].inputs == ("compose.yaml", "db/compose.yaml", "db/.env")


@pytest.mark.parametrize(
    ("beside", "env_file", "chosen"),
    [
        ([".env", ".env.example"], "", True),
        ([".env.example"], "src/.env.example", True),
        (["example.env"], "src/example.env", True),
        (["env.dist"], "src/env.dist", True),
        ([".env.prod"], "", False),
        ([], "", False),
    ],
)
def test_values_come_from_env_else_from_an_example(beside: list[str], env_file: str, *, chosen: bool) -> None:
    (one,) = projects({"src/compose.yaml": WEB, **{f"src/{name}": "A=1\n" for name in beside}}).values()
    assert (one.env_file, one.chosen) == (env_file, chosen)


def test_env_files_that_are_missing_are_left_out_of_all_services_that_name_them() -> None:
    text = (
        "services:\n  a:\n    image: x\n    env_file:\n      - no.env\n      - {path: yes.env, format: raw}\n"
        "      - ${X}.env\n  b:\n    image: x\n    env_file: no.env\n  c:\n    image: x\n    env_file: yes.env\n"
    )
    (one,) = projects({"compose.yaml": text, "yes.env": "", "no.env.sample": ""}).values()
    assert one.missing == (
        Missing("no.env", "compose.yaml", 5, example=True),
        Missing("no.env", "compose.yaml", 10, example=True),
    )
    assert one.overlay == (
        'services:\n  "a": {env_file: !override [{"path": "yes.env", "format": "raw"}, "${X}.env"]}\n'
        '  "b": {env_file: !reset []}\n'
    )


def test_what_leads_nowhere_or_in_a_circle_ends() -> None:
    circle = "services:\n  a:\n    extends: {file: compose.yaml, service: a}\n    env_file: [x.env]\ninclude: [compose.yaml]\n"
    assert composeprojects.reached(repository({"compose.yaml": circle}), ["compose.yaml"]) == ()
    assert projects({"compose.yaml": circle.replace("include: [compose.yaml]\n", "")})


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_text_makes_projects(text: str) -> None:
    for path in ("compose.yaml", "app.yml", "compose.override.yaml"):
        files = repository({path: f"services:\n  a: {{image: x}}\n{text}", "docker-compose.yml": text})
        composeprojects.projects(files)
