"""Section 5 of the benchmark, what bounds a container's share of the host: memory, processors, processes, restarts."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.facts import Container
from checks.cis.judging import Fault, running
from checks.cis.snapshot import Snapshot


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


CHECKS = (memory,)
