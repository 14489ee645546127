"""Section 2 of the benchmark, how the daemon itself is configured: network, logs, registries, storage, TLS, authorization.

What it gives to the containers that it starts is in `section2_containers`.
"""

from __future__ import annotations

from checks.cis.check import Check, Outcome, check
from checks.cis.daemon import Engine
from checks.cis.judging import asked, failed, listed, manual, not_applicable, passed, setting, shown, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Offender, Verdict

_NULL = "docker-bench-security's release 1.6.0 with jq takes what daemon.json does not set for null, and {} such hosts"
_SPELLINGS = (
    "docker-bench-security knows only the flag's spelling `{flag}`; 0, f, F and FALSE say the same to the daemon"
)


@check(
    "2.1",
    "The daemon runs without root",
    reads="Whether the engine calls itself rootless, and the user of its process as the host sees it.",
    decides="Passes when it runs as another user than root; else a person has to say whether it could.",
    remedy="`dockerd-rootless-setuptool.sh install`, as its future user; Docker's manual lists what rootless mode lacks.",
)
def rootless(snapshot: Snapshot) -> Outcome:
    uid = snapshot.daemon.uid
    if snapshot.engine.rootless:
        return passed("the engine is rootless")
    if isinstance(uid, Unknown):
        return manual(f"could the daemon run without root? It is not rootless; its user is unknown: {uid.reason}")
    return passed(f"the daemon runs as user {uid}") if uid else manual("could the daemon run without root?")


@check(
    "2.2",
    "Containers on the default bridge cannot reach each other",
    reads="The daemon's option `icc`, where flags and file cannot be read that of the default bridge network.",
    decides="Passes when it is false.",
    remedy='Set `"icc": false` in daemon.json and restart the daemon; containers that must talk share a network of their own.',
    deviation=_SPELLINGS.format(flag="--icc=false"),
)
def inter_container_communication(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "icc", lambda value: value is False)


@check(
    "2.3",
    "The daemon logs at the level info",
    reads="The daemon's options `log-level` and `debug`.",
    decides="Passes when the level is info and debug, which overrides it, is off.",
    remedy='Remove `"debug"` from daemon.json and set `"log-level": "info"`, or leave both to their defaults.',
    deviation="docker-bench-security sees the level in daemon.json only: with the flag --log-level=debug or --debug, or with "
    '`"debug": true` in daemon.json, it passes; ' + _NULL.format("fails"),
)
def log_level(snapshot: Snapshot) -> Outcome:
    debug = setting(snapshot, "debug", lambda value: value is False)
    level = setting(snapshot, "log-level", lambda value: value == "info")
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        for one in (debug, level):
            if one.verdict is verdict:
                return one
    return passed(f"{level.evidence}; {debug.evidence}")


@check(
    "2.4",
    "The daemon may make firewall rules",
    reads="The daemon's option `iptables`.",
    decides="Fails when it is false: then nothing keeps networks apart, and published ports are open as somebody else says.",
    remedy='Remove `"iptables": false` from daemon.json, or the flag, and restart the daemon.',
    deviation=_SPELLINGS.format(flag="--iptables=false"),
)
def iptables(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "iptables", lambda value: value is True)


@check(
    "2.5",
    "No registry is used without TLS",
    reads="The daemon's option `insecure-registries`.",
    decides="Fails when it names one.",
    remedy='Put the authority of its certificate at /etc/docker/certs.d/NAME/ca.crt, and empty `"insecure-registries"`.',
    deviation=_NULL.format("fails"),
)
def insecure_registries(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "insecure-registries", lambda value: not value)


def _not_stored_by(driver: str, name: str) -> Check:
    declared = check(
        name,
        f"The storage driver {driver} is not used",
        reads="The storage driver, as the engine tells it.",
        decides=f"Fails when it is {driver}.",
        remedy='Set `"storage-driver": "overlay2"` in daemon.json and restart the daemon; images are pulled or built anew.',
    )

    def judge(snapshot: Snapshot) -> Outcome:
        used = snapshot.engine.storage_driver
        if not used:
            return unknown("the engine did not tell its storage driver")
        told = f"storage driver: {used}"
        return failed(told, Offender("storage-driver", "option", used)) if used == driver else passed(told)

    return declared(judge)


aufs = _not_stored_by("aufs", "2.6")
devicemapper = _not_stored_by("devicemapper", "2.7")


