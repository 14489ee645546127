from __future__ import annotations

from collections.abc import Mapping

from checks.cis.host import Audit, File, Role
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, file, snapshot, unread_file

NO_AUDIT = Unknown("no audit in this kernel")
KERNEL, FILES = "no rule in the kernel", "no rule in the rule files"


def audited(role: Role, found: File | Unknown | None, *loaded: str) -> Snapshot:
    """Return a host with that file, and rules that the kernel holds."""
    return ruled(role, found, Audit(loaded, ()))


def ruled(role: Role, found: File | Unknown | None, audit: Audit) -> Snapshot:
    files = found if isinstance(found, Unknown) else [found] if found else []
    return snapshot(files={role: files}, host={"audit": audit})


def common(role: Role, path: str) -> tuple[Case, ...]:
    """Return what is the same for every file; each check has its own role, so each has its own examples."""
    found = file(path)
    return (
        case(
            Verdict.PASS, audited(role, found, f"-w {path} -p rwxa -k docker"), says="1 file: a rule is in the kernel"
        ),
        case(Verdict.FAIL, audited(role, found), f"{path}: {KERNEL}"),
        # deviation: a longer name is another file
        case(Verdict.FAIL, audited(role, found, f"-w {path}-more -p wa"), f"{path}: {KERNEL}"),
        case(Verdict.NOT_APPLICABLE, audited(role, None), says=f"there is no {role} on this host"),
        case(Verdict.UNKNOWN, audited(role, DENIED), says="permission denied"),
    )


PATHS = {
    "1.1.3": (Role.DOCKERD, "/usr/sbin/dockerd"),
    "1.1.4": (Role.CONTAINERD_RUN, "/run/containerd"),
    "1.1.5": (Role.DATA_ROOT, "/srv/docker"),
    "1.1.6": (Role.CONFIG_DIRECTORY, "/etc/docker"),
    "1.1.7": (Role.DOCKER_SERVICE, "/etc/systemd/system/docker.service"),
    "1.1.8": (Role.CONTAINERD_SOCKET, "/run/containerd/containerd.sock"),
    "1.1.9": (Role.DOCKER_SOCKET_UNIT, "/usr/lib/systemd/system/docker.socket"),
    "1.1.10": (Role.DEFAULT_DOCKER, "/etc/default/docker"),
    "1.1.11": (Role.DAEMON_JSON, "/srv/daemon.json"),
    "1.1.12": (Role.CONTAINERD_CONFIG, "/etc/containerd/config.toml"),
    "1.1.13": (Role.SYSCONFIG_DOCKER, "/etc/sysconfig/docker"),
    "1.1.14": (Role.CONTAINERD, "/usr/local/bin/containerd"),
    "1.1.15": (Role.CONTAINERD_SHIM, "/usr/bin/containerd-shim"),
    "1.1.16": (Role.CONTAINERD_SHIM_V1, "/usr/bin/containerd-shim-runc-v1"),
    "1.1.17": (Role.CONTAINERD_SHIM_V2, "/usr/bin/containerd-shim-runc-v2"),
    "1.1.18": (Role.RUNC, "/usr/sbin/runc"),
}
"""deviation: where this host has the file counts, not where most have it."""

DOCKERD = file("/usr/sbin/dockerd")


def program(*rules: str) -> Snapshot:
    return audited(Role.DOCKERD, DOCKERD, *rules)


def fails(*rules: str) -> Case:
    return case(Verdict.FAIL, program(*rules), f"/usr/sbin/dockerd: {KERNEL}")


