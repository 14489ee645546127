"""The first test that somebody is given: what it says of ports, with real ones on the loopback address."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from checks.startertexts import STACK_TEST

Published = dict[str, list[tuple[str, int]]]


@dataclass
class Service:
    """What the test asks of a service; it is its own engine, which is on this machine."""

    ports: Published = field(default_factory=dict)
    name: str = ""

    @property
    def engine(self) -> Service:
        return self

    def reach(self, address: str, port: int) -> tuple[str, int]:
        return address, port

    def published(self) -> Published:
        return self.ports


@dataclass
class Stack:
    services: dict[str, Service]

    @property
    def containers(self) -> list[Service]:
        for name, service in self.services.items():
            service.name = name
        return list(self.services.values())


class Clock:
    """Time that goes by in sleep alone, and fast."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 20 * seconds


@pytest.fixture
def starter() -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(compile(STACK_TEST, "test_stack.py", "exec"), made)  # noqa: S102 - it is ours
    made["time"] = Clock()
    return made


@pytest.fixture
def opened() -> Iterator[tuple[str, int]]:
    """A port where somebody greets who comes, as FTP does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeter = threading.Thread(target=greet, args=(server,), daemon=True)
        greeter.start()
        yield server.getsockname()
        server.shutdown(socket.SHUT_RDWR)
        greeter.join(5)


def greet(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            guest, _ = server.accept()
            with guest:
                guest.sendall(b"220 hello\r\n")


@pytest.fixture
def shut() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place: tuple[str, int] = server.getsockname()
    return place


def test_one_port_of_a_service_is_enough_unless_more_are_named(
    starter: dict[str, Any], opened: tuple[str, int], shut: tuple[str, int]
) -> None:
    ftp, dns = Service({"21/tcp": [opened], "30000/tcp": [shut]}), Service({"53/udp": [shut]})
    stack = Stack({"ftp": ftp, "job": Service(), "dns": dns})
    check = starter["test_somebody_listens_behind_the_published_ports"]
    check(stack)
    starter["MUST_ANSWER"]["ftp"] = ["21/tcp"]
    check(stack)
    starter["MUST_ANSWER"]["ftp"] = ["21/tcp", "30000/tcp", "990/tcp"]
    with pytest.raises(AssertionError):
        check(stack)
    assert starter["silent"](stack) == ["ftp 30000/tcp", "ftp 990/tcp"]


def test_a_service_behind_whose_ports_nobody_listens_is_named(
    starter: dict[str, Any], opened: tuple[str, int], shut: tuple[str, int]
) -> None:
    stack = Stack({"web": Service({"80/tcp": [shut], "443/tcp": [shut]}), "ui": Service({"80/tcp": [shut, opened]})})
    with pytest.raises(AssertionError):
        starter["test_somebody_listens_behind_the_published_ports"](stack)
    assert starter["silent"](stack) == ["web 80/tcp, 443/tcp"]
    assert starter["time"].now >= 20


def test_a_name_that_no_service_has_is_told(starter: dict[str, Any]) -> None:
    starter["MUST_ANSWER"]["wep"] = ["80/tcp"]
    with pytest.raises(AssertionError, match="services that there are not"):
        starter["test_somebody_listens_behind_the_published_ports"](Stack({}))


def test_one_that_is_still_starting_is_waited_for(
    starter: dict[str, Any], opened: tuple[str, int], shut: tuple[str, int]
) -> None:
    service = Service({"80/tcp": [shut]})
    starter["time"].sleep = lambda _seconds: service.ports.update({"80/tcp": [opened]})
    starter["test_somebody_listens_behind_the_published_ports"](Stack({"web": service}))


def test_one_that_waits_for_us_to_speak_answers(starter: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert starter["is_taken"](*server.getsockname())
