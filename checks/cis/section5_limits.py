"""Section 5 of the benchmark, what bounds a container's share of the host: memory, processors, processes, restarts."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Service
from checks.cis.judging import Fault, running
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict

_DEFAULT_SHARES = 1024
_MOST_RESTARTS = 5


@check(
    "5.11",
    "Every container's memory is limited",
    reads="HostConfig.Memory of each running container, and whether the engine can limit memory at all.",
    decides="Fails for a container without a limit, and for each one where the engine ignores limits.",
    remedy="Start it with `--memory 256m`, in compose `mem_limit: 256m`; a running one: `docker update --memory 256m NAME`.",
    deviation="an engine that cannot limit memory (rootless without delegated cgroups) ignores the limit that it reports: "
    "docker-bench-security passes such containers, we fail them",
)
def memory(snapshot: Snapshot) -> Outcome:
    limits = snapshot.engine.memory_limit

    def fault(container: Container) -> Fault:
        if container.memory <= 0:
            return "no limit"
        return None if limits else f"{container.memory} bytes, which this engine ignores"

    return running(snapshot, fault, "memory is limited")


@check(
    "5.12",
    "Every container's share of the processors is set",
    reads="HostConfig's CpuShares, NanoCpus and CpuQuota of each running container, and whether the engine can limit processors.",
    decides="Fails for a container that has no quota and no shares, or 1024 shares, which is what all have by default, and for "
    "each one where the engine ignores limits.",
    remedy="Start it with `--cpus 0.5` or `--cpu-shares 512`, in compose `cpus: 0.5`; running: `docker update --cpus 0.5 NAME`.",
    deviation="`--cpu-quota` is the limit of `--cpus` written otherwise and passes with us only; 1024 shares are the default, "
    "and an engine without the processor cgroup ignores all of them: these fail with us only",
)
def processors(snapshot: Snapshot) -> Outcome:
    limits = snapshot.engine.cpu_limit

    def fault(container: Container) -> Fault:
        if container.nano_cpus <= 0 and container.cpu_quota <= 0 and container.cpu_shares in (0, _DEFAULT_SHARES):
            return f"{_DEFAULT_SHARES} shares, the default" if container.cpu_shares else "no limit"
        return None if limits else "limits, which this engine ignores"

    return running(snapshot, fault, "the share of the processors is set")


@check(
    "5.15",
    "Containers are restarted five times at most",
    reads="HostConfig.RestartPolicy of each running container; of a task of a swarm service that service's restart condition.",
    decides="Fails for `always` and `unless-stopped`, and for restarts on failure, or of a service, without a bound or with one "
    "above 5. A container that is not restarted passes.",
    remedy="Start it with `--restart on-failure:5`, or `docker update --restart on-failure:5 NAME`;\n"
    "a service: `docker service update --restart-max-attempts 5 NAME`.",
    deviation="docker-bench-security reads the maximum retry count only: `always`, `unless-stopped`, `on-failure` without a "
    "count and the tasks of swarm services restart without end, have 0 there, and fail with us",
)
def restarts(snapshot: Snapshot) -> Outcome:
    known = snapshot.swarm if isinstance(snapshot.swarm, Unknown) else snapshot.swarm.services
    services = {} if isinstance(known, Unknown) else {service.id: service for service in known}

    def fault(container: Container) -> Fault:
        if not container.service_id:
            return _of_container(container)
        service = services.get(container.service_id)
        if service is not None:
            return _of_service(service)
        return known if isinstance(known, Unknown) else Unknown("its swarm service is not there")

    return running(snapshot, fault, "none is restarted more than five times")


def _of_container(container: Container) -> Fault:
    if container.restart in ("", "no"):
        return None
    return _unbounded(container.restart, container.restart_attempts if container.restart == "on-failure" else 0)


def _of_service(service: Service) -> Fault:
    if service.restart == "none":
        return None
    return _unbounded(f"service {service.name}: {service.restart}", service.restart_attempts or 0)


def _unbounded(policy: str, attempts: int) -> Fault:
    if attempts <= 0:
        return f"{policy}, without a bound"
    return f"{policy}, {attempts} times" if attempts > _MOST_RESTARTS else None


@check(
    "5.19",
    "Default limits are overridden where a container needs it",
    reads="HostConfig.Ulimits of each running container.",
    decides="Asks for a look at containers that have no limits of their own.",
    remedy="Where the daemon's limits do not fit: `--ulimit nofile=1024:2048` (compose: `ulimits`).",
)
def ulimits(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return None if container.ulimits else "no limits of its own"

    return running(snapshot, fault, "each has limits of its own", bad=Verdict.MANUAL)


@check(
    "5.25",
    "Containers are in the control group that the engine chooses",
    reads="HostConfig.CgroupParent of each running container.",
    decides="Fails when it names one.",
    remedy="Start it without `--cgroup-parent` (compose: `cgroup_parent`), or waive 5.25 for it with the reason.",
)
def control_group(snapshot: Snapshot) -> Outcome:
    return running(snapshot, lambda container: container.cgroup_parent, "each is in the engine's control group")


@check(
    "5.29",
    "The number of every container's processes is limited",
    reads="HostConfig.PidsLimit of each running container, and whether the engine can limit processes at all.",
    decides="Fails for a container without a limit (none, 0 or -1), and for each one where the engine ignores limits.",
    remedy="Start it with `--pids-limit 100` (compose: `pids_limit`); a running one: `docker update --pids-limit 100 NAME`.",
    deviation="an engine that cannot limit processes ignores the limit that it reports: docker-bench-security passes such "
    "containers, we fail them",
)
def process_count(snapshot: Snapshot) -> Outcome:
    limits = snapshot.engine.pids_limit

    def fault(container: Container) -> Fault:
        if container.pids_limit is None or container.pids_limit <= 0:
            return "no limit"
        return None if limits else f"{container.pids_limit} processes, which this engine ignores"

    return running(snapshot, fault, "the number of processes is limited")


CHECKS = (memory, processors, restarts, ulimits, control_group, process_count)
