"""Section 3 of the benchmark: who owns the daemon's files, and who may read and write them.

Owners go by number (a host may have another name for 0), the group docker by name. A rootless engine's files may belong to its
own user, which is its authority. Modes are sets of bits: "644 or stricter" is no bit beyond those of 644. The bits for set-id and
sticky give nobody access to such files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from checks.cis.check import Check, Outcome, check
from checks.cis.host import File, Role, Stat
from checks.cis.judging import Fault, files, not_applicable, over, passed, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown

Judge = Callable[[Stat], Fault]


def _owner(snapshot: Snapshot, group: str = "root") -> Judge:
    """Return what finds files that belong to others than root and that group, or a rootless engine's user."""
    rootless, user = snapshot.engine.rootless, snapshot.daemon.uid

    def fault(stat: Stat) -> Fault:
        in_group = stat.gid == 0 if group == "root" else stat.group == group
        if stat.uid == 0 and in_group:
            return None
        if rootless and (isinstance(user, Unknown) or stat.uid == user):
            return user if isinstance(user, Unknown) else None
        return f"owner {stat.owner}:{stat.group}"

    return fault


def _beyond(stat: Stat, *limits: int) -> str:
    """Return the mode where it has bits beyond each of these limits."""
    permissions = stat.mode & 0o777
    return f"mode {stat.mode:o}" if all(permissions & ~limit for limit in limits) else ""


class _Named(NamedTuple):
    """What a role's file is called: in titles, in what is read, and in a command."""

    title: str
    where: str
    path: str


def _unit(name: str) -> _Named:
    return _Named(f"The unit {name}", "the unit that systemd uses", f"$(systemctl show -P FragmentPath {name})")


def _fixed(path: str, title: str = "") -> _Named:
    return _Named(title or path, path, path)


def _tls(title: str, option: str) -> _Named:
    return _Named(title, f"the file that the daemon's option `{option}` names", option.upper())


_FILES: Mapping[Role, _Named] = {
    Role.DOCKER_SERVICE: _unit("docker.service"),
    Role.DOCKER_SOCKET_UNIT: _unit("docker.socket"),
    Role.CONFIG_DIRECTORY: _fixed("/etc/docker", "The folder /etc/docker"),
    Role.TLS_CA: _tls("The certificate of the daemon's authority", "tlscacert"),
    Role.TLS_CERTIFICATE: _tls("The daemon's certificate", "tlscert"),
    Role.TLS_KEY: _tls("The key of the daemon's certificate", "tlskey"),
    Role.SOCKET: _Named("The daemon's socket", "every unix socket that the daemon listens on", "/run/docker.sock"),
    Role.DAEMON_JSON: _Named("daemon.json", "the file that --config-file names", "/etc/docker/daemon.json"),
    Role.DEFAULT_DOCKER: _fixed("/etc/default/docker"),
    Role.SYSCONFIG_DOCKER: _fixed("/etc/sysconfig/docker"),
    Role.CONTAINERD_SOCKET: _Named("containerd's socket", "the socket", "/run/containerd/containerd.sock"),
}

_LINKS = "judges a link itself, not what it leads to"
_ROOTLESS = "fails what belongs to a rootless engine's own user"
_NUMBERS = "compares names, and fails a user 0 who is not called root"
_BY_NAME = {Role.SOCKET, Role.DAEMON_JSON, Role.DEFAULT_DOCKER, Role.SYSCONFIG_DOCKER, Role.CONTAINERD_SOCKET}
_WORDS = "does not find the file where a flag and its path are two words, or where the daemon's default is in use"
_PLACES = {
    Role.DAEMON_JSON: "looks at /etc/docker/daemon.json only, whatever --config-file says",
    Role.SOCKET: "looks at /var/run/docker.sock only, whatever the daemon listens on",
    Role.CONTAINERD_SOCKET: "looks at /run/containerd/containerd.sock only, whichever the daemon uses",
    Role.TLS_CA: _WORDS,
    Role.TLS_CERTIFICATE: _WORDS,
    Role.TLS_KEY: _WORDS,
}
_DECIMAL = {
    0o755: "727 passes and 1700 fails",
    0o644: "606 and 577 pass and 1600 fails",
    0o660: "606 and 577 pass and 1600 fails",
    0o444: "266 passes and 1400 fails",
    0o400: "1400 fails",
}


def _compared(limit: int) -> str:
    return f"compares modes as decimal numbers: {_DECIMAL[limit]}"


def _deviation(*reasons: str) -> str:
    return f"docker-bench-security {'; it '.join(filter(None, reasons))}"


def _owned(name: str, role: Role, group: str = "root") -> Check:
    """Declare that a role's files belong to root and that group."""
    title, where, path = _FILES[role]
    declared = check(
        name,
        f"{title} belongs to root:{group}",
        reads=f"Owner and group of {where}.",
        decides=f"Fails when the owner is not root or the group is not {group}; a rootless engine's own user is right too.",
        remedy=f"`chown root:{group} {path}`.",
        deviation=_deviation(_LINKS, _ROOTLESS, _NUMBERS if role in _BY_NAME else "", _PLACES.get(role, "")),
        place=path,
    )
    return declared(lambda snapshot: files(snapshot, role, _owner(snapshot, group), f"root:{group}"))


