from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.cis.daemon import Swarm
from checks.cis.snapshot import Snapshot
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, snapshot, swarm
from tests.unit.cis.examples_section2 import JSON, NOT_TOLD, configured, flagged

NOT_ASKED = case(Verdict.UNKNOWN, Snapshot(), says="the engine was not asked")


def engine(**changes: Any) -> Snapshot:
    return snapshot(engine=changes)


def secured(*names: str, **profiles: str) -> Snapshot:
    """Return an engine with these security options."""
    return engine(security=dict.fromkeys(names, "") | profiles)


EXAMPLES: Mapping[str, tuple[Case, ...]] = {
    "2.9": (
        case(
            Verdict.PASS,
            configured(default_ulimits={"nofile": "1024:4096"}),
            says=f"default-ulimits: nofile=1024:4096 {JSON}",
        ),
        case(Verdict.PASS, flagged("default-ulimits", {"nproc": "1:2"}, "--default-ulimit nproc=1:2")),
        # deviation: a daemon.json without the key sets none
        case(Verdict.MANUAL, configured(icc=False), "default-ulimits: not set (default)"),
        case(Verdict.MANUAL, configured(default_ulimits={}), f"default-ulimits: not set {JSON}"),
        NOT_TOLD,
    ),
    "2.10": (
        case(Verdict.PASS, secured("userns"), says="the engine maps users"),
        case(Verdict.FAIL, engine(), "userns-remap: not in force", says="the engine maps no users"),
        case(Verdict.FAIL, secured("seccomp", "cgroupns"), "userns-remap: not in force"),
        # deviation: rootless engines are in a user namespace
        case(Verdict.PASS, secured("rootless"), says="the engine is rootless"),
        # deviation: daemon.json was changed after the start; a daemon.json without the key
        case(Verdict.FAIL, configured(userns_remap="default"), "userns-remap: not in force"),
        case(Verdict.FAIL, configured(icc=False), "userns-remap: not in force"),
        # deviation: the flag with an empty value
        case(Verdict.FAIL, flagged("userns-remap", "", "--userns-remap="), "userns-remap: not in force"),
        NOT_ASKED,
    ),
    "2.11": (
        case(Verdict.PASS, snapshot(), says="cgroup-parent: not set (default)"),
        case(
            Verdict.FAIL, flagged("cgroup-parent", "/a", "--cgroup-parent /a"), "cgroup-parent: /a (--cgroup-parent /a)"
        ),
        # deviation: daemon.json counts, an empty value is the default
        case(Verdict.FAIL, configured(cgroup_parent="/a"), f"cgroup-parent: /a {JSON}"),
        case(Verdict.PASS, flagged("cgroup-parent", "", "--cgroup-parent="), says="cgroup-parent: not set"),
        NOT_TOLD,
    ),
    "2.15": (
        case(Verdict.PASS, configured(no_new_privileges=True), says=f"no-new-privileges: true {JSON}"),
        case(Verdict.PASS, flagged("no-new-privileges", True, "--no-new-privileges")),
        case(Verdict.FAIL, snapshot(), "no-new-privileges: false (default)"),
        # deviation: the flag's value counts
        case(
            Verdict.FAIL,
            flagged("no-new-privileges", False, "--no-new-privileges=false"),
            "no-new-privileges: false (--no-new-privileges=false)",
        ),
        NOT_TOLD,
    ),
    "2.16": (
        case(Verdict.PASS, engine(live_restore=True), says="live-restore: true"),
        case(Verdict.PASS, snapshot(engine={"live_restore": True}, swarm=DENIED)),
        case(Verdict.FAIL, engine(), "live-restore: false", says="live-restore: false"),
        # deviation: the flag's value counts
        case(Verdict.FAIL, flagged("live-restore", False, "--live-restore=false"), "live-restore: false"),
        case(Verdict.FAIL, snapshot(swarm=Swarm("inactive")), "live-restore: false"),
        case(Verdict.PASS, snapshot(swarm=swarm()), says="this engine is in a swarm"),
        case(Verdict.PASS, snapshot(swarm=swarm(manager=False)), says="in a swarm"),
        # deviation: a locked swarm is one
        case(Verdict.PASS, snapshot(swarm=swarm(state="locked")), says="in a swarm"),
        case(Verdict.PASS, snapshot(swarm=swarm(state="pending")), says="in a swarm"),
        case(
            Verdict.UNKNOWN, snapshot(swarm=DENIED), says="live-restore is off, and a swarm would excuse it: permission"
        ),
        NOT_ASKED,
    ),
    "2.17": (
        case(Verdict.PASS, configured(userland_proxy=False), says=f"userland-proxy: false {JSON}"),
        case(Verdict.FAIL, configured(userland_proxy=True), f"userland-proxy: true {JSON}"),
        case(Verdict.FAIL, snapshot(), "userland-proxy: true (default)"),
        # deviation: every spelling of false is false
        case(Verdict.PASS, flagged("userland-proxy", False, "--userland-proxy=0")),
        NOT_TOLD,
    ),
    "2.18": (
        case(Verdict.PASS, secured(seccomp="default"), says="seccomp profile: default"),
        # deviation: the built-in profile by its newer name
        case(Verdict.PASS, secured(seccomp="builtin"), says="seccomp profile: builtin"),
        case(
            Verdict.MANUAL,
            secured(seccomp="/etc/docker/seccomp.json"),
            "seccomp-profile: /etc/docker/seccomp.json",
            says="was this seccomp profile reviewed?",
        ),
        case(Verdict.MANUAL, secured(seccomp="unconfined"), "seccomp-profile: unconfined"),
        case(Verdict.MANUAL, secured("cgroupns"), says="the engine has no seccomp"),
        NOT_ASKED,
    ),
}
