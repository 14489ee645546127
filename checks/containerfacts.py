"""What an inspected container and the engine's events say, as a report tells it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from checks.cis.loose import number, table, tables, texts

TOLD = ("create", "start", "restart", "pause", "unpause", "stop", "kill", "oom", "die", "health_status")
"""The events that are a part of a container's history; the engine tells of each health check besides."""
HISTORY = 100
OUTPUT = 300
"""Characters that are kept of what a health check printed."""
SERVICE = "com.docker.compose.service"
_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def of(data: Mapping[str, Any], resolved: Mapping[str, Any], began: float) -> dict[str, Any]:
    """Return a container's state, limits, ports and last health checks. `resolved` is the compose file that it is of.

    Times are in seconds since `began` (epoch seconds), None for what has not happened; sizes in bytes, 0 for no limit.
    """
    state, config, host = (table(data.get(name)) for name in ("State", "Config", "HostConfig"))
    health = table(state.get("Health"))
    service = str(table(config.get("Labels")).get(SERVICE, ""))
    return {
        "service": service,
        "container": str(data.get("Name", "")).lstrip("/"),
        "image": str(config.get("Image", "")),
        "user": str(config.get("User", "")),
        "status": str(state.get("Status", "")),
        "health": str(health.get("Status", "")),
        "exit_code": state.get("ExitCode"),
        "oom_killed": bool(state.get("OOMKilled")),
        "restarts": number(data.get("RestartCount")),
        "created": since(str(data.get("Created", "")), began),
        "started": since(str(state.get("StartedAt", "")), began),
        "ports": _ports(table(data.get("NetworkSettings"))),
        "networks": sorted(table(table(data.get("NetworkSettings")).get("Networks"))),
        "limits": _limits(host),
        "needs": sorted(_needs(resolved, service)),
        "health_log": [_check(one, began) for one in tables(health.get("Log"))],
    }


def _limits(host: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "memory": number(host.get("Memory")),
        "cpus": _cpus(host),
        "pids": number(host.get("PidsLimit")),
        "read_only": bool(host.get("ReadonlyRootfs")),
        "cap_drop": list(texts(host.get("CapDrop"))),
        "cap_add": list(texts(host.get("CapAdd"))),
        "privileged": bool(host.get("Privileged")),
    }


def _cpus(host: Mapping[str, Any]) -> float:
    """Return how many cores a container may use, 0 for all: compose sets either a number or a quota."""
    whole = number(host.get("NanoCpus"))
    quota, period = number(host.get("CpuQuota")), number(host.get("CpuPeriod")) or 100_000
    return round(whole / 1e9 if whole else max(quota, 0) / period, 3)


def _ports(network: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for port, places in table(network.get("Ports")).items():
        published = [f"{one.get('HostIp', '')}:{one.get('HostPort', '')}" for one in tables(places)]
        found.append({"port": str(port), "published": published})
    return found


def _needs(resolved: Mapping[str, Any], service: str) -> list[str]:
    needed = table(table(resolved.get("services")).get(service)).get("depends_on")
    return list(needed) if isinstance(needed, dict) else list(texts(needed))


def _check(entry: Mapping[str, Any], began: float) -> dict[str, Any]:
    start, end = (since(str(entry.get(name, "")), began) for name in ("Start", "End"))
    took = round(end - start, 3) if start is not None and end is not None else None
    said = str(entry.get("Output", "")).strip()[:OUTPUT]
    return {"at": start, "seconds": took, "exit": entry.get("ExitCode"), "output": said}


def since(stamp: str, began: float) -> float | None:
    """Return a time as the engine writes it in seconds since `began`, None where it means none."""
    try:
        when = datetime.datetime.fromisoformat(_FRACTION.sub(r"\1", stamp))
    except ValueError:
        return None
    if when.year <= 1:
        return None
    whole = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return round(whole.timestamp() - began, 3)


def history(events: Iterable[Mapping[str, Any]], began: float) -> dict[str, list[dict[str, Any]]]:
    """Return, by container id, what events say happened and when, in seconds since `began` (epoch seconds)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        actor = table(event.get("Actor"))
        past = found.setdefault(str(actor.get("ID", "")), [])
        nanoseconds = event.get("timeNano")
        if len(past) < HISTORY and isinstance(nanoseconds, int):
            past.append(
                {"at": round(nanoseconds / 1e9 - began, 3), "what": _words(event, table(actor.get("Attributes")))}
            )
    return found


def _words(event: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    what, _, health = str(event.get("Action", "")).partition(": ")
    if what == "health_status":
        return health
    words = {"create": "created", "start": "started", "stop": "stopped", "oom": "out of memory"}
    if what == "die":
        return f"ended with exit code {about.get('exitCode', '?')}"
    return f"signal {about['signal']}" if what == "kill" and "signal" in about else words.get(what, what)
