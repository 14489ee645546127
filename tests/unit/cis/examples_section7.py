from __future__ import annotations

from typing import Any

from checks.cis.facts import Service
from checks.cis.host import Listener
from checks.cis.unknown import Unknown
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, network, snapshot, swarm

OUTSIDE = (
    # docker-bench-security passes it
    case(Verdict.NOT_APPLICABLE, snapshot(), says="this engine is in no swarm"),
    case(Verdict.UNKNOWN, snapshot(swarm=DENIED), says="permission denied"),
)
ON_A_WORKER = case(Verdict.UNKNOWN, snapshot(swarm=swarm(manager=False)), says="only managers know")


def inside(verdict: Verdict, *offenders: str, says: str = "", **changes: Any) -> Case:
    """Return an example of a swarm with these facts."""
    return case(verdict, snapshot(swarm=swarm(**changes)), *offenders, says=says)


def listens(
    verdict: Verdict, *at: str, told: str | Unknown = "192.0.2.1:2377", says: str = "", worker: bool = False
) -> Case:
    """Return an example of a host that listens at these addresses and ports, and was told to at another."""
    sockets = [Listener(address, int(port)) for address, _, port in (one.rpartition(":") for one in at)]
    facts = snapshot(swarm=swarm(listen_address=told, manager=not worker), host={"listeners": tuple(sockets)})
    wild = [one for one in sockets if one.address in ("", "*", "0.0.0.0", "::")]
    offenders = [f"port {one.port}: {one.address or '*'}" for one in wild] if verdict is Verdict.FAIL else []
    return case(verdict, facts, *offenders, says=says)


def unseen(verdict: Verdict, *offenders: str, told: str | Unknown, says: str = "", worker: bool = False) -> Case:
    """Return an example of a host whose sockets could not be read."""
    facts = snapshot(swarm=swarm(listen_address=told, manager=not worker), host={"listeners": DENIED})
    return case(verdict, facts, *offenders, says=says)


