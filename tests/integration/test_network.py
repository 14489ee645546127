"""What listens, what can be reached, and what cannot."""

from __future__ import annotations

import json

import pytest
import requests

from checks.testing import Service, Stack

PORTS = {"mongo": {27017}, "post": {5000}, "comment": {9292}, "ui": {9292}, "monolith": {9292, 27017}}
RESOLVER = "127.0.0.11"


def _listening(service: Service) -> set[int]:
    """Ask `ss` in the container's network namespace; Docker's own resolver is not the container's."""
    lines = service.host.check_output("ss -Hltn").splitlines() + service.host.check_output("ss -Hlun").splitlines()
    places = [line.split()[3] for line in lines]
    return {int(place.rpartition(":")[2]) for place in places if not place.startswith(RESOLVER)}


@pytest.mark.parametrize("name", sorted(PORTS))
def test_what_should_listen_does_and_nothing_else(stack: Stack, name: str) -> None:
    assert _listening(stack[name]) == PORTS[name]


def test_testinfra_sees_sockets(stack: Stack) -> None:
    assert stack["mongo"].host.socket("tcp://0.0.0.0:27017").is_listening
    assert not stack["mongo"].host.socket("tcp://0.0.0.0:9292").is_listening


def test_the_monoliths_database_listens_on_loopback_only(stack: Stack) -> None:
    assert stack["monolith"].host.socket("tcp://127.0.0.1:27017").is_listening
    assert not stack["monolith"].host.socket("tcp://0.0.0.0:27017").is_listening


@pytest.mark.parametrize("name", ["ui", "monolith"])
def test_published_ports_answer_on_loopback(stack: Stack, name: str) -> None:
    assert requests.get(stack[name].url("/healthcheck"), timeout=5).json()["status"] == 1


def _other_addresses(stack: Stack) -> list[str]:
    """Return every address of the engine's machine that is not on loopback; those of a link with the link's name."""
    links = json.loads(stack.on_machine("ip -json address"))
    found = [(item["local"], item["scope"], link["ifname"]) for link in links for item in link.get("addr_info", [])]
    return [f"{local}%{name}" if scope == "link" else local for local, scope, name in found if scope != "host"]


@pytest.mark.parametrize("name", ["ui", "monolith"])
def test_published_ports_answer_on_no_other_address(stack: Stack, name: str) -> None:
    ((address, port),) = stack[name].published()["9292/tcp"]
    assert address == "127.0.0.1"
    others = _other_addresses(stack)
    assert others, "the engine's machine has no other address to try"
    assert _accepting(stack, [address, *others], port) == [address]


def _accepting(stack: Stack, addresses: list[str], port: int) -> list[str]:
    """Return the addresses at which a port of the engine's machine takes connections."""
    asks = [f"(timeout 0.5 bash -c 'exec 3<>/dev/tcp/{it}/{port}' 2>/dev/null && echo '{it}') &" for it in addresses]
    return stack.on_machine("\n".join([*asks, "wait"])).split()


@pytest.mark.parametrize("name", ["mongo", "post", "comment"])
def test_nothing_else_is_published(stack: Stack, name: str) -> None:
    assert [place for places in stack[name].published().values() for place in places] == []


def _connects(service: Service, address: str, port: int) -> bool:
    """Try to connect from inside a container's network namespace, with tools that are not the image's."""
    return service.tool(f"timeout 0.7 bash -c 'exec 3<>/dev/tcp/{address}/{port}'")[0] == 0


def _resolves(service: Service, name: str) -> bool:
    code = "import socket, sys; socket.getaddrinfo(sys.argv[1], 1)"
    return bool(service.host.run("/usr/bin/python3 -c %s %s", code, name).rc == 0)


def test_ui_cannot_reach_the_database(stack: Stack) -> None:
    address = stack["mongo"].addresses()["back"]
    assert _connects(stack["post"], address, 27017)
    assert not _connects(stack["ui"], address, 27017)
    assert _resolves(stack["post"], "post_db")
    assert not _resolves(stack["ui"], "post_db")


def test_the_database_has_no_way_out(stack: Stack) -> None:
    assert stack.client.networks.get(f"{stack.project}_back").attrs["Internal"] is True
    assert list(stack["mongo"].addresses()) == ["back"]
    assert not _connects(stack["mongo"], stack["ui"].addresses()["front"], 9292)


def test_the_monolith_and_the_stack_do_not_meet(stack: Stack) -> None:
    assert not _connects(stack["monolith"], stack["post"].addresses()["front"], 5000)
