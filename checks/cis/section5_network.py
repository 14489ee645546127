"""Section 5 of the benchmark, what of a container can be reached: ports that are published, and the default bridge."""

from __future__ import annotations

from collections.abc import Callable

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Port
from checks.cis.judging import Fault, listed, running
from checks.cis.snapshot import Snapshot
from checks.cis.values import is_wildcard
from checks.model import Verdict

_FIRST_UNPRIVILEGED = 1024
_DEFAULT_BRIDGE = "bridge"


def _binding(port: Port) -> str:
    bare = port.host_ip.strip("[]")
    address = f"[{bare}]" if ":" in bare else bare
    return f"{address}:{port.public}->{port.private}/{port.protocol}"


def _ports(snapshot: Snapshot, bad: Callable[[Port], bool], good: str, verdict: Verdict = Verdict.FAIL) -> Outcome:
    """Judge the ports that each running container publishes: those that are really bound."""

    def fault(container: Container) -> Fault:
        return listed(_binding(port) for port in container.ports if port.public and bad(port))

    return running(snapshot, fault, good, bad=verdict)


@check(
    "5.8",
    "No privileged port of the host leads to a container",
    reads="NetworkSettings.Ports of each running container; what is not bound yet from HostConfig.PortBindings.",
    decides=f"Fails for a port of the host below {_FIRST_UNPRIVILEGED}.",
    remedy="Publish another port, `--publish 127.0.0.1:8080:80`, behind a proxy of the host where users need 80 or 443.",
    deviation="docker-bench-security takes 1024 for a privileged port, which it is not, and misses ports that are bound to an "
    "IPv6 address",
)
def privileged_ports(snapshot: Snapshot) -> Outcome:
    return _ports(snapshot, lambda port: port.public < _FIRST_UNPRIVILEGED, "none publishes a privileged port")


@check(
    "5.9",
    "Only needed ports are open",
    reads="NetworkSettings.Ports of each running container; what is not bound yet from HostConfig.PortBindings.",
    decides="Asks for a look at containers that publish ports, naming the ports.",
    remedy="Start it without the `--publish` that nobody needs (compose: `ports`), and never with `--publish-all`.",
    deviation="the benchmark leaves this to a person, docker-bench-security scores it: where it warns we ask; it misses ports "
    "that are bound to an IPv6 address",
)
def open_ports(snapshot: Snapshot) -> Outcome:
    return _ports(snapshot, lambda _: True, "none publishes a port", Verdict.MANUAL)


@check(
    "5.14",
    "Ports are published on one address of the host",
    reads="NetworkSettings.Ports of each running container; what is not bound yet from HostConfig.PortBindings.",
    decides="Fails for a port bound to 0.0.0.0, to :: or to no address, which is all of them.",
    remedy='Publish with an address: `--publish 127.0.0.1:8080:80`; `"ip": "127.0.0.1"` in daemon.json is for those without one.',
    deviation="docker-bench-security cuts the address `[::]` off at its first colon and misses it, and the empty one",
)
def wildcard_ports(snapshot: Snapshot) -> Outcome:
    return _ports(snapshot, lambda port: is_wildcard(port.host_ip), "each port is bound to one address")


@check(
    "5.30",
    "The engine's default bridge is not used",
    reads="The networks of each running container.",
    decides="Asks for a look at containers on the network `bridge`.",
    remedy="Make a network and use it: `docker network create app`, then `--network app`; compose makes one by itself.",
    deviation="docker-bench-security knows the default bridge by the name docker0 of its interface: where the daemon has another "
    "(`--bridge`) it passes, we ask",
)
def default_bridge(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return "on the default bridge" if _DEFAULT_BRIDGE in container.networks else None

    return running(snapshot, fault, "none is on the default bridge", bad=Verdict.MANUAL)


CHECKS = (privileged_ports, open_ports, wildcard_ports, default_bridge)