def _limited(name: str, role: Role, limit: int) -> Check:
    """Declare that a role's files have no permission beyond `limit`."""
    title, where, path = _FILES[role]
    declared = check(
        name,
        f"{title} has mode {limit:o} or a stricter one",
        reads=f"The mode of {where}.",
        decides=f"Fails when it has a permission that {limit:o} has not.",
        remedy=f"`chmod {limit:o} {path}`.",
        deviation=_deviation(_compared(limit), _LINKS, _PLACES.get(role, "")),
        place=path,
    )
    return declared(lambda snapshot: files(snapshot, role, lambda stat: _beyond(stat, limit), f"{limit:o} or stricter"))


def _certificates(snapshot: Snapshot, judge: Callable[[File, Stat], Fault], good: str) -> Outcome:
    """Judge the certificates and keys of registries; a folder without any is fine."""
    folder, found = snapshot.host.role(Role.REGISTRIES), snapshot.host.role(Role.REGISTRY_CERTIFICATES)
    if isinstance(folder, Unknown):
        return unknown(folder)
    if not folder:
        return not_applicable(f"there is no {Role.REGISTRIES} on this host")
    if not found:
        return passed(f"no certificates in {folder[0].path}")

    def fault(file: File) -> Fault:
        return file.stat if isinstance(file.stat, Unknown) else judge(file, file.stat)

    return over(found, fault, "file", good, none="")


@check(
    "3.7",
    "Certificates of registries belong to root:root",
    reads="Owner and group of every *.crt, *.cert and *.key in /etc/docker/certs.d.",
    decides="Fails when the owner or the group is not root; a rootless engine's own user is right too.",
    remedy="`chown -R root:root /etc/docker/certs.d`.",
    deviation=_deviation("looks at *.crt files and at their owner only, not at the group", _LINKS, _ROOTLESS),
)
def certificates_owned(snapshot: Snapshot) -> Outcome:
    owner = _owner(snapshot)
    return _certificates(snapshot, lambda _, stat: owner(stat), "root:root")


@check(
    "3.8",
    "Certificates of registries have mode 444 or a stricter one",
    reads="The mode of every *.crt, *.cert and *.key in /etc/docker/certs.d.",
    decides="Fails when it has a permission that 444 has not; a key that only its owner may use (600) is right too.",
    remedy="`chmod 444` for certificates, `chmod 400` for keys, each /etc/docker/certs.d/*/*.",
    deviation=_deviation("looks at *.crt files only", _compared(0o444), _LINKS),
)
def certificates_limited(snapshot: Snapshot) -> Outcome:
    def fault(file: File, stat: Stat) -> Fault:
        return _beyond(stat, 0o444, 0o600) if file.path.endswith(".key") else _beyond(stat, 0o444)

    return _certificates(snapshot, fault, "444 or stricter")


@check(
    "3.14",
    "The key of the daemon's certificate has mode 400",
    reads="The mode of the file that the daemon's option `tlskey` names.",
    decides="Fails when its permissions are not exactly 400.",
    remedy="`chmod 400 TLSKEY`.",
    deviation=_deviation(_compared(0o400), _LINKS, _WORDS),
    place="TLSKEY",
)
def key_limited(snapshot: Snapshot) -> Outcome:
    def fault(stat: Stat) -> Fault:
        return None if stat.mode & 0o777 == 0o400 else f"mode {stat.mode:o}"

    return files(snapshot, Role.TLS_KEY, fault, "400")


CHECKS = (
    _owned("3.1", Role.DOCKER_SERVICE),
    _limited("3.2", Role.DOCKER_SERVICE, 0o644),
    _owned("3.3", Role.DOCKER_SOCKET_UNIT),
    _limited("3.4", Role.DOCKER_SOCKET_UNIT, 0o644),
    _owned("3.5", Role.CONFIG_DIRECTORY),
    _limited("3.6", Role.CONFIG_DIRECTORY, 0o755),
    certificates_owned,
    certificates_limited,
    _owned("3.9", Role.TLS_CA),
    _limited("3.10", Role.TLS_CA, 0o444),
    _owned("3.11", Role.TLS_CERTIFICATE),
    _limited("3.12", Role.TLS_CERTIFICATE, 0o444),
    _owned("3.13", Role.TLS_KEY),
    key_limited,
    _owned("3.15", Role.SOCKET, "docker"),
    _limited("3.16", Role.SOCKET, 0o660),
    _owned("3.17", Role.DAEMON_JSON),
    _limited("3.18", Role.DAEMON_JSON, 0o644),
    _owned("3.19", Role.DEFAULT_DOCKER),
    _limited("3.20", Role.DEFAULT_DOCKER, 0o644),
    _limited("3.21", Role.SYSCONFIG_DOCKER, 0o644),
    _owned("3.22", Role.SYSCONFIG_DOCKER),
    _owned("3.23", Role.CONTAINERD_SOCKET),
    _limited("3.24", Role.CONTAINERD_SOCKET, 0o660),
)
