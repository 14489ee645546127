"""A run has no fixed container names, and what a stack used them for still works; nobody waits for what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from checks import runservices


def freed(**services: dict[str, Any]) -> dict[str, dict[str, Any]]:
    runservices.freed(services)
    return services


def test_a_fixed_name_becomes_an_alias_on_each_of_its_networks() -> None:
    networks = {"default": None, "back": {"aliases": ["db"], "ipv4_address": "10.0.0.2"}}
    web = freed(web={"container_name": "my-web", "networks": networks})["web"]
    back = {"aliases": ["db", "my-web"], "ipv4_address": "10.0.0.2"}
    assert web == {"networks": {"default": {"aliases": ["my-web"]}, "back": back}}


def test_what_has_no_fixed_name_stays_as_it_is() -> None:
    assert freed(web={"networks": {"default": None}})["web"] == {"networks": {"default": None}}
    assert freed(web={"container_name": "x", "network_mode": "host"})["web"] == {"network_mode": "host"}


@pytest.mark.parametrize("key", ["network_mode", "pid", "ipc"])
def test_a_reference_to_a_fixed_name_is_one_to_its_service(key: str) -> None:
    services = freed(web={"container_name": "my-web"}, beside={key: "container:my-web"})
    needs = {"web": {"condition": "service_started", "required": True}}
    assert services["beside"] == {key: "service:web", "depends_on": needs}


def test_borrowed_volumes_are_those_of_the_service_and_waiting_stays_as_it_was_said() -> None:
    healthy = {"web": {"condition": "service_healthy"}}
    beside = {"volumes_from": ["container:my-web:ro", "container:my-web", "other"], "depends_on": healthy}
    services = freed(web={"container_name": "my-web"}, beside=beside)
    assert services["beside"] == {"volumes_from": ["web:ro", "web", "other"], "depends_on": healthy}


def test_a_container_of_somebody_else_is_left_to_the_engine() -> None:
    assert freed(web={"network_mode": "container:theirs"})["web"] == {"network_mode": "container:theirs"}


def test_nobody_waits_for_what_need_not_be_there_and_is_not() -> None:
    maybe, must = (
        {"condition": "service_started", "required": False},
        {"condition": "service_started", "required": True},
    )
    services = freed(web={"depends_on": {"absent": maybe, "db": maybe, "missing": must}}, db={})
    assert services["web"]["depends_on"] == {"db": maybe, "missing": must}
