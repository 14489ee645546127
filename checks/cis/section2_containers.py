"""Section 2 of the benchmark, what the daemon gives to every container: limits, users, cgroups, privileges, seccomp."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.daemon import Engine
from checks.cis.judging import asked, failed, manual, passed, setting, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Offender, Verdict

_NULL = (
    "docker-bench-security's release 1.6.0 with jq takes what daemon.json does not set for null, and passes such hosts"
)


@check(
    "2.9",
    "Containers start with resource limits (ulimits) that were chosen",
    reads="The daemon's option `default-ulimits`.",
    decides="Passes when it sets one; else a person has to say whether the daemon's own limits will do.",
    remedy='Set `"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096}}` in daemon.json.',
    deviation=_NULL,
)
def default_ulimits(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "default-ulimits", bool, bad=Verdict.MANUAL)


@check(
    "2.10",
    "Root in a container is not root on the host",
    reads="Whether the engine says that it maps users (userns), or that it is rootless.",
    decides="Passes when it does: rootless engines and all their containers are in a user namespace.",
    remedy='Set `"userns-remap": "default"` in daemon.json and restart the daemon; images are pulled or built anew.',
    deviation="docker-bench-security fails rootless engines, passes the flag with an empty value, and believes a daemon.json "
    "that was changed after the daemon's start; we ask the engine; " + _NULL,
)
def user_namespaces(snapshot: Snapshot) -> Outcome:
    def decide(engine: Engine) -> Outcome:
        if engine.rootless:
            return passed("the engine is rootless: it and its containers are in a user namespace")
        if "userns" in engine.security:
            return passed("the engine maps users")
        return failed("the engine maps no users", Offender("userns-remap", "option", "not in force"))

    return asked(snapshot, decide)


@check(
    "2.11",
    "Containers are in the default cgroup",
    reads="The daemon's option `cgroup-parent`.",
    decides="Fails when it is set.",
    remedy='Remove `"cgroup-parent"` from daemon.json, or the flag; waive it where that cgroup and its limits were chosen.',
    deviation="docker-bench-security never sees the option in daemon.json (it looks there for a line without an empty text), and "
    "fails the flag with an empty value",
)
def cgroup_parent(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "cgroup-parent", lambda value: not value)


@check(
    "2.15",
    "Containers cannot gain privileges",
    reads="The daemon's option `no-new-privileges`.",
    decides="Passes when it is true.",
    remedy='Set `"no-new-privileges": true` in daemon.json and restart the daemon.',
    deviation="docker-bench-security looks for the flag's name, not its value: --no-new-privileges=false passes",
)
def no_new_privileges(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "no-new-privileges", lambda value: value is True)


@check(
    "2.16",
    "Containers live on while the daemon restarts",
    reads="Whether the engine says that live restore is on, and whether it is in a swarm.",
    decides="Passes when it is on, and in a swarm, which excludes it.",
    remedy='Set `"live-restore": true` in daemon.json and reload the daemon: `systemctl reload docker`.',
    deviation="docker-bench-security looks for the flag's name, not its value: --live-restore=false passes; and it fails a node "
    "whose swarm is locked or pending",
)
def live_restore(snapshot: Snapshot) -> Outcome:
    swarm = snapshot.swarm

    def decide(engine: Engine) -> Outcome:
        if engine.live_restore:
            return passed("live-restore: true")
        if isinstance(swarm, Unknown):
            return unknown(f"live-restore is off, and a swarm would excuse it: {swarm.reason}")
        if swarm.active:
            return passed("this engine is in a swarm, which excludes live restore")
        return failed("live-restore: false", Offender("live-restore", "option", "false"))

    return asked(snapshot, decide)


@check(
    "2.17",
    "No userland proxy forwards published ports",
    reads="The daemon's option `userland-proxy`.",
    decides="Passes when it is false.",
    remedy='Set `"userland-proxy": false` in daemon.json and restart the daemon.',
    deviation="docker-bench-security knows only the flag's spelling `--userland-proxy=false`; 0, f, F and FALSE say the same to "
    "the daemon",
)
def userland_proxy(snapshot: Snapshot) -> Outcome:
    return setting(snapshot, "userland-proxy", lambda value: value is False)


@check(
    "2.18",
    "The daemon's seccomp profile is the built-in one, or one that was reviewed",
    reads="The seccomp profile, as the engine tells it.",
    decides="Passes for the built-in profile; a person has to look at another one, and at an engine without seccomp.",
    remedy='Remove `"seccomp-profile"` from daemon.json for the built-in one, or review what your own allows beyond it.',
    deviation="engines since 23.0 call the built-in profile builtin, which docker-bench-security takes for another one and does "
    "not judge; we pass it",
)
def seccomp_profile(snapshot: Snapshot) -> Outcome:
    def decide(engine: Engine) -> Outcome:
        profile = engine.security.get("seccomp")
        if profile is None:
            return manual("the engine has no seccomp: is that meant?")
        if profile in ("default", "builtin"):
            return passed(f"seccomp profile: {profile}")
        return manual("was this seccomp profile reviewed?", [Offender("seccomp-profile", "option", profile)])

    return asked(snapshot, decide)


CHECKS = (
    *(
        default_ulimits,
        user_namespaces,
        cgroup_parent,
        no_new_privileges,
        live_restore,
        userland_proxy,
        seccomp_profile,
    ),
)
