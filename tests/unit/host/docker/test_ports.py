"""Which ports a stack wants, and who on this machine holds one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.host.docker import ports


def stack(*published: dict[str, object]) -> dict[str, object]:
    return {"services": {"web": {"ports": list(published)}, "other": {}}}


def test_of_a_strangers_file_only_fixed_tcp_ports_are_wanted() -> None:
    resolved = json.loads((Path(__file__).parents[3] / "data/compose/strangers.json").read_text())
    assert set(ports.wanted(resolved)) == {
        ("web", "0.0.0.0", 8080),
        ("web", "0.0.0.0", 9000),
        ("web", "0.0.0.0", 9001),
        ("web", "0.0.0.0", 9002),
        ("web", "::1", 6001),
    }


@pytest.mark.parametrize("published", ["", "0", "8000-8010", None, "²"])
def test_what_the_engine_chooses_is_not_wanted(published: object) -> None:
    assert list(ports.wanted(stack({"target": 80, "published": published}))) == []


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("::", "127.0.0.1", True),
        ("", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("::1", "127.0.0.1", False),
    ],
)
def test_addresses_that_exclude_each_other(one: str, other: str, both: bool) -> None:
    assert ports.overlap(one, other) is ports.overlap(other, one) is both


@pytest.fixture
def held() -> Iterator[int]:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize(("address", "free"), [("127.0.0.1", False), ("0.0.0.0", False), ("127.0.0.2", True)])
def test_a_port_is_free_where_nobody_listens(held: int, address: str, free: bool) -> None:
    assert ports._is_free(address, held) is free


def test_an_address_that_is_not_ours_is_left_to_the_engine(held: int) -> None:
    assert ports._is_free("192.0.2.1", held)
    assert ports._is_free("not an address", held)


def test_the_holder_is_named(held: int) -> None:
    assert ports._process_on(held).startswith(f"process {os.getpid()} (")


def test_a_port_that_nobody_holds_has_another_holder() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    assert ports._process_on(port) == "another process"


def test_an_address_of_six_is_written_as_browsers_take_it() -> None:
    places = ("::1", "::", "127.0.0.2", "")
    published: list[dict[str, object]] = [{"target": 80, "published": "8080", "host_ip": at} for at in places]
    said = ["http://[::1]:8080", "http://127.0.0.2:8080", "http://127.0.0.1:8080"]
    assert ports.published(stack(*published)) == [f"web: {where}" for where in said]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([443], ["web: https://127.0.0.1:9000"]),
        ([5432], ["web: 127.0.0.1:9000"]),
        ([80, 81, 82], ["web: http://127.0.0.1:9000-9002"]),
        ([80, 5432, 81], ["web: http://127.0.0.1:9000", "web: http://127.0.0.1:9002", "web: 127.0.0.1:9001"]),
    ],
)
def test_a_port_is_shown_as_what_listens_there_is_called(targets: list[int], said: list[str]) -> None:
    places = [{"target": target, "published": str(9000 + at)} for at, target in enumerate(targets)]
    assert ports.published(stack(*places)) == said


def test_on_a_machine_without_ipv6_nobody_holds_a_port_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    assert ports._is_free("::1", 1)
