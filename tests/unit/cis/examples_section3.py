from __future__ import annotations

from collections.abc import Mapping

from checks.cis.daemon import Daemon
from checks.cis.host import File, Role, Stat
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, file, snapshot, unread_file

PATH = "/a"
ROOTLESS = {"security": {"rootless": ""}}


def has(role: Role, *found: File) -> Snapshot:
    """Return a host with these files in a role, the folder of registries too where they are theirs."""
    folder = [file("/etc/docker/certs.d")] if role is Role.REGISTRY_CERTIFICATES else []
    return snapshot(files={role: found, Role.REGISTRIES: folder})


def rootless(role: Role, owner: str, uid: int | Unknown = 1000, *, engine: bool = True) -> Snapshot:
    """Return a host where that user runs an engine, whose file belongs to `owner`."""
    facts = {role: [file(PATH, 0o600, owner)], Role.REGISTRIES: [file("/etc/docker/certs.d")]}
    return snapshot(files=facts, engine=ROOTLESS if engine else {}, daemon=Daemon(unread="", uid=uid))


def owners(role: Role, group: str = "root") -> tuple[Case, ...]:
    """Return what every check of owners has to say."""
    good = file(PATH, owner=f"root:{group}")
    wrong = [f"ann:{group}", "root:staff", "ann:staff", "docker:docker"]
    wrong.append("root:root" if group == "docker" else "root:docker")
    return (
        case(Verdict.PASS, has(role, good), says=f"1 file: root:{group}"),
        *(case(Verdict.FAIL, has(role, good, file("/b", owner=one)), f"/b: owner {one}") for one in wrong),
        # deviation: user 0 is root, whatever it is called
        case(
            Verdict.PASS,
            has(role, File(PATH, Stat("file", 0, 0, 0o644, "toor", "docker" if group == "docker" else "wheel"))),
        ),
        # deviation: a rootless engine's files belong to its user
        case(Verdict.PASS, rootless(role, f"root:{group}")),
        case(Verdict.PASS, rootless(role, "ann:ann")),
        case(Verdict.PASS, rootless(role, "ann:docker")),
        case(Verdict.FAIL, rootless(role, "docker:ann"), f"{PATH}: owner docker:ann"),
        case(Verdict.PASS, rootless(role, f"root:{group}", DENIED)),
        case(Verdict.UNKNOWN, rootless(role, "ann:ann", DENIED), says="permission denied"),
        case(Verdict.FAIL, rootless(role, "ann:ann", 1001), f"{PATH}: owner ann:ann"),
        case(Verdict.FAIL, rootless(role, "ann:ann", engine=False), f"{PATH}: owner ann:ann"),
        *unread(role),
    )


def unread(role: Role) -> tuple[Case, ...]:
    """Return what is said where there is no file, or none that can be read."""
    absent = Role.REGISTRIES if role is Role.REGISTRY_CERTIFICATES else role
    return (
        case(Verdict.UNKNOWN, has(role, unread_file(PATH)), says="permission denied"),
        case(Verdict.UNKNOWN, snapshot(files={absent: DENIED}), says="permission denied"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says=f"there is no {absent} on this host"),
    )


def modes(role: Role, limit: int, *, path: str = PATH) -> tuple[Case, ...]:
    """Return what every check of modes has to say: each bit of its own, and what a decimal comparison gets wrong."""
    beyond = [1 << bit for bit in range(9) if not limit & 1 << bit]
    return (
        *(case(Verdict.PASS, has(role, file(path, 1 << bit))) for bit in range(9) if limit & 1 << bit),
        case(Verdict.PASS, has(role, file(path, limit)), says=f"1 file: {limit:o} or stricter"),
        case(Verdict.PASS, has(role, file(path, 0)), says=f"1 file: {limit:o} or stricter"),
        *(
            case(Verdict.FAIL, has(role, file(path, 0), file("/b", bit)), f"/b: mode {bit:o}", says="1 of 2 files")
            for bit in beyond
        ),
        *(case(Verdict.FAIL, has(role, file(path, limit | bit)), f"{path}: mode {limit | bit:o}") for bit in beyond),
        # deviation: set-id and sticky bits give nobody access
        *(case(Verdict.PASS, has(role, file(path, special | limit))) for special in (0o1000, 0o2000, 0o4000)),
        case(Verdict.FAIL, has(role, file(path, 0o1777)), f"{path}: mode 1777"),
        *unread(role),
    )


def decimal(role: Role, *wrong: int) -> tuple[Case, ...]:
    """Return modes that are lower numbers than the limit's, and wider. deviation: bits count."""
    return tuple(case(Verdict.FAIL, has(role, file(PATH, mode)), f"{PATH}: mode {mode:o}") for mode in wrong)


