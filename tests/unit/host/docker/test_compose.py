"""Which compose file is read, and, where the pinned compose is at hand, that nothing is lost on the way through it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from checks import compose as pure
from checks.config import Config
from checks.errors import ConfigError, FailedError, UsageError
from checks.host import cache
from checks.host.console import Console
from checks.host.docker import compose
from checks.host.docker.engine import Engine
from checks.host.tools import toolenv


def _put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("services: {}\n")


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["compose.yaml", "docker-compose.yml"], "compose.yaml"),
        (["compose.yml", "docker-compose.yml"], "compose.yml"),
        (["docker-compose.yml", "docker-compose.yaml"], "docker-compose.yml"),
        (["src/compose.yaml", "docker-compose.yaml"], "docker-compose.yaml"),
        (["deploy/compose.yaml", "docker/compose.yml"], "docker/compose.yml"),
    ],
)
def test_the_file_is_found_as_compose_finds_it(tmp_path: Path, there: list[str], found: str) -> None:
    _put(tmp_path, *there)
    file = tmp_path / found
    assert compose.find(tmp_path, Config()) == compose.Found(file, choosing=file.parent)


def test_the_configured_files_stand_before_all(tmp_path: Path) -> None:
    _put(tmp_path, "compose.yaml", "other/stack.yml", "other/more.yml")
    one, other = tmp_path / "other/stack.yml", tmp_path / "other/more.yml"
    assert compose.find(tmp_path, Config(compose=("other/stack.yml",))) == compose.Found(one)
    assert compose.find(tmp_path, Config(compose=("other/stack.yml", "other/more.yml"))) == compose.Found(one, (other,))
    with pytest.raises(UsageError, match=r"nosuch\.yml is not there"):
        compose.find(tmp_path, Config(compose=("compose.yaml", "nosuch.yml")))


def test_a_configured_file_that_compose_would_find_stands_for_what_it_would_read_there(tmp_path: Path) -> None:
    _put(tmp_path, "compose.yaml", "docker-compose.yml")
    found = compose.find(tmp_path, Config(compose=("compose.yaml",)))
    assert found == compose.Found(tmp_path / "compose.yaml", choosing=tmp_path)
    other = compose.find(tmp_path, Config(compose=("docker-compose.yml",)))
    assert other == compose.Found(tmp_path / "docker-compose.yml")


@pytest.mark.parametrize("line", ["COMPOSE_FILE=a/stack.yml:b.yml", "X=1\nexport COMPOSE_FILE = 'a/stack.yml' # why"])
def test_an_env_file_chooses_files_that_have_other_names(tmp_path: Path, line: str) -> None:
    _put(tmp_path, "a/stack.yml")
    (tmp_path / ".env").write_text(f"{line}\n")
    assert compose.find(tmp_path, Config()) == compose.Found(tmp_path / "a/stack.yml", choosing=tmp_path)


@pytest.mark.parametrize("there", [[], ["elsewhere/compose.yaml"], ["compose.yaml/inside"]])
def test_no_file_is_wrong_usage(tmp_path: Path, there: list[str]) -> None:
    _put(tmp_path, *there)
    with pytest.raises(UsageError, match="no compose file"):
        compose.find(tmp_path, Config())


@pytest.fixture
def program() -> str:
    found = sorted(cache.root().glob("tools/compose-*/lib/python*/site-packages/compose/docker-compose"))
    if not found:
        pytest.skip("expected: the pinned compose is not in the cache, and unit tests fetch nothing")
    return str(found[0])


def _compose(program: str, file: Path, **env: str) -> compose.Compose:
    return compose.Compose((program,), file, {"PATH": os.environ["PATH"], "HOME": "/nowhere", **env})


def _services(program: str, root: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(toolenv, "compose", lambda _: (program,))
    opened = compose.open_project(root, config, Engine("system", "unix:///x", ""), Console(quiet=True))
    return {name: item["image"] for name, item in opened.resolve()["services"].items()}


def _write(root: Path, **files: str) -> None:
    for name, image in files.items():
        (root / name.replace("__", ".")).write_text(f"services: {{web: {{image: {image}}}}}\n")


def test_what_compose_reads_by_itself_is_read(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, compose__yaml="base", compose__override__yaml="override", prod__yaml="prod")
    assert _services(program, tmp_path, Config(), monkeypatch) == {"web": "override"}
    assert _services(program, tmp_path, Config(compose=("compose.yaml",)), monkeypatch) == {"web": "override"}
    assert _services(program, tmp_path, Config(compose=("compose.yaml", "prod.yaml")), monkeypatch) == {"web": "prod"}
    (tmp_path / ".env").write_text("COMPOSE_FILE=compose.yaml:prod.yaml\n")
    assert _services(program, tmp_path, Config(), monkeypatch) == {"web": "prod"}
    assert _services(program, tmp_path, Config(compose=("compose.yaml",)), monkeypatch) == {"web": "prod"}


def test_a_shells_choice_counts_where_nothing_is_configured(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, compose__yaml="base", prod__yaml="prod")
    monkeypatch.setenv("COMPOSE_FILE", "prod.yaml")
    assert _services(program, tmp_path, Config(), monkeypatch) == {"web": "prod"}
    assert _services(program, tmp_path, Config(compose=("compose.yaml",)), monkeypatch) == {"web": "base"}


_AWKWARD = """
services:
  web:
    build: {context: ., args: [ONE=1, NONE, "PRICE=$$5"]}
    command: ["sh", "-c", "echo $$HOME $${X:-y} $$$$"]
    environment: {PASSWORD: "a$$b", EMPTY: "", TAG: "${TAG:-none}"}
    secrets: [key]
    networks: [outside, own]
    volumes: ["data:/data", "./sub:/sub"]
    ports: ["8080:80"]
  other:
    image: ${COMPOSE_PROJECT_NAME}/other
    scale: 0
