"""Section 7 of the benchmark: the swarm that the engine is in, where it is in one."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.daemon import Swarm
from checks.cis.facts import Network
from checks.cis.judging import Fault, failed, in_swarm, listed, manual, not_applicable, over, passed, unknown
from checks.cis.redact import is_secret_name
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.cis.values import days_between, is_wildcard
from checks.model import Offender
from checks.report.plain import counted

_MOST_MANAGERS = 7
_PORT = 2377
_TWO_DAYS = 2 * 24 * 3600

_OUTSIDE = "outside a swarm docker-bench-security passes, with us it is not applicable"
_WORKER = f"{_OUTSIDE}; on a worker it warns, with us only managers know"


@check(
    "7.1",
    "The swarm has no more managers than it needs",
    reads="How many managers the swarm has.",
    decides=f"Fails for an even number, which tolerates no more failures than one less, and for more than {_MOST_MANAGERS}.",
    remedy="`docker node demote NODE` or `docker node promote NODE` until there are 1, 3, 5 or 7.",
    deviation=f"docker-bench-security counts leaders, of which there is always one: we count managers; {_WORKER}",
)
def managers(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        count = swarm.managers
        if isinstance(count, Unknown):
            return unknown(count)
        if count % 2 and count <= _MOST_MANAGERS:
            return passed(f"managers: {count}")
        return failed(f"managers: {count}", Offender("managers", "swarm", str(count)))

    return in_swarm(snapshot, decide)


@check(
    "7.2",
    "The swarm listens on one address of the host",
    reads=f"The TCP sockets that listen on the swarm's port, {_PORT} unless `--listen-addr` says otherwise; where there is none, "
    "the address that a manager was told to listen at.",
    decides="Fails when one listens on all addresses.",
    remedy="Make the swarm anew with an address: `docker swarm leave --force`, `docker swarm init --listen-addr 192.0.2.1:2377`.",
    deviation=f"docker-bench-security looks at port {_PORT} only: a swarm that listens elsewhere passes there; {_OUTSIDE}",
)
def listen_address(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        told = swarm.listen_address if swarm.manager and isinstance(swarm.listen_address, str) else ""
        host, port = _address(told)
        listeners = snapshot.host.listeners
        seen = () if isinstance(listeners, Unknown) else listeners
        addresses = [one.address for one in seen if one.port == port] or ([host] if told else [])
        if not addresses:
            return unknown(listeners) if isinstance(listeners, Unknown) else passed(f"nothing listens on port {port}")
        wild = [Offender(f"port {port}", "swarm", address or "*") for address in addresses if is_wildcard(address)]
        evidence = f"port {port} is open at {listed(address or '*' for address in addresses)}"
        return failed(evidence, *wild) if wild else passed(evidence)

    return in_swarm(snapshot, decide, manager=False)


def _address(told: str) -> tuple[str, int]:
    host, _, port = told.rpartition(":")
    return (host, int(port)) if port.isdecimal() else (told, _PORT)


@check(
    "7.3",
    "Overlay networks are encrypted",
    reads="The driver options of each overlay network, the swarm's own (`ingress`) too.",
    decides="Fails for one without the option `encrypted`.",
    remedy="`docker network create --driver overlay --opt encrypted NAME`; remove `ingress` and make it anew the same way.",
    deviation=f"{_OUTSIDE}; the same where the swarm has no overlay network",
)
def encrypted_networks(snapshot: Snapshot) -> Outcome:
    def fault(network: Network) -> Fault:
        return None if "encrypted" in network.options else "not encrypted"

    def decide(_: Swarm) -> Outcome:
        known = snapshot.networks
        overlays = known if isinstance(known, Unknown) else [one for one in known if one.driver == "overlay"]
        return over(overlays, fault, "network", "all encrypted", none="the swarm has no overlay network")

    return in_swarm(snapshot, decide, manager=False)


@check(
    "7.4",
    "Services get their secrets from the swarm",
    reads="How many secrets the swarm keeps, and the names of variables that its services set.",
    decides="Passes where the swarm keeps secrets and no service sets a variable that is named like one; else it asks.",
    remedy="`docker secret create NAME FILE`, then `docker service update --secret-add NAME SERVICE`; read /run/secrets/NAME.",
    deviation=f"{_OUTSIDE}; where there are secrets it passes, although services have others in their variables: we ask",
)
def secrets(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        if isinstance(swarm.secrets, Unknown):
            return manual(f"which secrets does the swarm keep? {swarm.secrets.reason}")
        services = () if isinstance(swarm.services, Unknown) else swarm.services
        named = {one.name: listed(sorted(filter(is_secret_name, one.environment))) for one in services}
        look_at = [Offender(name, "service", names) for name, names in named.items() if names]
        evidence = f"secrets that the swarm keeps: {len(swarm.secrets)}"
        return passed(evidence) if swarm.secrets and not look_at else manual(evidence, look_at)

    return in_swarm(snapshot, decide, manager=False)


@check(
    "7.5",
    "Managers are locked until somebody unlocks them",
    reads="The swarm's auto-lock setting.",
    decides="Fails when it is off: then a stolen disk of a manager holds the swarm's keys.",
    remedy="`docker swarm update --autolock=true`, and keep the key that it prints somewhere else.",
    deviation=_WORKER,
)
def auto_lock(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        if isinstance(swarm.autolock, Unknown):
            return unknown(swarm.autolock)
        return (
            passed("autolock: on") if swarm.autolock else failed("autolock: off", Offender("autolock", "swarm", "off"))
        )

    return in_swarm(snapshot, decide)


@check(
    "7.6",
    "The key that unlocks managers is changed now and then",
    reads="Whether there is such a key; nothing tells how old it is.",
    decides="Asks for a look where auto-lock is on, or nobody knows; not applicable where it is off, as there is no key.",
    remedy="`docker swarm unlock-key --rotate`, by a calendar.",
    deviation=_OUTSIDE,
)
def unlock_key(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        if isinstance(swarm.autolock, Unknown):
            return manual(f"is there a key, and how old is it? {swarm.autolock.reason}")
        return manual("how old is the key?") if swarm.autolock else not_applicable("auto-lock is off: there is no key")

    return in_swarm(snapshot, decide, manager=False)


@check(
    "7.7",
    "Certificates of nodes are renewed often enough",
    reads="How long certificates of nodes hold.",
    decides="Passes for 48 hours or less; else asks for a look.",
    remedy="`docker swarm update --cert-expiry 48h`.",
    deviation=f"{_OUTSIDE}; it passes what is shown as 2 days, up to 72 hours: above 48 hours we ask",
)
def node_certificates(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        seconds = swarm.certificate_seconds
        if isinstance(seconds, Unknown):
            return manual(f"how long do certificates hold? {seconds.reason}")
        evidence = f"certificates hold {seconds / 3600:g} hours"
        return passed(evidence) if 0 < seconds <= _TWO_DAYS else manual(evidence)

    return in_swarm(snapshot, decide, manager=False)


@check(
    "7.8",
    "The swarm's own certificate authority is renewed now and then",
    reads="When the certificate of the swarm's CA was made, and how often that was asked for.",
    decides="Always for a person to judge; says how old it is.",
    remedy="`docker swarm ca --rotate`, by a calendar and whenever a manager was lost.",
    deviation=_OUTSIDE,
)
def ca_certificate(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        issued, rotations = swarm.ca_issued, swarm.ca_rotations
        if isinstance(issued, Unknown):
            return manual(f"how old is the CA? {issued.reason}")
        days = days_between(issued, snapshot.collected)
        age = "of unknown age" if days is None else f"{counted(days, 'day')} old"
        return manual(f"the CA is {age}; rotations: {'not known' if isinstance(rotations, Unknown) else rotations}")

    return in_swarm(snapshot, decide, manager=False)


@check(
    "7.9",
    "Management traffic and data of the swarm are kept apart",
    reads="The addresses of this node for management (what it advertises) and for data.",
    decides="Passes where both are known and differ; else asks for a look.",
    remedy="Join with two addresses: `docker swarm init --advertise-addr 192.0.2.1 --data-path-addr 198.51.100.1`.",
    deviation=_OUTSIDE,
)
def separate_planes(snapshot: Snapshot) -> Outcome:
    def decide(swarm: Swarm) -> Outcome:
        advertised, data = swarm.advertise_address, swarm.data_path_address
        if isinstance(advertised, Unknown) or isinstance(data, Unknown):
            return manual("which addresses does it use? the node's configuration could not be read")
        management = _address(advertised)[0] or swarm.node_address
        told = f"management: {management or 'not set'}, data: {data or 'the same'}"
        return passed(told) if data and management and _address(data)[0] != management else manual(told)

    return in_swarm(snapshot, decide, manager=False)


CHECKS = (
    *(managers, listen_address, encrypted_networks, secrets, auto_lock),
    *(unlock_key, node_certificates, ca_certificate, separate_planes),
)
