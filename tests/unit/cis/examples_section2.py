from __future__ import annotations

from collections.abc import Mapping

from checks.cis.daemon import Daemon, Option
from checks.cis.snapshot import Snapshot
from checks.model import Verdict
from tests.unit.cis.builders import Case, case, daemon, snapshot, unread_daemon

JSON = "(/etc/docker/daemon.json)"


def configured(**options: object) -> Snapshot:
    return snapshot(daemon=daemon(**options))


def flagged(name: str, value: object, flag: str) -> Snapshot:
    """Return a host whose daemon has this option by that flag."""
    return snapshot(daemon=Daemon({name: Option(value, flag)}, unread=""))


def unread(**options: object) -> Snapshot:
    """Return a host whose engine tells these options by its API, and nobody tells the others."""
    return snapshot(daemon=unread_daemon(**options))


NOT_TOLD = case(Verdict.UNKNOWN, unread(), says="only the API answers")


def run_by(uid: int) -> Snapshot:
    return snapshot(daemon=Daemon(unread="", uid=uid))


ROOTLESS = (
    case(Verdict.MANUAL, run_by(0), says="could the daemon run without root?"),
    case(Verdict.PASS, run_by(1), says="the daemon runs as user 1"),
    case(Verdict.PASS, run_by(1000), says="the daemon runs as user 1000"),
    case(Verdict.PASS, snapshot(engine={"security": {"rootless": ""}}), says="the engine is rootless"),
    case(
        Verdict.PASS,
        snapshot(engine={"security": {"rootless": ""}}, daemon=unread_daemon()),
        says="the engine is rootless",
    ),
    case(
        Verdict.MANUAL,
        unread(),
        says="could the daemon run without root? It is not rootless; its user is unknown: permission denied",
    ),
)

LOG_LEVEL = (
    case(Verdict.PASS, snapshot(), says="log-level: info (default); debug: false (default)"),
    case(Verdict.PASS, configured(log_level="info", debug=False), says=f"log-level: info {JSON}; debug: false {JSON}"),
    *(
        case(Verdict.FAIL, configured(log_level=level), f"log-level: {level} {JSON}")
        for level in ("debug", "warn", "error", "fatal", "information")
    ),
    # deviation: what a flag says counts
    case(Verdict.FAIL, flagged("log-level", "debug", "--log-level=debug"), "log-level: debug (--log-level=debug)"),
    case(Verdict.PASS, flagged("log-level", "info", "-l info"), says="log-level: info (-l info)"),
    # deviation: debug overrides the level
    case(Verdict.FAIL, configured(log_level="info", debug=True), f"debug: true {JSON}"),
    case(Verdict.FAIL, configured(log_level="debug", debug=True), f"debug: true {JSON}"),
    case(Verdict.FAIL, flagged("debug", True, "-D"), "debug: true (-D)"),
    case(Verdict.FAIL, unread(debug=True), "debug: true (the API)"),
    case(Verdict.FAIL, unread(log_level="warn"), "log-level: warn (the API)"),
    case(Verdict.UNKNOWN, unread(debug=False), says="log-level: only the API answers"),
    case(Verdict.UNKNOWN, unread(log_level="info"), says="debug: only the API answers"),
)

