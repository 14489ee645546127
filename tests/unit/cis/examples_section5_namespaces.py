from __future__ import annotations

from typing import Any

from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, snapshot, web


def joined(verdict: Verdict, *offenders: str, field: str, says: str = "", **modes: str) -> Case:
    """Return an example of running containers by their modes, beside a stopped one that is in the host's namespace."""
    some = [container(name, **{field: mode}) for name, mode in modes.items()]
    stopped: dict[str, Any] = {field: "host", "status": "exited"}
    return case(verdict, snapshot(containers=[*some, container("old", **stopped)]), *offenders, says=says)


def through(field: str, kind: str) -> tuple[Case, ...]:
    """Return examples of a namespace that containers can join: docker-bench-security sees `host` only."""
    shared = "db: the host's through web"
    return (
        web(Verdict.PASS, says=f"1 container: none shares the host's {kind} namespace"),
        web(Verdict.FAIL, "the host's", **{field: "host"}),
        joined(
            Verdict.PASS, field=field, web="", db="container:web", api="private", x="shareable", y="none", z="hosts"
        ),
        joined(Verdict.FAIL, "web: the host's", shared, field=field, web="host", db="container:web-id"),
        joined(Verdict.FAIL, "web: the host's", shared, field=field, web="host", db="container:web"),
        joined(
            Verdict.FAIL,
            *("a: the host's through b through web", "b: the host's through web", "web: the host's"),
            field=field,
            a="container:b-id",
            b="container:web-id",
            web="host",
        ),
        joined(Verdict.FAIL, "web: the host's through old", field=field, web="container:old-id"),
        joined(
            Verdict.UNKNOWN,
            field=field,
            web="container:0123456789abcdef",
            says=f"it joins the {kind} namespace of 0123456789ab, which is not there",
        ),
        joined(Verdict.UNKNOWN, field=field, a="container:b", b="container:a", says="which is not there"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no container is running"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    )


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.10": through("network_mode", "network"),
    "5.16": through("pid_mode", "process"),
    "5.17": through("ipc_mode", "IPC"),
    "5.21": (
        web(Verdict.PASS, says="1 container: none shares the host's UTS namespace"),
        web(Verdict.FAIL, "the host's", uts_mode="host"),
    ),
    "5.31": (
        web(Verdict.PASS, says="1 container: none shares the host's user namespace"),
        web(Verdict.FAIL, "the host's", userns_mode="host"),
    ),
}
