from __future__ import annotations

from checks.cis.daemon import Daemon, Option
from checks.model import Verdict
from tests.unit.cis.builders import Case, case, daemon, snapshot, unread_daemon

EXAMPLES: dict[str, tuple[Case, ...]] = {
    "2.2": (
        case(Verdict.PASS, snapshot(daemon=daemon(icc=False)), says="icc: false (/etc/docker/daemon.json)"),
        case(Verdict.PASS, snapshot(daemon=unread_daemon(icc=False)), says="icc: false (the API)"),
        case(Verdict.FAIL, snapshot(daemon=daemon(icc=True)), "icc: true (/etc/docker/daemon.json)"),
        case(Verdict.FAIL, snapshot(daemon=Daemon({"icc": Option(True, "--icc")}, unread="")), "icc: true (--icc)"),
        case(Verdict.FAIL, snapshot(), "icc: true (default)"),
        case(Verdict.UNKNOWN, snapshot(daemon=unread_daemon()), says="only the API answers"),
    ),
}
