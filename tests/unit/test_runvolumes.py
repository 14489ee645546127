"""A run's volumes are its own: a folder, a disk or a share that somebody has is in none of them."""

from __future__ import annotations

from typing import Any

import pytest

from checks import compose, runvolumes

BOUND = {"type": "none", "o": "bind", "device": "/home/somebody/data"}


@pytest.mark.parametrize(
    ("volume", "options"),
    [
        ({"driver_opts": BOUND}, {}),
        ({"driver": "local", "driver_opts": {**BOUND, "size": "1g"}}, {"size": "1g"}),
        ({"driver_opts": {"type": "nfs", "o": "addr=10.0.0.1,rw", "device": ":/export"}}, {}),
        (
            {"driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}},
            {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"},
        ),
        ({"driver": "other", "driver_opts": {"device": "x"}}, {"device": "x"}),
    ],
)
def test_what_is_a_place_of_its_own_becomes_an_empty_volume(volume: dict[str, Any], options: dict[str, str]) -> None:
    runvolumes.detached(volume)
    assert volume["driver_opts"] == options


def test_a_volume_without_options_stays_as_it_is() -> None:
    volume: dict[str, Any] = {"name": "data"}
    runvolumes.detached(volume)
    assert volume == {"name": "data"}


@pytest.mark.parametrize(("kernel_ports", "options"), [(True, {}), (False, BOUND)])
def test_a_person_gets_the_folders_of_the_file(kernel_ports: bool, options: dict[str, str]) -> None:
    resolved = {"volumes": {"data": {"driver_opts": dict(BOUND)}, "theirs": {"external": True, "driver_opts": BOUND}}}
    run = compose.for_run(resolved, compose.RunPlan("p", {}, kernel_ports))
    assert run["volumes"]["data"]["driver_opts"] == options
    assert run["volumes"]["theirs"]["driver_opts"] == BOUND
