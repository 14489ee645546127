from __future__ import annotations

from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, snapshot

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
        case(
            Verdict.FAIL,
            snapshot(containers=[container(memory=4096)], engine={"memory_limit": False}),
            "web: 4096 bytes, which this engine ignores",
        ),
        case(Verdict.NOT_APPLICABLE, snapshot(containers=[container(status="exited")]), says="no container is running"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    ),
}
