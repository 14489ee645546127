"""A stranger's compose file as compose resolves it (tests/data/compose), and what a run makes of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import compose
from checks.compose import RunPlan

FOLDER = "/srv/repo/we$ird"
LABELS = {"checks.run": "r1", "checks.owner": "o", "checks.expires": "1"}


@pytest.fixture(scope="session")
def _captured() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parents[1] / "data/compose/strangers.json").read_text()))


@pytest.fixture
def resolved(_captured: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(_captured)


def build_of(resolved: dict[str, Any], name: str) -> compose.Build:
    build = next(service.build for service in compose.services(resolved) if service.name == name)
    assert build is not None
    return build


def run_of(resolved: dict[str, Any], **plan: Any) -> dict[str, Any]:
    return compose.for_run(resolved, RunPlan("checks-r1", LABELS, **plan))


def test_an_image_without_name_is_called_after_project_and_service(resolved: dict[str, Any]) -> None:
    images = {service.name: service.image for service in compose.services(resolved)}
    assert (images["web"], images["built"], images["included"]) == ("weird-web", "built:1", "inc")
    assert "prof" not in images  # nobody asked for its profile


def test_a_build_is_read_with_its_paths_as_they_are(resolved: dict[str, Any]) -> None:
    build = build_of(resolved, "web")
    assert (build.context, build.dockerfile) == (FOLDER, f"{FOLDER}/Dockerfile")
    assert (build.arguments, build.target, build.inline, build.contexts) == ({}, "", "", {})


def test_a_build_is_read_with_all_that_decides(resolved: dict[str, Any]) -> None:
    build = build_of(resolved, "built")
    assert build.arguments == {"A": "1", "C": "x$y"}
    assert build.target == "t"
    assert build.inline == "FROM $BASE\nRUN echo /home/me\n"
    assert build.contexts == {
        "img": "docker-image://debian:12",
        "other": f"{FOLDER}/sub",
        "w": "docker-image://weird-web",
    }
    assert build.others == {"labels": {"l": "1"}, "platforms": ["linux/amd64"]}


def test_an_argument_without_value_is_none() -> None:
    assert compose.arguments({"args": {"A": None, "B": "", "C": 1, "D": "$$x"}}) == {"B": "", "C": "1", "D": "$x"}


def test_a_remote_context_is_told(resolved: dict[str, Any]) -> None:
    assert build_of(resolved, "remote").context == "https://example.com/x.git#main:sub"


def test_build_secrets_come_along(resolved: dict[str, Any]) -> None:
    section = resolved["services"]["built"]["build"]
    assert compose.build_secrets(resolved, section) == {"filesecret": {"file": "/srv/repo/we$$ird/se$$cret"}}
    assert compose.build_secrets(resolved, resolved["services"]["web"]["build"]) == {}


def test_an_empty_file_has_no_service() -> None:
    empties: list[dict[str, Any]] = [{}, {"services": None}, {"services": {}}]
    for empty in empties:
        assert compose.services(empty) == ()
        assert compose.for_run(empty, RunPlan("p", LABELS))["name"] == "p"
        assert compose.expected(empty) == frozenset()


def test_a_run_shares_no_name_with_another(resolved: dict[str, Any]) -> None:
    fixed = "com.docker.network.bridge.name"
    resolved["networks"]["own"]["driver_opts"] = {fixed: "br0", "com.docker.network.driver.mtu": "1400"}
    run = run_of(resolved)
    assert run["name"] == "checks-r1"
    assert run["networks"]["own"]["driver_opts"] == {"com.docker.network.driver.mtu": "1400"}
    assert run["networks"]["own"]["name"] == "checks-r1_own"
    assert run["networks"]["default"]["name"] == "checks-r1_default"
    assert run["volumes"]["named"]["name"] == "checks-r1_named"
    assert not any("container_name" in item or "build" in item for item in run["services"].values())
    assert not any("name" in item for kind in ("secrets", "configs") for item in run[kind].values())


def test_what_is_external_stays_as_it_is(resolved: dict[str, Any]) -> None:
    assert run_of(resolved)["networks"]["ext"] == resolved["networks"]["ext"]


def test_everything_that_a_run_makes_is_labelled(resolved: dict[str, Any]) -> None:
    run = run_of(resolved)
    made = [*run["services"].values(), run["networks"]["own"], run["networks"]["default"], run["volumes"]["named"]]
    assert all(LABELS.items() <= item["labels"].items() for item in made)
    assert run["services"]["web"]["labels"] == {"a": "b", "c": "", **LABELS}


def test_a_list_of_labels_is_kept(resolved: dict[str, Any]) -> None:
    resolved["services"]["web"]["labels"] = ["a=b=c", "d"]
    assert run_of(resolved)["services"]["web"]["labels"] == {"a": "b=c", "d": "", **LABELS}


def test_a_run_pulls_and_builds_nothing(resolved: dict[str, Any]) -> None:
    assert {item["pull_policy"] for item in run_of(resolved)["services"].values()} == {"never"}


def test_ports_are_the_kernels_and_on_loopback(resolved: dict[str, Any]) -> None:
    ports = run_of(resolved)["services"]["web"]["ports"]
    assert len(ports) == len(resolved["services"]["web"]["ports"])
    assert {(port["host_ip"], port["published"]) for port in ports} == {("127.0.0.1", "0")}
    assert {(port["target"], port["protocol"]) for port in ports} >= {(53, "udp"), (81, "tcp"), (9001, "tcp")}


def test_a_person_gets_the_ports_of_the_file(resolved: dict[str, Any]) -> None:
    assert run_of(resolved, kernel_ports=False)["services"]["web"]["ports"] == resolved["services"]["web"]["ports"]


def test_files_are_found_under_their_real_name_and_written_as_compose_reads_it(resolved: dict[str, Any]) -> None:
    secret, conf = f"{FOLDER}/se$cret", f"{FOLDER}/conf"
    assert compose.mounted_files(resolved) == {secret: {"", "10:10"}, conf: {"11"}}
    run = run_of(resolved, files={secret: "/run/a$b"})
    assert run["secrets"]["filesecret"]["file"] == "/run/a$$b"
    assert run["configs"]["fileconfig"]["file"] == "/srv/repo/we$$ird/conf"
    assert run["secrets"]["envsecret"] == {"environment": "SEC"}
    assert run["configs"]["inline"] == {"content": "x $$y /home/me"}


def test_dollars_of_the_file_stay_doubled_for_compose(resolved: dict[str, Any]) -> None:
    web = run_of(resolved)["services"]["web"]
    assert web["command"] == ["sh", "-c", "echo $$HOME $${X:-y}"]
    assert web["environment"] == {"A": "va$$lue", "N": None, "P": "a$$b"}


def test_a_run_changes_nothing_of_what_it_is_made_from(resolved: dict[str, Any]) -> None:
    before = copy.deepcopy(resolved)
    run_of(resolved)
    compose.with_standins(resolved, {"inc": "standin/inc"}, {})
    compose.with_images(resolved, {"web": "x"})
    assert resolved == before


def test_the_images_that_were_built_are_those_that_run(resolved: dict[str, Any]) -> None:
    """With the run's own project name compose calls what has no image checks-r1-web, which nobody built."""
    images = {service.name: service.image for service in compose.services(resolved)}
    started = {**resolved, "name": "checks-r1"}
    run = run_of(compose.with_images(started, images))
    assert run["services"]["web"]["image"] == "weird-web"