networks: {outside: {external: true}, own: {}}
volumes: {data: {}}
secrets: {key: {file: ./key}}
"""


@pytest.fixture
def awkward(tmp_path: Path) -> Path:
    folder = tmp_path / "we$ird"
    folder.mkdir()
    (folder / "compose.yaml").write_text(_AWKWARD)
    return folder / "compose.yaml"


def _again(program: str, awkward: Path, body: dict[str, Any]) -> dict[str, Any]:
    file = awkward.parent / "again.json"
    file.write_text(json.dumps(body))
    return compose.Compose((program,), file, {"PATH": os.environ["PATH"], "HOME": "/nowhere"}).resolve()


def test_dollars_survive_every_reading(program: str, awkward: Path) -> None:
    first = _compose(program, awkward, TAG="1").resolve()
    assert first["services"]["web"]["command"][-1] == "echo $$HOME $${X:-y} $$$$"
    assert first["services"]["web"]["environment"] == {"EMPTY": "", "PASSWORD": "a$$b", "TAG": "1"}
    assert _again(program, awkward, first) == first


def test_a_run_is_read_as_it_was_meant(program: str, awkward: Path) -> None:
    resolved = _compose(program, awkward).resolve("checks-r1")
    plan = pure.RunPlan("checks-r1", {"checks.run": "r1"}, True, {f"{awkward.parent}/key": "/run/k$y"})
    run = _again(program, awkward, pure.for_run(resolved, plan))
    assert run["secrets"]["key"]["file"] == "/run/k$$y"
    assert run["networks"]["own"]["name"] == "checks-r1_own"
    assert run["networks"]["outside"]["name"] == "outside"
    assert run["services"]["web"]["ports"][0]["published"] == "0"
    assert run["services"]["web"]["volumes"][1]["source"] == f"{awkward.parent}/sub".replace("$", "$$")
    assert pure.expected(run) == {"web"}


def test_images_are_called_the_same_in_build_and_run(program: str, awkward: Path) -> None:
    called = _compose(program, awkward)
    built = {service.name: service.image for service in pure.services(called.resolve())}
    run = pure.with_images(called.resolve("checks-r1"), built)
    assert {name: item["image"] for name, item in run["services"].items()} == built
    assert built == {"other": "weird/other", "web": "weird-web"}


def test_a_build_is_read_with_its_real_paths(program: str, awkward: Path) -> None:
    web = pure.services(_compose(program, awkward).resolve())[1]
    assert web.build is not None
    assert web.build.context == str(awkward.parent)
    assert web.build.arguments == {"ONE": "1", "PRICE": "$5"}


def test_a_file_that_makes_no_sense_fails_with_composes_words(program: str, awkward: Path) -> None:
    awkward.write_text("services: {web: {image: a, nonsense: 1}}\n")
    with pytest.raises(FailedError, match=r"cannot read compose\.yaml") as raised:
        _compose(program, awkward).resolve()
    assert "nonsense" in " ".join(raised.value.details)


def test_a_missing_env_file_is_what_the_advice_is_about(program: str, awkward: Path) -> None:
    awkward.write_text("version: '3'\nservices: {web: {image: a, env_file: nosuch.env}}\n")
    with pytest.raises(FailedError, match=r"cannot read compose\.yaml") as raised:
        _compose(program, awkward).resolve()
    assert raised.value.advice.startswith("make that file")
    assert len(raised.value.details) == 1
    assert "nosuch.env not found" in raised.value.details[0]


def test_a_compose_that_prints_something_else_fails(awkward: Path) -> None:
    with pytest.raises(FailedError, match="is no JSON"):
        _compose("/bin/echo", awkward).resolve()


def test_versions_come_from_their_files_unless_they_are_set(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del program  # without it compose would be installed
    _put(tmp_path, "compose.yaml")
    (tmp_path / "VERSION").write_text("1.2\n")
    monkeypatch.setenv("SET", "9")
    monkeypatch.setenv("BLANK", "")
    config = Config(versions={"UNSET": "VERSION", "SET": "VERSION", "BLANK": "VERSION"})
    env = compose.open_project(tmp_path, config, Engine("system", "unix:///x", ""), Console(quiet=True)).env
    assert (env["UNSET"], env["SET"], env["BLANK"], env["DOCKER_HOST"]) == ("1.2", "9", "1.2", "unix:///x")
    with pytest.raises(ConfigError, match="nosuch"):
        compose.open_project(tmp_path, Config(versions={"A": "nosuch"}), Engine("", "", ""), Console(quiet=True))
