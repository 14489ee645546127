"""Section 1 of the benchmark, but its audit rules: the partition of the engine's data, who may use it, what is up to date."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.host import File, Group, Host, MountPoint, Role
from checks.cis.judging import Fault, failed, listed, manual, over, passed, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Offender


@check(
    "1.1.1",
    "The engine's data are on a file system of their own",
    reads="The mounts as the daemon sees them, and its data root, links followed and without the folder of user remapping.",
    decides="Passes when the data root is a mount point, and not a part of the file system that it lies in bound to itself.",
    remedy="Mount a volume of its own at the data root (stop the daemon and copy the data first), or set\n"
    '`"data-root"` in daemon.json to a folder where one is mounted.',
    deviation="a folder of the same file system that is bound to the data root is a mount point, which is all that "
    "docker-bench-security asks; dockerd itself makes such a mount where the mounts around it are private; we fail it",
)
def partition(snapshot: Snapshot) -> Outcome:
    mounts = snapshot.host.mounts

    def fault(folder: File) -> Fault:
        return mounts if isinstance(mounts, Unknown) else _shared(folder.real or folder.path, mounts)

    folders = snapshot.host.role(Role.DATA_ROOT)
    return over(folders, fault, "folder", "a mount of its own", none="the engine keeps its data elsewhere")


def _shared(path: str, mounts: tuple[MountPoint, ...]) -> str:
    """Return why what is at `path` is no file system of its own, empty where it is one."""
    here = [one for one in mounts if one.target == path]
    if not here:
        return "no mount point"
    mine = here[-1]  # what was mounted last is what is seen
    around = (one for one in mounts if one.target != path and _holds(one.target, path))
    if mine.root != "/" and any(_part_of(mine, one) for one in around):
        return f"bound from {mine.root} of the file system around it, {mine.source}"
    return ""


def _part_of(mine: MountPoint, other: MountPoint) -> bool:
    same = (mine.source, mine.kind) == (other.source, other.kind)
    return same and _holds(other.root, mine.root)  # a subvolume beside the other one's is not in it


def _holds(folder: str, path: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


@check(
    "1.1.2",
    "Only trusted users may control the daemon",
    reads="The group docker, and the groups that may write to the engine's socket, with those whose primary group they are.",
    decides="Fails for each user in one of them, but root, who is not among `trusted-users` of the configuration; where nobody "
    "said who is trusted, it asks to look at each.",
    remedy="`gpasswd -d USER docker` takes somebody out of the group, whose members are root in effect;\n"
    "who may be in it is named in `trusted-users` of the configuration.",
    deviation="docker-bench-security reads the group docker only, misses those whose primary group it is, doubts root, and "
    "trusts whose name is a part of a trusted name (ann of joanna)",
)
def trusted_users(snapshot: Snapshot) -> Outcome:
    trusted = snapshot.policy.trusted_users
    groups, unread = _groups(snapshot.host)
    ways: dict[str, list[str]] = {}
    for group in groups:
        for user in group.members:
            ways.setdefault(user, []).append(group.name)
    doubtful = [
        Offender(user, "user", f"in group {listed(names)}")
        for user, names in ways.items()
        if user != "root" and user not in (trusted or ())
    ]
    if doubtful and trusted is None:
        return manual("may each of them be trusted? they control the daemon", doubtful)
    if doubtful:
        return failed("users who are not trusted control the daemon", *doubtful)
    return unknown(unread[0]) if unread else passed(f"who controls the daemon: {listed(['root', *ways])}")


def _groups(host: Host) -> tuple[list[Group], list[Unknown]]:
    """Return the groups whose members control the daemon, and why not all of them are known."""
    own, others = host.docker_group, host.socket_groups
    found: tuple[Group | Unknown | None, ...] = (own, *((others,) if isinstance(others, Unknown) else others))
    return [one for one in found if isinstance(one, Group)], [one for one in found if isinstance(one, Unknown)]


@check(
    "1.2.1",
    "The host is hardened",
    reads="The name of the operating system and the kernel's version.",
    decides="A person has to: hardening a host is what the benchmark of its operating system is about.",
    remedy="Work through the CIS benchmark of the operating system, update its kernel, and remove what the host does not need.",
)
def hardened_host(snapshot: Snapshot) -> Outcome:
    host = snapshot.host
    return manual(f"is this host hardened? {host.os or 'an unknown system'}, kernel {host.kernel or 'unknown'}")


@check(
    "1.2.2",
    "The engine is up to date",
    reads="The engine's version.",
    decides="A person has to compare it with the releases: the collector asks nobody outside.",
    remedy="Compare it with the releases of Docker or of the distribution, and update the package: `apt-get install docker.io`.",
    deviation="docker-bench-security compares the version with the date, as if releases were still named by year and month, "
    "and passes both ways; we name the version and leave the judgement to a person",
)
def version(snapshot: Snapshot) -> Outcome:
    mine = snapshot.engine.version
    return manual(f"is this the newest version? {mine}") if mine else unknown("the engine did not tell its version")


CHECKS = (partition, trusted_users, hardened_host, version)
