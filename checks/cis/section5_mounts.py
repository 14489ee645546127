"""Section 5 of the benchmark, what containers see of the host's files."""

from __future__ import annotations

from collections.abc import Iterable

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Mount
from checks.cis.host import Role
from checks.cis.judging import Fault, listed, running
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.cis.values import clean_path

SENSITIVE = frozenset({"/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"})
"""The host's folders that the benchmark names; what is below them is not meant."""

_SHARED = frozenset({"shared", "rshared"})
_SOCKET = "docker.sock"


def _on_the_host(mount: Mount) -> Iterable[str]:
    """Return where the mount's content is on the host: its source and, of a volume bound to a path, that path."""
    return (clean_path(path) for path in (mount.source, mount.device) if path)


@check(
    "5.6",
    "No sensitive folder of the host is mounted",
    reads="Mounts of each running container: source, whether writable, and the path that a local volume is bound to.",
    decides="Fails for a writable mount of /, /boot, /dev, /etc, /lib, /proc, /sys or /usr itself; not for a part of one, and "
    "not for one that is read-only.",
    remedy="Mount only the file or folder that it needs, read-only: `--volume /etc/ssl/certs:/etc/ssl/certs:ro`.",
    deviation="docker-bench-security compares all mounts as one text: it warns when a volume is mounted at such a path in the "
    "container, or when a read-only one comes before a writable mount, and misses local volumes that are bound to one",
)
def sensitive_mounts(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        writable = (mount for mount in container.mounts if mount.writable)
        return listed(path for mount in writable for path in _on_the_host(mount) if path in SENSITIVE)

    return running(snapshot, fault, "none mounts a sensitive folder to write to")


@check(
    "5.13",
    "The root file system of containers is read-only",
    reads="HostConfig.ReadonlyRootfs of each running container.",
    decides="Fails when it is false.",
    remedy="Start it with `--read-only --tmpfs /tmp` (compose: `read_only`, `tmpfs`), and a volume where it keeps data.",
)
def read_only(snapshot: Snapshot) -> Outcome:
    return running(snapshot, lambda one: None if one.readonly_root else "writable", "each is read-only")


@check(
    "5.20",
    "Mounts do not propagate from containers to the host",
    reads="The propagation of each mount of each running container.",
    decides="Fails for shared and rshared.",
    remedy="Mount without `:shared` and `:rshared` (compose: `bind.propagation`); the default is rprivate.",
)
def propagation(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return listed(f"{one.target} ({one.propagation})" for one in container.mounts if one.propagation in _SHARED)

    return running(snapshot, fault, "no mount is shared")


@check(
    "5.32",
    "The engine's socket is not inside any container",
    reads="Mounts of each running container, the paths that local volumes are bound to, and the sockets the daemon listens on.",
    decides="Fails for a mount with docker.sock in its source or target, read-only or not, and for a mount of a socket of the "
    "daemon or of a folder that holds one.",
    remedy="Start it without that mount; what must ask the engine gets a proxy that allows those questions only.",
    deviation="docker-bench-security looks for the text docker.sock: a socket of another name, a local volume bound to it, and "
    "a folder that holds the socket (`/run`, `/`) give the engine away as well and fail with us",
)
def engine_socket(snapshot: Snapshot) -> Outcome:
    sockets = _sockets(snapshot)

    def opens(mount: Mount) -> bool:
        if _SOCKET in mount.source or _SOCKET in mount.target or _SOCKET in mount.device:
            return True
        return any(path in sockets for path in _on_the_host(mount))

    def fault(container: Container) -> Fault:
        return listed(mount.device or mount.source or mount.target for mount in container.mounts if opens(mount))

    return running(snapshot, fault, "none has the engine's socket")


def _sockets(snapshot: Snapshot) -> frozenset[str]:
    """Return the daemon's sockets and the folders above them; where nobody could look, the usual socket's."""
    found = snapshot.host.role(Role.SOCKET)
    paths = (
        ["/run/docker.sock"]
        if isinstance(found, Unknown)
        else [one for file in found for one in (file.path, file.real)]
    )
    sockets = [clean_path(path) for path in paths]
    above = ["/".join(parts[:count]) for path in sockets for parts in [path.split("/")] for count in range(len(parts))]
    return frozenset([*sockets, *(path or "/" for path in above)])


CHECKS = (sensitive_mounts, read_only, propagation, engine_socket)