BOTH = {"hosts": ("unix:///run/docker.sock", "tcp://0.0.0.0:2375")}
TLS = (
    case(Verdict.NOT_APPLICABLE, snapshot(), says="no TCP socket: hosts is not set (default)"),
    *(
        case(Verdict.NOT_APPLICABLE, configured(hosts=(local,)), says=f"no TCP socket: hosts is {local} {JSON}")
        for local in ("unix:///run/docker.sock", "fd://", "npipe:////./pipe/docker_engine")
    ),
    # deviation: daemon.json's tlsverify counts
    case(
        Verdict.PASS,
        configured(hosts=("fd://", "tcp://0.0.0.0:2376"), tlsverify=True),
        says=f"tcp://0.0.0.0:2376: tlsverify: true {JSON}",
    ),
    case(Verdict.PASS, configured(**BOTH, tlsverify=True, tls=True)),
    case(Verdict.FAIL, configured(**BOTH), "tcp://0.0.0.0:2375: no TLS", says="tcp://0.0.0.0:2375: no TLS"),
    case(Verdict.FAIL, configured(**BOTH, tls=True), "tcp://0.0.0.0:2375: TLS, but no certificate is asked for"),
    case(Verdict.FAIL, configured(hosts=("tcp://127.0.0.1:2375",), tls=False), "tcp://127.0.0.1:2375: no TLS"),
    case(Verdict.FAIL, configured(hosts=("192.0.2.1:2375",)), "192.0.2.1:2375: no TLS"),
    # deviation: a socket that a flag opens is one, and tlsverify is false where a flag says so
    case(Verdict.FAIL, flagged("hosts", ("tcp://[::]:2375",), "-H tcp://[::]:2375"), "tcp://[::]:2375: no TLS"),
    case(
        Verdict.FAIL,
        configured(hosts=("tcp://a:1", "tcp://b:2"), tls=True, tlsverify=False),
        "tcp://a:1: TLS, but no certificate is asked for",
        "tcp://b:2: TLS, but no certificate is asked for",
        says="tcp://a:1, tcp://b:2: TLS",
    ),
    case(Verdict.UNKNOWN, unread(), says="hosts: only the API answers"),
    case(Verdict.UNKNOWN, unread(**BOTH), says="tcp://0.0.0.0:2375: tlsverify: only the API answers"),
)


def logging(driver: str, **options: object) -> Snapshot:
    return snapshot(engine={"logging_driver": driver}, daemon=daemon(**options))


def syslog(address: str) -> Snapshot:
    return logging("syslog", log_opts={"syslog-address": address})


LOGGING = (
    *(
        case(Verdict.FAIL, logging(driver), f"log-driver: {driver}", says=f"log-driver: {driver}")
        for driver in ("json-file", "local", "journald", "none")  # deviation: but the first
    ),
    *(
        case(Verdict.PASS, logging(driver), says=f"log-driver: {driver}")
        for driver in ("fluentd", "gelf", "splunk", "awslogs", "gcplogs", "corp/loki:latest")
    ),
    *(
        case(Verdict.PASS, syslog(address), says=f"log-opts: syslog-address={address} {JSON}")
        for address in ("tcp://192.0.2.1:514", "udp://logs:514", "tcp+tls://logs:6514")
    ),
    # deviation: syslog without an address is this host's own
    case(Verdict.FAIL, logging("syslog"), "log-opts: not set (default)"),
    case(Verdict.FAIL, logging("syslog", log_opts={"tag": "x"}), f"log-opts: tag=x {JSON}"),
    case(Verdict.FAIL, syslog("unix:///dev/log"), f"log-opts: syslog-address=unix:///dev/log {JSON}"),
    case(Verdict.FAIL, syslog("unixgram:///dev/log"), f"log-opts: syslog-address=unixgram:///dev/log {JSON}"),
    case(Verdict.UNKNOWN, snapshot(engine={"logging_driver": "syslog"}, daemon=unread_daemon()), says="only the API"),
    case(Verdict.PASS, snapshot(engine={"logging_driver": "gelf"}, daemon=unread_daemon())),
    case(Verdict.UNKNOWN, snapshot(), says="the engine did not tell its logging driver"),
)


def stored_by(driver: str) -> Snapshot:
    return snapshot(engine={"storage_driver": driver})


def drivers(bad: str, other: str) -> tuple[Case, ...]:
    return (
        case(Verdict.FAIL, stored_by(bad), f"storage-driver: {bad}", says=f"storage driver: {bad}"),
        *(case(Verdict.PASS, stored_by(good), says=f"storage driver: {good}") for good in (other, "overlay2", "zfs")),
        case(Verdict.UNKNOWN, stored_by(""), says="the engine did not tell its storage driver"),
    )


