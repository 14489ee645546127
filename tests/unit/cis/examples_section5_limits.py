from __future__ import annotations

from typing import Any

from checks.cis.facts import Service, Ulimit
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, snapshot, swarm, web


def task(verdict: Verdict, value: str = "", *, says: str = "", **changes: Any) -> Case:
    """Return an example of a container that is a task of a swarm service with these facts."""
    services = (Service("shop", id="s1", **changes), Service("other", id="s2", restart="none"))
    facts = snapshot(containers=[container(service_id="s1")], swarm=swarm(services=services))
    return case(verdict, facts, *([f"web: {value}"] if value else []), says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.11": (
        case(Verdict.PASS, snapshot(containers=[container(memory=1)]), says="1 container: memory is limited"),
        case(Verdict.PASS, snapshot(containers=[container(memory=1), container("old", status="exited")])),
        case(
            Verdict.FAIL,
            snapshot(containers=[container(memory=1), container("db"), container("job", status="paused")]),
            "db: no limit",
            "job: no limit",
            says="2 of 3 containers",
        ),
        web(Verdict.FAIL, "no limit", memory=-1),
        case(
            Verdict.FAIL,
            snapshot(containers=[container(memory=4096)], engine={"memory_limit": False}),
            "web: 4096 bytes, which this engine ignores",
        ),
        case(Verdict.NOT_APPLICABLE, snapshot(containers=[container(status="exited")]), says="no container is running"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    ),
    "5.12": (
        web(Verdict.PASS, cpu_shares=512, says="1 container: the share of the processors is set"),
        web(Verdict.PASS, cpu_shares=1),
        web(Verdict.PASS, cpu_shares=1023),
        web(Verdict.PASS, cpu_shares=1025),
        web(Verdict.PASS, nano_cpus=1),
        web(Verdict.PASS, nano_cpus=500_000_000, cpu_shares=1024),
        web(Verdict.PASS, cpu_quota=1),  # docker-bench-security warns
        web(Verdict.FAIL, "no limit"),
        web(Verdict.FAIL, "no limit", cpu_quota=-1, cpuset="0"),
        web(Verdict.FAIL, "1024 shares, the default", cpu_shares=1024),  # docker-bench-security passes it
        case(
            Verdict.FAIL,
            snapshot(containers=[container(nano_cpus=1)], engine={"cpu_limit": False}),
            "web: limits, which this engine ignores",
        ),
    ),
    "5.15": (
        web(Verdict.PASS, restart="no", says="1 container: none is restarted more than five times"),
        web(Verdict.PASS, restart=""),
        web(Verdict.PASS, restart="on-failure", restart_attempts=5),
        web(Verdict.PASS, restart="on-failure", restart_attempts=1),
        web(Verdict.FAIL, "on-failure, 6 times", restart="on-failure", restart_attempts=6),
        # docker-bench-security passes all that has no count
        web(Verdict.FAIL, "on-failure, without a bound", restart="on-failure", restart_attempts=0),
        web(Verdict.FAIL, "always, without a bound", restart="always"),
        web(Verdict.FAIL, "always, without a bound", restart="always", restart_attempts=3),
        web(Verdict.FAIL, "unless-stopped, without a bound", restart="unless-stopped"),
        task(Verdict.PASS, restart="none"),
        task(Verdict.PASS, restart="any", restart_attempts=5),
        task(Verdict.FAIL, "service shop: any, without a bound", restart="any"),
        task(Verdict.FAIL, "service shop: on-failure, without a bound", restart="on-failure", restart_attempts=0),
        task(Verdict.FAIL, "service shop: any, 6 times", restart="any", restart_attempts=6),
        web(Verdict.UNKNOWN, service_id="s9", says="the collector did not look"),
        case(
            Verdict.UNKNOWN,
            snapshot(containers=[container(service_id="s9")], swarm=swarm()),
            says="its swarm service is not there",
        ),
        case(
            Verdict.UNKNOWN, snapshot(containers=[container(service_id="s9")], swarm=DENIED), says="permission denied"
        ),
    ),
    "5.19": (
        web(Verdict.PASS, ulimits=(Ulimit("nofile", 1, 2),), says="1 container: each has limits of its own"),
        web(Verdict.MANUAL, "no limits of its own"),
    ),
    "5.25": (
        web(Verdict.PASS, says="1 container: each is in the engine's control group"),
        web(Verdict.FAIL, "/shop", cgroup_parent="/shop"),
    ),
    "5.29": (
        web(Verdict.PASS, pids_limit=1, says="1 container: the number of processes is limited"),
        web(Verdict.FAIL, "no limit", pids_limit=None),
        web(Verdict.FAIL, "no limit", pids_limit=0),
        web(Verdict.FAIL, "no limit", pids_limit=-1),
        case(
            Verdict.FAIL,
            snapshot(containers=[container(pids_limit=9)], engine={"pids_limit": False}),
            "web: 9 processes, which this engine ignores",
        ),
    ),
}
