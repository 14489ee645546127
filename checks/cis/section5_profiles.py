"""Section 5 of the benchmark, what the kernel keeps containers from: AppArmor, SELinux, seccomp."""

from __future__ import annotations

from collections.abc import Callable

from checks.cis.check import Outcome, check
from checks.cis.facts import Container
from checks.cis.judging import Fault, not_applicable, running, unknown
from checks.cis.security_options import last
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown

_UNCONFINED_TYPES = frozenset({"", "spc_t", "unconfined_t"})


def _where_there_is(
    name: str, snapshot: Snapshot, kernel: bool | Unknown, fault: Callable[[Container], Fault], good: str
) -> Outcome:
    """Judge containers where the engine uses the security module of that name, or the kernel has it."""
    if name.lower() in snapshot.engine.security or kernel is True or snapshot.running == ():
        return running(snapshot, fault, good)
    return unknown(kernel) if isinstance(kernel, Unknown) else not_applicable(f"this kernel has no {name}")


@check(
    "5.2",
    "Containers have an AppArmor profile, where there is AppArmor",
    reads="AppArmorProfile of each running container; whether the engine uses AppArmor, and whether the kernel has it.",
    decides="Fails for a container without a profile and for `unconfined`; not applicable where the kernel has no AppArmor.",
    remedy="Start it without `--security-opt apparmor=unconfined`, then it has the profile docker-default;\n"
    "where no container has one install `apparmor_parser` (the package apparmor) and restart the daemon.",
    deviation="on a host without AppArmor docker-bench-security warns about every container: with us it is not applicable",
)
def apparmor(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return {"": "no profile", "unconfined": "unconfined"}.get(container.apparmor)

    return _where_there_is("AppArmor", snapshot, snapshot.host.apparmor, fault, "each has a profile")


@check(
    "5.3",
    "Containers are confined by SELinux, where there is SELinux",
    reads="ProcessLabel of each running container; whether the engine uses SELinux, and whether the kernel has it.",
    decides="Fails for a container without a label and for the types spc_t and unconfined_t; not applicable where the kernel "
    "has no SELinux.",
    remedy='Set `"selinux-enabled": true` in daemon.json, restart the daemon, start it without `--security-opt label=disable`.',
    deviation="docker-bench-security takes any security option for SELinux's, even `label=disable`, warns where containers are "
    "confined without an option, and on hosts without SELinux: we read the label that is in force",
)
def selinux(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        kind = "".join(container.process_label.split(":")[2:3])  # user:role:type:level
        return container.process_label or "no label" if kind in _UNCONFINED_TYPES else None

    return _where_there_is("SELinux", snapshot, snapshot.host.selinux, fault, "each is confined")


@check(
    "5.22",
    "The seccomp profile is not switched off",
    reads="`seccomp` among HostConfig.SecurityOpt, and HostConfig.Privileged, of each running container; the daemon's profile.",
    decides="Fails for `unconfined`; without a profile of its own also for a privileged container, and where the daemon's "
    "profile is `unconfined`. Not applicable where the engine has no seccomp.",
    remedy="Start it without `--security-opt seccomp=unconfined` and `--privileged`; what it needs goes into a profile of its\n"
    "own: `--security-opt seccomp=FILE`.",
    deviation="docker-bench-security reads the containers' options only: a privileged container, or the daemon's profile "
    "`unconfined`, also leave a container without seccomp and fail with us; not applicable where the engine has no seccomp",
)
def seccomp(snapshot: Snapshot) -> Outcome:
    default = snapshot.engine.security.get("seccomp")
    if default is None and isinstance(snapshot.running, tuple) and snapshot.running:
        return not_applicable("this engine has no seccomp")

    def fault(container: Container) -> Fault:
        own = last(container.security_options, "seccomp")
        if own is None:
            return (
                "privileged"
                if container.privileged
                else "the daemon's: unconfined"
                if default == "unconfined"
                else None
            )
        return own if own == "unconfined" else None

    return running(snapshot, fault, "each has a profile")


CHECKS = (apparmor, selinux, seccomp)
