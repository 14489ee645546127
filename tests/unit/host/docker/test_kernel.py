"""The record of how the kernel was before an engine came."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.host.docker import kernel

BEFORE = kernel.Before(
    {"net/ipv4/ip_forward": "0"},
    ("lo", "eth0"),
    {"filter": ("-P INPUT ACCEPT", '-A INPUT -m comment "x"')},
    ("/run/docker",),
)


def test_a_record_comes_back_as_it_was() -> None:
    assert kernel.Before.from_json(BEFORE.to_json()) == BEFORE


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", "{}", '{"settings": {}, "links": []}', BEFORE.to_json()[:-1]]
    + [BEFORE.to_json().replace('"rules": {', '"rules": [{').replace('}, "paths"', '}], "paths"')],
)
def test_anything_else_is_no_record(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kernel.Before.from_json(text)


def test_cgroups_that_are_empty_go_and_others_stay(tmp_path: Path) -> None:
    ours, theirs = "a" * 64, "b" * 64
    for folder in ("memory/docker", "docker"):
        (tmp_path / folder / ours / "inner").mkdir(parents=True)
    (tmp_path / "memory/docker" / theirs).mkdir()
    kernel.remove_cgroups([ours], tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "memory",
        "memory/docker",
        f"memory/docker/{theirs}",
    ]


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("-A FORWARD -o docker0 -j DOCKER", True),
        ("-A FORWARD -i br-0123456789ab ! -o br-0123456789ab -j ACCEPT", True),
        ("-A FORWARD -i lan0 ! -o lan0 -j ACCEPT", True),
        ("-A FORWARD -i lan01 ! -o lan01 -j ACCEPT", False),
        ("-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE", True),
        ("-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.3/32 -p tcp -m tcp --dport 80 -j MASQUERADE", False),
        ("-A POSTROUTING -s 10.0.0.0/30 ! -o veth0 -j MASQUERADE", False),
        ('-A INPUT -m comment --comment "not for lan0" -j ACCEPT', False),
    ],
)
def test_which_new_rules_are_the_engines(line: str, ours: bool) -> None:
    assert kernel.is_ours(line, {"lan0"}) is ours
