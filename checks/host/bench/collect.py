"""The collector: asks a Prober, and returns one frozen Snapshot of the machine and its engine."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping
from typing import Any

from checks.cis import engine as facts
from checks.cis import inspected
from checks.cis.daemon import Swarm
from checks.cis.facts import Network
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.host.bench import collect_daemon, collect_engine, collect_host, probing
from checks.host.bench.collect_engine import Objects
from checks.host.bench.probing import Prober, Way, settled

_MANAGERS = ("/swarm", "/secrets", "/services")


def prober(
    host: str,
    environ: Mapping[str, str],
    *,
    machines: bool = True,
    way: Way = Way(),  # noqa: B008  frozen
) -> contextlib.AbstractContextManager[Prober]:
    """Return whom to ask about `host`: with `machines` a machine of its own, over ssh in its own way, else an engine."""
    return probing.machine(host, way) if machines and host.startswith("ssh://") else probing.engine(host, environ)


def snapshot(asked: Prober) -> Snapshot:
    """Look once, and return what was seen; NoEngineError where no engine answers."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = collect_engine.objects(asked)
    served = collect_daemon.daemon(asked, found.info, found.networks)
    inside = {} if isinstance(served.process, Unknown) else collect_host.contained(asked)
    return Snapshot(
        target=asked.target,
        collected=now,
        host=collect_host.host(asked, served),
        engine=facts.engine(found.info, found.version),
        daemon=served.daemon,
        swarm=_swarm(asked, found, served.setting.data_root),
        containers=collect_engine.containers(asked, found, inside),
        images=collect_engine.images(found),
        networks=_networks(found),
        vanished=tuple(found.vanished),
    )


def _networks(found: Objects) -> tuple[Network, ...] | Unknown:
    if isinstance(found.networks, Unknown):
        return found.networks
    return inspected.networks(found.networks, found.containers.items())


def _swarm(asked: Prober, found: Objects, data_root: str) -> Swarm:
    """Return the swarm; only managers are asked about it, and only root reads what `swarm init` was told."""
    if facts.is_manager(found.info):
        cluster, secrets, services = map(_unless_gone, collect_engine.get(asked, _MANAGERS))
    else:
        cluster = secrets = services = facts.ONLY_MANAGERS
    kept: Any = Unknown(asked.no_host)
    if not asked.no_host:
        kept = _unless_gone(settled(asked.ask(["text", f"{data_root}/swarm/docker-state.json"])[0]))
    return facts.swarm(found.info, cluster, kept, secrets, services)


def _unless_gone(answer: Any) -> Any:
    return Unknown("it is not there") if answer is None else answer
