"""Which network of the engine has addresses that a stack asks for by number: then only one of both can be there."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from checks.errors import FailedError
from checks.host.docker import labels

if TYPE_CHECKING:
    from docker import DockerClient

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def refuse_taken(resolved: Mapping[str, Any], client: DockerClient, project: str) -> None:
    """Raise FailedError, naming network and holder, where another one than `project`'s own has a subnet of the stack."""
    wanted = list(asked(resolved))
    if wanted:
        refuse_overlap(wanted, client.api.networks(), project)


def asked(resolved: Mapping[str, Any]) -> Iterator[tuple[str, Network]]:
    """Yield network and subnet for each that a stack makes with fixed addresses."""
    for name, item in (resolved.get("networks") or {}).items():
        if not (item or {}).get("external"):
            for subnet in _subnets(((item or {}).get("ipam") or {}).get("config"), "subnet"):
                yield name, subnet


def refuse_overlap(wanted: Sequence[tuple[str, Network]], found: Sequence[Mapping[str, Any]], project: str) -> None:
    """Do what `refuse_taken` does, with what the engine says of its networks."""
    for other in found:
        owner = (other.get("Labels") or {}).get(labels.PROJECT, "")
        for held in _subnets((other.get("IPAM") or {}).get("Config"), "Subnet"):
            for name, subnet in wanted:
                if owner != project and subnet.version == held.version and subnet.overlaps(held):
                    raise FailedError(
                        f"the network {name} wants {subnet}, and the network {other.get('Name')} of this engine has {held}",
                        "a stack with fixed subnets runs once at a time: take the other one down, or leave out `subnet:`",
                    )


def _subnets(config: Any, key: str) -> Iterator[Network]:
    for entry in config or ():
        with contextlib.suppress(ValueError):  # compose, or the engine, says that it is none
            yield ipaddress.ip_network(str((entry or {}).get(key)), strict=False)