EXAMPLES: Mapping[str, tuple[Case, ...]] = {
    "2.1": ROOTLESS,
    "2.2": (
        case(Verdict.PASS, configured(icc=False), says="icc: false (/etc/docker/daemon.json)"),
        case(Verdict.PASS, unread(icc=False), says="icc: false (the API)"),
        case(Verdict.FAIL, configured(icc=True), "icc: true (/etc/docker/daemon.json)"),
        case(Verdict.FAIL, flagged("icc", True, "--icc"), "icc: true (--icc)"),
        case(Verdict.FAIL, snapshot(), "icc: true (default)"),
        # deviation: every spelling of false is false
        case(Verdict.PASS, flagged("icc", False, "--icc=0"), says="icc: false (--icc=0)"),
        NOT_TOLD,
    ),
    "2.3": LOG_LEVEL,
    "2.4": (
        case(Verdict.PASS, snapshot(), says="iptables: true (default)"),
        case(Verdict.PASS, configured(iptables=True)),
        case(Verdict.FAIL, configured(iptables=False), f"iptables: false {JSON}"),
        # deviation: every spelling of false is false
        case(Verdict.FAIL, flagged("iptables", False, "--iptables=0"), "iptables: false (--iptables=0)"),
        NOT_TOLD,
    ),
    "2.5": (
        case(Verdict.PASS, snapshot(), says="insecure-registries: not set (default)"),
        # deviation: a daemon.json without the key names none
        case(Verdict.PASS, configured(icc=False), says="insecure-registries: not set (default)"),
        case(Verdict.PASS, configured(insecure_registries=())),
        case(Verdict.FAIL, configured(insecure_registries=("a:5000", "b")), f"insecure-registries: a:5000, b {JSON}"),
        case(
            Verdict.FAIL,
            flagged("insecure-registries", ("a",), "--insecure-registry a"),
            "insecure-registries: a (--insecure-registry a)",
        ),
        NOT_TOLD,
    ),
    "2.6": drivers("aufs", "devicemapper"),
    "2.7": drivers("devicemapper", "aufs"),
    "2.8": TLS,
    "2.12": (
        case(Verdict.PASS, snapshot(), says="storage-opts: not set (default)"),
        case(Verdict.PASS, configured(storage_opts=("dm.fs=xfs", "overlay2.size=20G"))),
        case(Verdict.FAIL, configured(storage_opts=("dm.basesize=20G",)), f"storage-opts: dm.basesize=20G {JSON}"),
        # deviation: in whatever place, of whatever number of flags
        case(
            Verdict.FAIL,
            flagged("storage-opts", ("dm.basesize=20G", "dm.fs=xfs"), "--storage-opt dm.basesize=20G"),
            "storage-opts: dm.basesize=20G, dm.fs=xfs (--storage-opt dm.basesize=20G)",
        ),
        NOT_TOLD,
    ),
    "2.13": (
        case(Verdict.PASS, configured(authorization_plugins=("opa",)), says=f"authorization-plugins: opa {JSON}"),
        case(Verdict.PASS, unread(authorization_plugins=("opa",)), says="opa (the API)"),
        # deviation: a daemon.json without the key names none
        case(Verdict.FAIL, configured(icc=False), "authorization-plugins: not set (default)"),
        case(Verdict.FAIL, configured(authorization_plugins=()), f"authorization-plugins: not set {JSON}"),
        NOT_TOLD,
    ),
    "2.14": LOGGING,
    "2.19": (
        case(Verdict.PASS, snapshot(), says="experimental: false"),
        case(Verdict.PASS, snapshot(engine={"version": "18.09.1"})),
        case(Verdict.FAIL, snapshot(engine={"version": "18.09.1", "experimental": True}), "experimental: true"),
        # deviation: newer engines have experimental features too
        case(Verdict.FAIL, snapshot(engine={"experimental": True}), "experimental: true", says="experimental: true"),
        case(Verdict.UNKNOWN, Snapshot(), says="the engine was not asked"),
    ),
}
