from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.cis.host import File, Group, Host, MountPoint, Role
from checks.cis.snapshot import Policy, Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, file, snapshot

HERE = "/var/lib/docker"
ROOT = MountPoint("/", "/dev/sda1", "ext4")


def stored(*mounts: MountPoint, folder: File | None = None) -> Snapshot:
    """Return a host with these mounts, and the engine's data in /var/lib/docker."""
    folders = [folder or file(HERE, 0o710, kind="directory")]
    return snapshot(files={Role.DATA_ROOT: folders}, host={"mounts": (ROOT, *mounts)})


def shares(root: str, source: str) -> str:
    return f"{HERE}: bound from {root} of the file system around it, {source}"


PARTITION = (
    case(Verdict.PASS, stored(MountPoint(HERE, "/dev/sdb1", "xfs")), says="1 folder: a mount of its own"),
    case(Verdict.PASS, stored(MountPoint("/mnt/big", "/dev/sdb1", "xfs"), folder=file(HERE, real="/mnt/big"))),
    case(Verdict.PASS, stored(MountPoint(HERE, "/dev/sdb1", "xfs"), folder=File(HERE))),
    case(Verdict.FAIL, stored(), f"{HERE}: no mount point"),
    case(Verdict.FAIL, stored(MountPoint("/var", "/dev/sdb1", "xfs")), f"{HERE}: no mount point"),
    case(Verdict.FAIL, stored(MountPoint(f"{HERE}/overlay2", "/dev/sdb1", "xfs")), f"{HERE}: no mount point"),
    # deviation: a folder of the file system around it, bound there, is no partition, whoever bound it
    case(Verdict.FAIL, stored(MountPoint(HERE, "/dev/sda1", "ext4", HERE)), shares(HERE, "/dev/sda1")),
    case(
        Verdict.FAIL, stored(MountPoint(HERE, "/dev/sda1", "ext4", "/srv/docker")), shares("/srv/docker", "/dev/sda1")
    ),
    case(
        Verdict.FAIL,
        stored(MountPoint("/var", "/dev/sdb1", "xfs", "/v"), MountPoint(HERE, "/dev/sdb1", "xfs", "/v/lib/docker")),
        shares("/v/lib/docker", "/dev/sdb1"),
    ),
    case(
        Verdict.FAIL,
        stored(MountPoint("/var", "/dev/sdb1", "xfs", "/v"), MountPoint(HERE, "/dev/sdb1", "xfs", "/v")),
        shares("/v", "/dev/sdb1"),
    ),
    # a folder of another file system than those around it, a subvolume beside them, a pseudo file system of the same name
    case(Verdict.PASS, stored(MountPoint(HERE, "/dev/sdb1", "ext4", "/docker"))),
    case(Verdict.PASS, stored(MountPoint(HERE, "/dev/sda1", "btrfs", "/docker"))),
    case(Verdict.PASS, stored(MountPoint("/srv", "/dev/sdb1", "xfs"), MountPoint(HERE, "/dev/sdb1", "xfs", "/docker"))),
    case(
        Verdict.PASS,
        stored(MountPoint("/var", "/dev/sdb1", "btrfs", "/@"), MountPoint(HERE, "/dev/sdb1", "btrfs", "/@docker")),
    ),
    case(Verdict.PASS, stored(MountPoint("/var", "tmpfs", "tmpfs"), MountPoint(HERE, "tmpfs", "tmpfs"))),
    # what was mounted last counts, and what is below it is not around it
    case(Verdict.PASS, stored(MountPoint(HERE, "/dev/sda1", "ext4", HERE), MountPoint(HERE, "/dev/sdb1", "xfs"))),
    case(
        Verdict.FAIL,
        stored(MountPoint(HERE, "/dev/sdb1", "xfs"), MountPoint(HERE, "/dev/sda1", "ext4", HERE)),
        shares(HERE, "/dev/sda1"),
    ),
    case(
        Verdict.PASS,
        stored(MountPoint(HERE, "/dev/sdb1", "xfs"), MountPoint(HERE, "/dev/sdb1", "xfs", "/x")),
    ),
    case(Verdict.UNKNOWN, snapshot(files={Role.DATA_ROOT: [file(HERE)]}, host={"mounts": DENIED}), says="permission"),
    case(Verdict.UNKNOWN, snapshot(files={Role.DATA_ROOT: DENIED}), says="permission denied"),
    case(Verdict.NOT_APPLICABLE, snapshot(), says="the engine keeps its data elsewhere"),
)

