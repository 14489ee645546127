from __future__ import annotations

from typing import Any

from checks.cis.unknown import Unknown
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, snapshot

LABEL = "system_u:system_r:container_t:s0:c1,c2"


def confined(
    verdict: Verdict,
    module: str,
    value: str = "",
    *,
    kernel: bool | Unknown = True,
    engine: bool = True,
    says: str = "",
    **changes: Any,
) -> Case:
    """Return an example of a container where the kernel and the engine have that security module, or not."""
    facts = snapshot(
        containers=[container(**changes)], host={module: kernel}, engine={"security": {module: ""} if engine else {}}
    )
    return case(verdict, facts, *([f"web: {value}"] if value else []), says=says)


def filtered(verdict: Verdict, value: str = "", *, default: str = "default", says: str = "", **changes: Any) -> Case:
    """Return an example of a container under a daemon with that seccomp profile."""
    facts = snapshot(containers=[container(**changes)], engine={"security": {"seccomp": default}})
    return case(verdict, facts, *([f"web: {value}"] if value else []), says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.2": (
        confined(Verdict.PASS, "apparmor", apparmor="docker-default", says="1 container: each has a profile"),
        confined(Verdict.PASS, "apparmor", apparmor="shop", kernel=DENIED),
        confined(Verdict.FAIL, "apparmor", "unconfined", apparmor="unconfined"),
        confined(Verdict.FAIL, "apparmor", "no profile", apparmor="", kernel=False),
        confined(Verdict.FAIL, "apparmor", "no profile", apparmor="", engine=False),
        # docker-bench-security warns
        confined(Verdict.NOT_APPLICABLE, "apparmor", kernel=False, engine=False, says="this kernel has no AppArmor"),
        confined(Verdict.UNKNOWN, "apparmor", kernel=DENIED, engine=False, says="permission denied"),
        confined(
            Verdict.NOT_APPLICABLE, "apparmor", kernel=DENIED, engine=False, status="exited", says="no container is"
        ),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED, host={"apparmor": True}), says="permission denied"),
    ),
    "5.3": (
        confined(Verdict.PASS, "selinux", process_label=LABEL, says="1 container: each is confined"),
        confined(Verdict.PASS, "selinux", process_label=LABEL, kernel=DENIED),
        # docker-bench-security takes any option for a profile
        confined(Verdict.FAIL, "selinux", "no label", security_options=("label=disable",)),
        confined(Verdict.FAIL, "selinux", "no label", kernel=False),
        confined(Verdict.FAIL, "selinux", "no label", engine=False),
        confined(Verdict.FAIL, "selinux", "system_u:system_r:spc_t:s0", process_label="system_u:system_r:spc_t:s0"),
        confined(Verdict.FAIL, "selinux", "u:r:unconfined_t:s0", process_label="u:r:unconfined_t:s0"),
        confined(Verdict.FAIL, "selinux", "odd", process_label="odd"),
        confined(Verdict.NOT_APPLICABLE, "selinux", kernel=False, engine=False, says="this kernel has no SELinux"),
        confined(Verdict.UNKNOWN, "selinux", kernel=DENIED, engine=False, says="permission denied"),
    ),
    "5.22": (
        filtered(Verdict.PASS, says="1 container: each has a profile"),
        filtered(Verdict.PASS, default="/etc/docker/seccomp.json"),
        filtered(Verdict.PASS, security_options=("seccomp=custom:1a2b3c",), privileged=True),
        filtered(Verdict.PASS, security_options=("seccomp=custom:1a2b3c",), default="unconfined"),
        filtered(Verdict.PASS, security_options=("apparmor=unconfined",)),
        filtered(Verdict.FAIL, "unconfined", security_options=("no-new-privileges", "seccomp=unconfined")),
        filtered(Verdict.FAIL, "unconfined", security_options=("seccomp:unconfined",)),
        # docker-bench-security reads options only
        filtered(Verdict.FAIL, "privileged", privileged=True),
        filtered(Verdict.FAIL, "the daemon's: unconfined", default="unconfined"),
        case(Verdict.NOT_APPLICABLE, snapshot(containers=[container()]), says="this engine has no seccomp"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no container is running"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    ),
}