RULES = (
    *(
        case(Verdict.PASS, program("-D", f"{add} {action} {fields}"))
        for add in ("-a", "-A")
        for action in ("always,exit", "exit,always")
        for fields in ("-S all -F path=/usr/sbin/dockerd -F perm=x", "-F arch=b64 -F path=/usr/sbin/dockerd")
    ),
    case(Verdict.PASS, program("-w/usr/sbin/dockerd")),
    case(Verdict.PASS, program("  -w   /usr/sbin/dockerd")),
    case(Verdict.PASS, program("-aalways,exit -Fpath=/usr/sbin/dockerd")),
    case(Verdict.PASS, program("  -a  always,exit -F  path=/usr/sbin/dockerd")),
    case(Verdict.PASS, program("-w /etc/passwd", "-w /usr/sbin/dockerd")),
    # deviation: what a folder's rule covers is audited
    case(Verdict.PASS, program("-w /usr/sbin")),
    case(Verdict.PASS, program("-w /usr/sbin/")),
    case(Verdict.PASS, program("-w /")),
    case(Verdict.PASS, program("-a always,exit -F dir=/usr -F perm=wa")),
    # deviation: a path in another place of a rule audits nothing
    fails("-a always,exit -F path=/usr/sbin -F perm=wa"),
    fails("-a never,exit -F path=/usr/sbin/dockerd"),
    fails("-a always,user -F path=/usr/sbin/dockerd"),
    fails("-d always,exit -F path=/usr/sbin/dockerd"),
    fails("-W /usr/sbin/dockerd"),
    fails("-a always,exit -F path!=/usr/sbin/dockerd"),
    fails("-a always,exit -S execve -F exe=/usr/sbin/dockerd"),
    fails("-w /etc/passwd -k -w/usr/sbin/dockerd"),
    fails("-w /usr/sbin/docker"),
    fails("-w /usr/sbin/d"),
    fails("-w /sr/sbin/dockerd"),
    # either side of a link names the file
    case(Verdict.PASS, program("-w /sbin/dockerd")),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/bin/dockerd"), "-w /usr/bin/dockerd")),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/bin/dockerd", real="/opt/dockerd"), "-w /opt/dockerd")),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/bin/dockerd", real="/opt/dockerd"), "-w /bin/dockerd")),
    case(Verdict.FAIL, audited(Role.DOCKERD, file("/usr/lib/d"), "-w /usr/bin/d"), f"/usr/lib/d: {KERNEL}"),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/usr/lib/d"), "-w /lib/d")),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/usr/lib64/d"), "-w /lib64/d")),
    case(Verdict.FAIL, audited(Role.DOCKERD, file("/usr/share/d"), "-w /share/d"), f"/usr/share/d: {KERNEL}"),
    case(Verdict.FAIL, audited(Role.DOCKERD, file("/x/usr/bin/d"), "-w /x/bin/d"), f"/x/usr/bin/d: {KERNEL}"),
    case(Verdict.FAIL, audited(Role.DOCKERD, file("/usr/binary/d"), "-w /binary/d"), f"/usr/binary/d: {KERNEL}"),
    case(Verdict.PASS, audited(Role.DOCKERD, file("/usr/bin/d"), "-w /bin")),
    # a file whose being there could not be told
    case(Verdict.PASS, audited(Role.DOCKERD, unread_file("/usr/sbin/dockerd"), "-w /usr/sbin/dockerd")),
    case(Verdict.UNKNOWN, audited(Role.DOCKERD, unread_file("/usr/sbin/dockerd")), says="permission denied"),
    # where the kernel's rules cannot be read, the files decide
    case(
        Verdict.PASS,
        ruled(Role.DOCKERD, DOCKERD, Audit(NO_AUDIT, ("-w /usr/sbin/dockerd",))),
        says="1 file: a rule is in the rule files",
    ),
    case(Verdict.FAIL, ruled(Role.DOCKERD, DOCKERD, Audit(NO_AUDIT, ())), f"/usr/sbin/dockerd: {FILES}"),
    case(Verdict.UNKNOWN, ruled(Role.DOCKERD, DOCKERD, Audit(NO_AUDIT, DENIED)), says="permission denied"),
    case(Verdict.NOT_APPLICABLE, ruled(Role.DOCKERD, None, Audit(NO_AUDIT, DENIED))),
    case(Verdict.PASS, ruled(Role.DOCKERD, DOCKERD, Audit(("-w /usr/sbin/dockerd",), DENIED))),
    # deviation: a rule that waits in a file and is not in the kernel records nothing
    case(
        Verdict.FAIL,
        ruled(Role.DOCKERD, DOCKERD, Audit((), ("-w /usr/sbin/dockerd",))),
        f"/usr/sbin/dockerd: {KERNEL}",
    ),
)

CONTAINERD_SOCKETS = snapshot(
    files={
        Role.CONTAINERD_SOCKET_UNIT: [file("/etc/systemd/system/containerd.sock")],
        Role.CONTAINERD_SOCKET: [file("/run/containerd/containerd.sock")],
    },
    host={"audit": Audit(("-w /run/containerd/containerd.sock",), ())},
)
MORE = {
    "1.1.3": RULES,
    "1.1.5": (
        case(Verdict.PASS, audited(Role.DATA_ROOT, file("/var/run/data"), "-w /run/data")),
        case(Verdict.PASS, audited(Role.DATA_ROOT, file("/run/data"), "-w /var/run/data/")),
        case(Verdict.FAIL, audited(Role.DATA_ROOT, file("/usr/var/run"), "-w /var/run"), f"/usr/var/run: {KERNEL}"),
    ),
    # deviation: a rule for what is in the folder is none for the folder
    "1.1.6": (
        case(
            Verdict.FAIL,
            audited(Role.CONFIG_DIRECTORY, file("/etc/docker"), "-w /etc/docker/daemon.json"),
            f"/etc/docker: {KERNEL}",
        ),
    ),
    # a unit of that name comes before the socket
    "1.1.8": (
        case(Verdict.FAIL, CONTAINERD_SOCKETS, f"/etc/systemd/system/containerd.sock: {KERNEL}"),
        case(Verdict.UNKNOWN, audited(Role.CONTAINERD_SOCKET_UNIT, DENIED), says="permission denied"),
    ),
    "1.1.11": (
        # deviation: the rule for /etc/docker covers daemon.json
        case(Verdict.PASS, audited(Role.DAEMON_JSON, file("/etc/docker/daemon.json"), "-w /etc/docker -p wa")),
    ),
    "1.1.14": (
        # deviation: the shim's rule is none for containerd
        case(
            Verdict.FAIL,
            audited(Role.CONTAINERD, file("/usr/bin/containerd"), "-w /usr/bin/containerd-shim"),
            f"/usr/bin/containerd: {KERNEL}",
        ),
    ),
}
EXAMPLES: Mapping[str, tuple[Case, ...]] = {name: common(*place) + MORE.get(name, ()) for name, place in PATHS.items()}
