"""Which network has the addresses that a stack asks for."""

from __future__ import annotations

from typing import Any

import pytest

from checks.errors import FailedError
from checks.host.docker import subnets

STACK = {
    "networks": {
        "back": {"ipam": {"config": [{"subnet": "172.29.5.0/24"}, {"subnet": "fd00:5::/64"}]}},
        "any": {"ipam": {}},
        "none": None,
        "theirs": {"external": True, "ipam": {"config": [{"subnet": "10.0.0.0/8"}]}},
        "odd": {"ipam": {"config": [{"subnet": "nonsense"}, {"gateway": "10.0.0.1"}]}},
    }
}


def test_only_what_a_stack_makes_with_fixed_addresses_is_asked_for() -> None:
    assert [(name, str(net)) for name, net in subnets.asked(STACK)] == [
        ("back", "172.29.5.0/24"),
        ("back", "fd00:5::/64"),
    ]
    assert list(subnets.asked({})) == []


def network(subnet: str, project: str = "") -> dict[str, Any]:
    labels = {"com.docker.compose.project": project} if project else None
    return {"Name": "other_back", "Labels": labels, "IPAM": {"Config": [{"Subnet": subnet}]}}


@pytest.mark.parametrize("held", ["172.29.0.0/16", "172.29.5.128/25", "fd00:5::/48"])
def test_a_network_that_has_them_is_named(held: str) -> None:
    with pytest.raises(
        FailedError, match=f"the network back wants .* the network other_back of this engine has {held}"
    ):
        subnets.refuse_overlap(list(subnets.asked(STACK)), [network(held, "theirs")], "mine")


def test_its_own_network_and_other_addresses_are_no_hindrance() -> None:
    found = [network("172.29.5.0/24", "mine"), network("172.30.0.0/16"), {"Name": "host", "IPAM": {"Config": None}}]
    subnets.refuse_overlap(list(subnets.asked(STACK)), found, "mine")
