"""What a run changes in services so that they stand by themselves: fixed container names, and waits for what is not there.

Compose's `container_name` is also a name on the container's networks, and what `network_mode: container:NAME` and its like
refer to. What is not there is of a profile that is not chosen: compose leaves it out, and cannot read a wait for it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHARED = ("network_mode", "pid", "ipc")


def freed(services: Mapping[str, dict[str, Any]]) -> None:
    """Take fixed names and waits for nobody away, in place.

    A name becomes an alias on the service's networks, and references to it name the service.
    """
    owners = {str(item["container_name"]): name for name, item in services.items() if item.get("container_name")}
    for item in services.values():
        fixed = item.pop("container_name", None)
        for network, how in (item.get("networks") or {}).items():
            if fixed:
                aliases = [*((how or {}).get("aliases") or ()), str(fixed)]
                item["networks"][network] = {**(how or {}), "aliases": list(dict.fromkeys(aliases))}
        _redirect(item, owners)
        needs = item.get("depends_on") or {}
        for absent in [name for name, how in needs.items() if name not in services and how.get("required") is False]:
            del needs[absent]


def _redirect(item: dict[str, Any], owners: Mapping[str, str]) -> None:
    for key in _SHARED:
        kind, _, name = str(item.get(key) or "").partition(":")
        if kind == "container" and name in owners:
            item[key] = f"service:{owners[name]}"
            _wait_for(item, owners[name])
    borrowed: list[Any] = item.get("volumes_from") or []
    for index, entry in enumerate(borrowed):
        kind, _, rest = str(entry).partition(":")
        name, _, mode = rest.partition(":")
        if kind == "container" and name in owners:
            borrowed[index] = ":".join(filter(None, (owners[name], mode)))
            _wait_for(item, owners[name])


def _wait_for(item: dict[str, Any], service: str) -> None:
    """Start a service after another one, whose container has to be there first."""
    needs = {**(item.get("depends_on") or {})}
    item["depends_on"] = {service: {"condition": "service_started", "required": True}, **needs}