def upto_644(role: Role) -> tuple[Case, ...]:
    return modes(role, 0o644) + decimal(role, 0o606, 0o577)


def sockets(role: Role) -> tuple[Case, ...]:
    return modes(role, 0o660) + decimal(role, 0o606, 0o577)


CERTIFICATES = Role.REGISTRY_CERTIFICATES
NO_CERTIFICATES = case(
    Verdict.PASS,
    snapshot(files={Role.REGISTRIES: [file("/etc/docker/certs.d", real="/srv")]}),
    says="no certificates in /etc/docker/certs.d",
)
UNREAD_CERTIFICATES = case(
    Verdict.UNKNOWN,
    snapshot(files={Role.REGISTRIES: [file("/etc/docker/certs.d")], CERTIFICATES: DENIED}),
    says="permission denied",
)
KEYS = (
    # deviation: keys are looked at too, and 600 is right for them
    *(
        case(Verdict.PASS, has(CERTIFICATES, file("/etc/docker/certs.d/r/client.key", mode)))
        for mode in (0o600, 0o400, 0o444, 0o440)
    ),
    *(
        case(Verdict.FAIL, has(CERTIFICATES, file("/r/client.key", mode)), f"/r/client.key: mode {mode:o}")
        for mode in (0o644, *(right | 1 << bit for right in (0o444, 0o600) for bit in range(9) if not right & 1 << bit))
    ),
    case(Verdict.PASS, has(CERTIFICATES, file("/r/client.key", 0o600, real="/r/7"))),
    # deviation: and certificates by their other name
    case(Verdict.FAIL, has(CERTIFICATES, file("/r/client.cert", 0o600)), "/r/client.cert: mode 600"),
    case(Verdict.FAIL, has(CERTIFICATES, file("/r/key", 0o600)), "/r/key: mode 600"),
)

TLS_KEY = (
    case(Verdict.PASS, has(Role.TLS_KEY, file(PATH, 0o400)), says="1 file: 400"),
    *(
        case(Verdict.FAIL, has(Role.TLS_KEY, file(PATH, mode)), f"{PATH}: mode {mode:o}")
        for mode in (0, 0o600, 0o440, 0o404, 0o500, 0o401, 0o040, 0o644)
    ),
    # deviation: the sticky bit gives nobody access
    case(Verdict.PASS, has(Role.TLS_KEY, file(PATH, 0o1400))),
    *unread(Role.TLS_KEY),
)

EXAMPLES: Mapping[str, tuple[Case, ...]] = {
    "3.1": owners(Role.DOCKER_SERVICE),
    "3.2": upto_644(Role.DOCKER_SERVICE),
    "3.3": owners(Role.DOCKER_SOCKET_UNIT),
    "3.4": upto_644(Role.DOCKER_SOCKET_UNIT),
    "3.5": owners(Role.CONFIG_DIRECTORY),
    "3.6": modes(Role.CONFIG_DIRECTORY, 0o755) + decimal(Role.CONFIG_DIRECTORY, 0o727, 0o677),
    "3.7": (*owners(CERTIFICATES), NO_CERTIFICATES, UNREAD_CERTIFICATES),
    "3.8": (*modes(CERTIFICATES, 0o444), *decimal(CERTIFICATES, 0o266), *KEYS, NO_CERTIFICATES, UNREAD_CERTIFICATES),
    "3.9": owners(Role.TLS_CA),
    "3.10": modes(Role.TLS_CA, 0o444) + decimal(Role.TLS_CA, 0o266, 0o377),
    "3.11": owners(Role.TLS_CERTIFICATE),
    "3.12": modes(Role.TLS_CERTIFICATE, 0o444) + decimal(Role.TLS_CERTIFICATE, 0o266, 0o377),
    "3.13": owners(Role.TLS_KEY),
    "3.14": TLS_KEY,
    "3.15": owners(Role.SOCKET, "docker"),
    "3.16": sockets(Role.SOCKET),
    "3.17": owners(Role.DAEMON_JSON),
    "3.18": upto_644(Role.DAEMON_JSON),
    "3.19": owners(Role.DEFAULT_DOCKER),
    "3.20": upto_644(Role.DEFAULT_DOCKER),
    "3.21": upto_644(Role.SYSCONFIG_DOCKER),
    "3.22": owners(Role.SYSCONFIG_DOCKER),
    "3.23": owners(Role.CONTAINERD_SOCKET),
    "3.24": sockets(Role.CONTAINERD_SOCKET),
}