DOCKER = Group("docker", 999, ("ann", "bob"))


def users(*trusted: str, **host: Any) -> Snapshot:
    """Return a host where these users are trusted, and the groups of `host`."""
    return snapshot(host=host, policy=Policy(trusted))


def undecided(**host: Any) -> Snapshot:
    return snapshot(host=host)


TRUSTED_USERS = (
    case(Verdict.PASS, users(), says="who controls the daemon: root"),
    case(Verdict.PASS, undecided(), says="who controls the daemon: root"),
    case(Verdict.PASS, undecided(docker_group=Group("docker", 999)), says="who controls the daemon: root"),
    case(
        Verdict.PASS,
        users("bob", "ann", docker_group=DOCKER, socket_groups=(DOCKER,)),
        says="who controls the daemon: root, ann, bob",
    ),
    case(Verdict.FAIL, users("ann", docker_group=DOCKER), "bob: in group docker", says="users who are not trusted"),
    case(Verdict.FAIL, users(docker_group=DOCKER), "ann: in group docker", "bob: in group docker"),
    case(
        Verdict.MANUAL,
        undecided(docker_group=DOCKER, socket_groups=(DOCKER, Group("ops", 7, ("bob",)))),
        "ann: in group docker",
        "bob: in group docker, ops",
        says="may each of them be trusted?",
    ),
    # deviation: who may write to the socket, in whatever group
    case(Verdict.FAIL, users("ann", socket_groups=(Group("wheel", 10, ("ann", "eve")),)), "eve: in group wheel"),
    # deviation: root is trusted
    case(Verdict.PASS, users("ann", docker_group=Group("docker", 999, ("root", "ann")))),
    case(Verdict.PASS, undecided(socket_groups=(Group("root", 0, ("root",)),))),
    # deviation: a part of a trusted name is another name
    case(Verdict.FAIL, users("joanna", docker_group=Group("docker", 999, ("ann",))), "ann: in group docker"),
    case(Verdict.UNKNOWN, users("ann", docker_group=DENIED), says="permission denied"),
    case(Verdict.UNKNOWN, users("ann", "bob", docker_group=DOCKER, socket_groups=DENIED), says="permission denied"),
    case(Verdict.FAIL, users("ann", docker_group=DOCKER, socket_groups=DENIED), "bob: in group docker"),
    case(Verdict.UNKNOWN, undecided(docker_group=DENIED, socket_groups=Unknown("no socket")), says="permission denied"),
)

EXAMPLES: Mapping[str, tuple[Case, ...]] = {
    "1.1.1": PARTITION,
    "1.1.2": TRUSTED_USERS,
    "1.2.1": (
        case(Verdict.MANUAL, snapshot(), says="is this host hardened? Debian GNU/Linux 12 (bookworm), kernel 6.1.0"),
        case(Verdict.MANUAL, Snapshot(host=Host(os="Alpine")), says="Alpine, kernel unknown"),
        case(Verdict.MANUAL, Snapshot(host=Host(kernel="6.6")), says="an unknown system, kernel 6.6"),
    ),
    "1.2.2": (
        # deviation: any version is for a person to judge
        case(Verdict.MANUAL, snapshot(), says="is this the newest version? 28.2.2"),
        case(Verdict.MANUAL, snapshot(engine={"version": "18.09.1"}), says="18.09.1"),
        case(Verdict.UNKNOWN, Snapshot(), says="the engine did not tell its version"),
    ),
}
