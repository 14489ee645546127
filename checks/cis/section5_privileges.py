"""Section 5 of the benchmark, what containers may do: capabilities, privileges, new ones, the host's devices."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.facts import Container
from checks.cis.judging import Fault, listed, running
from checks.cis.security_options import last
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict

DEFAULT_CAPABILITIES = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
"""What every container has that nobody took something from: adding one of these adds nothing."""

_TRUE = frozenset({"", "1", "t", "T", "true", "TRUE", "True"})
"""What the engine reads as true behind `no-new-privileges`; it can stand alone."""


@check(
    "5.4",
    "Containers have no capabilities beyond the default ones",
    reads="HostConfig.CapAdd of each running container, in capitals, without CAP_.",
    decides="Fails for each capability, and for ALL, that is not one of the engine's 14 default ones.",
    remedy="Start it with `--cap-drop ALL`, and `--cap-add NAME` for what it cannot do without (compose: `cap_drop`, `cap_add`).",
)
def capabilities(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        added = [name.upper().removeprefix("CAP_") for name in container.cap_add]
        return listed(name for name in added if name not in DEFAULT_CAPABILITIES)

    return running(snapshot, fault, "none has capabilities beyond the default ones")


@check(
    "5.5",
    "No container is privileged",
    reads="HostConfig.Privileged of each running container.",
    decides="Fails when it is true.",
    remedy="Start it without `--privileged` (compose: `privileged`); give it the capability or device that it needs.",
)
def privileged(snapshot: Snapshot) -> Outcome:
    return running(snapshot, lambda container: "privileged" if container.privileged else None, "none is privileged")


@check(
    "5.18",
    "Containers have no devices of the host that they do not need",
    reads="HostConfig's Devices, DeviceCgroupRules, DeviceRequests and Privileged of each running container.",
    decides="Asks for a look at containers with any: a privileged one has all devices.",
    remedy="Start it without `--device`, or give less than `rwm`: `--device /dev/ttyUSB0:/dev/ttyUSB0:r`.",
    deviation="docker-bench-security looks at `--device` only: we also name containers that get devices by being privileged, "
    "by `--gpus` or by `--device-cgroup-rule`",
)
def devices(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        given = [f"{device.host_path} ({device.access})" for device in container.devices]
        every = ["all: privileged"] if container.privileged else []
        return listed([*every, *given, *container.device_rules, *container.device_requests])

    return running(snapshot, fault, "none has devices of the host", bad=Verdict.MANUAL)


@check(
    "5.26",
    "Containers cannot get new privileges",
    reads="`no-new-privileges` among HostConfig.SecurityOpt of each running container, and the daemon's option of that name.",
    decides="Fails for a container where it is off: its own value counts, where it has none the daemon's.",
    remedy="Start it with `--security-opt no-new-privileges` (compose: `security_opt`), or for all of them set\n"
    '`"no-new-privileges": true` in daemon.json and restart the daemon.',
    deviation="docker-bench-security looks for the name of the option, not its value, and not at containers where the daemon "
    "has it: `no-new-privileges=false` fails with us wherever it is in force",
)
def no_new_privileges(snapshot: Snapshot) -> Outcome:
    default = _without_an_option(snapshot)

    def fault(container: Container) -> Fault:
        own = last(container.security_options, "no-new-privileges")
        if own is None:
            return default
        return None if own in _TRUE else f"no-new-privileges={own}"

    return running(snapshot, fault, "none can get new privileges")


def _without_an_option(snapshot: Snapshot) -> Fault:
    """Return what is wrong with a container that says nothing itself: the daemon decides, and its API tells when it is on."""
    option = snapshot.daemon.option("no-new-privileges")
    if "no-new-privileges" in snapshot.engine.security:
        return None
    if isinstance(option, Unknown):
        return option
    return None if option.value is True else "off"


CHECKS = (capabilities, privileged, devices, no_new_privileges)