def test_a_service_scaled_to_none_is_not_waited_for(resolved: dict[str, Any]) -> None:
    assert compose.expected(resolved) == set(resolved["services"]) - {"hostnet", "repl"}


def test_those_that_end_by_themselves(resolved: dict[str, Any]) -> None:
    assert compose.run_once(resolved) == {"migrate", "job"}


def test_only_mounts_that_compose_does_not_make_have_to_be_there(resolved: dict[str, Any]) -> None:
    assert compose.bind_sources(resolved) == [("migrate", f"{FOLDER}/gone")]


def test_every_such_mount_is_looked_at() -> None:
    mounts = [{"type": "bind", "source": source, "target": "/t"} for source in ("/one", "/two")]
    assert compose.bind_sources({"services": {"a": {"volumes": mounts}}}) == [("a", "/one"), ("a", "/two")]


_STANDINS = {"mongo:8.0": "standin/mongo:8.0"}


@pytest.mark.parametrize(
    ("text", "arguments", "wanted"),
    [
        ("ARG DB=mongo:8.0\nFROM $DB", {}, {"DB": "standin/mongo:8.0"}),
        ("ARG TAG=8.0\nARG DB=mongo:$TAG\nFROM $DB", {}, {"DB": "standin/mongo:8.0"}),
        ("ARG TAG=7.0\nARG DB=mongo:$TAG\nFROM $DB", {"TAG": "8.0"}, {"TAG": "8.0", "DB": "standin/mongo:8.0"}),
        ("ARG DB=mongo:7.0\nFROM $DB", {"DB": "mongo:8.0"}, {"DB": "standin/mongo:8.0"}),
        ("ARG DB=mongo:8.0\nFROM $DB", {"DB": "other"}, {"DB": "other"}),
        ("FROM a\nARG DB", {"DB": "mongo:8.0"}, {"DB": "standin/mongo:8.0"}),
        ("FROM a", {"N": None}, {"N": None}),
    ],
)
def test_standins_take_the_place_of_arguments(text: str, arguments: dict[str, Any], wanted: dict[str, Any]) -> None:
    stack = {"services": {"a": {"build": {"context": "/c", "args": arguments}}, "b": {"image": "mongo:8.0"}}}
    made = compose.with_standins(stack, _STANDINS, {"a": text})
    assert made["services"]["a"]["build"]["args"] == wanted
    assert made["services"]["b"]["image"] == "standin/mongo:8.0"


@given(st.text())
def test_what_is_escaped_is_meant_as_it_was(text: str) -> None:
    assert compose.plain(compose.escaped(text)) == text


_NAMES = st.sampled_from("abcdefgh")


@given(st.dictionaries(_NAMES, st.lists(_NAMES)))
def test_each_wave_needs_only_what_stands_before_it(needs: dict[str, list[str]]) -> None:
    try:
        waves = compose.order(needs)
    except ValueError:  # a circle
        return
    place = {name: number for number, wave in enumerate(waves) for name in wave}
    assert set(place) == set(needs) | {name for others in needs.values() for name in others}
    assert all(place[other] < place[name] for name, others in needs.items() for other in others)
    assert sum(map(len, waves)) == len(place)


@given(st.permutations(sorted({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}.items())))
def test_waves_are_the_same_whatever_the_order_of_the_file(items: list[tuple[str, list[str]]]) -> None:
    assert compose.order(dict(items)) == [("a",), ("b", "c"), ("d",)]


@pytest.mark.parametrize("needs", [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}, {"a": ["b"], "b": ["c"], "c": ["a"]}])
def test_a_circle_is_named(needs: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match=r"a needs|needs a"):
        compose.order(needs)
