"""The record of how the kernel was before an engine came."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.host import kernel

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