@check(
    "2.8",
    "Who uses the daemon over TCP shows a certificate",
    reads="The daemon's options `hosts`, `tlsverify` and `tls`.",
    decides="Fails for each TCP socket while `tlsverify` is off: TLS alone does not ask who the client is. Without a TCP "
    "socket there is nothing to judge.",
    remedy='Set `"tlsverify": true`, `"tlscacert"`, `"tlscert"` and `"tlskey"` in daemon.json, or remove the `tcp://` host.',
    deviation="docker-bench-security never sees a TCP socket that a flag opens (a stray no-break space in its source), nor one "
    "on a line of its own in daemon.json, nor `tlsverify` in daemon.json; the flag --tlsverify=false passes",
)
def tls(snapshot: Snapshot) -> Outcome:
    hosts = snapshot.daemon.option("hosts")
    if isinstance(hosts, Unknown):
        return unknown(f"hosts: {hosts.reason}")
    tcp = [host for host in hosts.value if not host.startswith(("unix://", "fd://", "npipe://"))]
    if not tcp:
        return not_applicable(f"no TCP socket: hosts is {shown(hosts.value)} ({hosts.source})")
    verified = setting(snapshot, "tlsverify", lambda value: value is True)
    if verified.verdict is not Verdict.FAIL:
        return Outcome(verified.verdict, (), f"{listed(tcp)}: {verified.evidence}")
    encrypted = setting(snapshot, "tls", lambda value: value is True).verdict is Verdict.PASS
    lacks = "TLS, but no certificate is asked for" if encrypted else "no TLS"
    return failed(f"{listed(tcp)}: {lacks}", *(Offender(host, "socket", lacks) for host in tcp))


@check(
    "2.12",
    "The storage option dm.basesize is not set",
    reads="The daemon's option `storage-opts`.",
    decides="Fails when it sets dm.basesize, which makes every image and container of devicemapper larger.",
    remedy='Remove `dm.basesize` from `"storage-opts"` in daemon.json, or from the flags, and restart the daemon.',
    deviation="docker-bench-security sees of the flags the last --storage-opt only, and of that its value only where it is "
    "joined by =",
)
def base_size(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "storage-opts", lambda value: not any("dm.basesize" in one for one in value))


@check(
    "2.13",
    "A plugin authorizes what clients ask of the daemon",
    reads="The daemon's option `authorization-plugins`.",
    decides="Passes when it names one.",
    remedy='Install an authorization plugin, write its policy, and name it in `"authorization-plugins"` of daemon.json.',
    deviation=_NULL.format("passes"),
)
def authorization(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "authorization-plugins", bool)


_LOCAL = frozenset({"json-file", "local", "journald", "none"})


@check(
    "2.14",
    "The containers' logs leave the host",
    reads="The logging driver, as the engine tells it, and of syslog the daemon's option `log-opts`.",
    decides="Fails for json-file, local, journald and none, and for syslog without an address, or with that of a unix socket.",
    remedy='Set `"log-driver": "syslog"` and `"log-opts": {"syslog-address": "tcp+tls://HOST:6514"}` in daemon.json, or another\n'
    "driver that sends: fluentd, gelf, splunk, awslogs, gcplogs, a plugin. Containers have it once they are made anew.",
    deviation="docker-bench-security fails json-file only; local, journald, none and syslog to this host's own socket keep logs "
    "here too",
)
def central_logging(snapshot: Snapshot) -> Outcome:
    driver = snapshot.engine.logging_driver
    if not driver:
        return unknown("the engine did not tell its logging driver")
    told = f"log-driver: {driver}"
    if driver in _LOCAL:
        return failed(told, Offender("log-driver", "option", driver))
    return setting(snapshot, "log-opts", _sends) if driver == "syslog" else passed(told)


def _sends(options: dict[str, str]) -> bool:
    address = options.get("syslog-address", "")
    return bool(address) and not address.startswith(("unix:", "unixgram:"))


@check(
    "2.19",
    "Experimental features are off",
    reads="Whether the engine says that it is experimental.",
    decides="Passes when it is not.",
    remedy='Remove `"experimental": true` from daemon.json, or the flag --experimental, and restart the daemon.',
    deviation="docker-bench-security does not judge engines after 19.03, as the client's option is no more; the daemon's is, and "
    "we fail where it is on",
)
def experimental(snapshot: Snapshot) -> Outcome:
    def decide(engine: Engine) -> Outcome:
        if not engine.experimental:
            return passed("experimental: false")
        return failed("experimental: true", Offender("experimental", "option", "true"))

    return asked(snapshot, decide)


CHECKS = (
    *(rootless, inter_container_communication, log_level, iptables, insecure_registries, aufs, devicemapper, tls),
    *(base_size, authorization, central_logging, experimental),
)