def overlay(verdict: Verdict, *offenders: str, says: str = "", manager: bool = True, **options: str) -> Case:
    """Return an example of an overlay network with these options, beside a bridge."""
    some = [network("front"), network("back", driver="overlay", scope="swarm", options=options)]
    return case(verdict, snapshot(swarm=swarm(manager=manager), networks=some), *offenders, says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "7.1": (
        *OUTSIDE,
        ON_A_WORKER,
        *(inside(Verdict.PASS, managers=count, says=f"managers: {count}") for count in (1, 3, 5, 7)),
        *(
            inside(Verdict.FAIL, f"managers: {count}", managers=count, says=f"managers: {count}")
            for count in (0, 2, 4, 8, 9)  # docker-bench-security counts the leader
        ),
        inside(Verdict.UNKNOWN, managers=DENIED, says="permission denied"),
    ),
    "7.2": (
        *OUTSIDE,
        listens(Verdict.PASS, "192.0.2.1:2377", "0.0.0.0:80", says="port 2377 is open at 192.0.2.1"),
        listens(Verdict.PASS, "192.0.2.1:2377", told="0.0.0.0:2377"),
        listens(Verdict.PASS, told="192.0.2.1:2377", says="port 2377 is open at 192.0.2.1"),
        listens(Verdict.PASS, told="eth0", says="port 2377 is open at eth0"),
        listens(Verdict.PASS, told="", says="nothing listens on port 2377"),
        listens(Verdict.PASS, told=DENIED, says="nothing listens on port 2377"),
        listens(Verdict.PASS, told="0.0.0.0:2377", worker=True, says="nothing listens on port 2377"),
        *(listens(Verdict.FAIL, f"{one}:2377") for one in ("0.0.0.0", "::", "*", "")),
        listens(Verdict.FAIL, "192.0.2.1:2377", "::1:2377", ":::2377", says="is open at 192.0.2.1, ::1, ::"),
        listens(Verdict.FAIL, "0.0.0.0:2377", told="", worker=True),
        # docker-bench-security looks at port 2377 only
        listens(Verdict.FAIL, "0.0.0.0:5000", told="0.0.0.0:5000", says="port 5000 is open at 0.0.0.0"),
        unseen(Verdict.FAIL, "port 2377: 0.0.0.0", told="0.0.0.0:2377"),
        unseen(Verdict.FAIL, "port 5000: [::]", told="[::]:5000"),
        unseen(Verdict.FAIL, "port 5000: *", told=":5000", says="port 5000 is open at *"),
        unseen(Verdict.PASS, told="[2001:db8::1]:2377", says="is open at [2001:db8::1]"),
        unseen(Verdict.UNKNOWN, told="", says="permission denied"),
        unseen(Verdict.UNKNOWN, told="0.0.0.0:2377", worker=True, says="permission denied"),
    ),
    "7.3": (
        *OUTSIDE,
        overlay(Verdict.PASS, encrypted="", says="1 network: all encrypted"),
        overlay(Verdict.FAIL, "back: not encrypted"),
        overlay(Verdict.FAIL, "back: not encrypted", manager=False),
        case(Verdict.NOT_APPLICABLE, snapshot(swarm=swarm(), networks=[network()]), says="has no overlay network"),
        case(Verdict.UNKNOWN, snapshot(swarm=swarm(), networks=DENIED), says="permission denied"),
    ),
    "7.4": (
        *OUTSIDE,
        inside(Verdict.PASS, secrets=("key",), services=(Service("a", environment=("PATH",)),), says="keeps: 1"),
        inside(Verdict.PASS, secrets=("key",), services=DENIED),
        inside(Verdict.MANUAL, secrets=(), says="secrets that the swarm keeps: 0"),
        # docker-bench-security passes where there is any secret
        inside(
            Verdict.MANUAL,
            "shop: A_TOKEN, DB_PASSWORD",
            secrets=("key",),
            services=(Service("shop", environment=("DB_PASSWORD", "A_TOKEN", "PATH")), Service("b")),
        ),
        inside(Verdict.MANUAL, secrets=DENIED, says="which secrets does the swarm keep? permission denied"),
        inside(Verdict.MANUAL, manager=False, secrets=DENIED),
    ),
    "7.5": (
        *OUTSIDE,
        ON_A_WORKER,
        inside(Verdict.PASS, autolock=True, says="autolock: on"),
        inside(Verdict.FAIL, "autolock: off", autolock=False, says="autolock: off"),
        inside(Verdict.UNKNOWN, autolock=DENIED, says="permission denied"),
    ),
    "7.6": (
        *OUTSIDE,
        inside(Verdict.MANUAL, autolock=True, says="how old is the key?"),
        inside(Verdict.NOT_APPLICABLE, autolock=False, says="auto-lock is off: there is no key"),
        inside(Verdict.MANUAL, manager=False, autolock=DENIED, says="is there a key, and how old is it? permission"),
    ),
    "7.7": (
        *OUTSIDE,
        inside(Verdict.PASS, certificate_seconds=48 * 3600, says="certificates hold 48 hours"),
        inside(Verdict.PASS, certificate_seconds=1),
        inside(Verdict.MANUAL, certificate_seconds=48 * 3600 + 1),  # docker-bench-security passes it
        inside(Verdict.MANUAL, certificate_seconds=7776000, says="certificates hold 2160 hours"),
        inside(Verdict.MANUAL, certificate_seconds=0, says="certificates hold 0 hours"),
        inside(
            Verdict.MANUAL, manager=False, certificate_seconds=DENIED, says="how long do certificates hold? permission"
        ),
    ),
    "7.8": (
        *OUTSIDE,
        inside(Verdict.MANUAL, ca_issued="2026-01-01T00:00:00Z", says="the CA is 151 days old; rotations: 0"),
        inside(Verdict.MANUAL, ca_issued="", ca_rotations=2, says="the CA is of unknown age; rotations: 2"),
        inside(
            Verdict.MANUAL,
            ca_issued="2026-06-01T00:00:00Z",
            ca_rotations=DENIED,
            says="the CA is 0 days old; rotations: not known",
        ),
        inside(Verdict.MANUAL, manager=False, ca_issued=DENIED, says="how old is the CA? permission denied"),
    ),
    "7.9": (
        *OUTSIDE,
        inside(Verdict.PASS, data_path_address="198.51.100.1", says="management: 192.0.2.1, data: 198.51.100.1"),
        inside(
            Verdict.PASS, advertise_address="eth0:2377", data_path_address="eth1", says="management: eth0, data: eth1"
        ),
        inside(Verdict.PASS, advertise_address="", data_path_address="198.51.100.1", says="management: 192.0.2.1"),
        inside(Verdict.MANUAL, data_path_address="", says="management: 192.0.2.1, data: the same"),
        inside(Verdict.MANUAL, advertise_address="192.0.2.1:2377", data_path_address="192.0.2.1"),
        inside(
            Verdict.MANUAL, advertise_address="", node_address="", data_path_address="eth1", says="management: not set"
        ),
        inside(Verdict.MANUAL, manager=False, advertise_address=DENIED, says="which addresses does it use? the node's"),
        inside(Verdict.MANUAL, data_path_address=DENIED, says="which addresses does it use? the node's"),
    ),
}
