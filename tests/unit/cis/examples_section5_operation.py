from __future__ import annotations

from checks.cis.daemon import Swarm
from checks.cis.facts import Exec, Process
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, image, snapshot, swarm, web


def runs(verdict: Verdict, value: str = "", *, image_name: str, image_id: str = "sha256:f00d", says: str = "") -> Case:
    """Return an example of a container of that image, on an engine with registry.example:5000/web:2, web:1 and web:latest."""
    images = [image(tags=(name,)) for name in ("web:1", "web:latest", "registry.example:5000/web:2")]
    some = [image("x", id="sha256:f00d", tags=one.tags) for one in images]
    facts = snapshot(containers=[container(image=image_name, image_id=image_id)], images=some)
    return case(verdict, facts, *([f"web: {value}"] if value else []), says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.1": (
        case(Verdict.PASS, snapshot(), says="this engine is in no swarm"),
        case(Verdict.PASS, snapshot(swarm=Swarm(state=""))),  # docker-bench-security warns
        case(Verdict.FAIL, snapshot(swarm=swarm()), "swarm: active", says="this engine is in a swarm: active"),
        case(Verdict.FAIL, snapshot(swarm=Swarm(state="locked")), "swarm: locked"),
        case(Verdict.FAIL, snapshot(swarm=Swarm(state="pending")), "swarm: pending"),
        case(Verdict.UNKNOWN, snapshot(swarm=DENIED), says="permission denied"),
    ),
    "5.7": (
        web(Verdict.PASS, processes=(Process("nginx"),), says="1 container: none runs sshd"),
        web(Verdict.FAIL, "sshd", processes=(Process("sh"), Process("sshd"), Process("sshd"))),
        web(Verdict.FAIL, "sshd-session", processes=(Process("sshd-session"),)),
        web(Verdict.FAIL, "sshd: root@pts/0", processes=(Process("sshd: root@pts/0"),)),
        # docker-bench-security warns about any name with sshd in it, and passes where it cannot look
        web(Verdict.PASS, processes=(Process("sshd_exporter"), Process("fix-sshd"), Process("ssh"))),
        web(Verdict.UNKNOWN, processes=DENIED, says="permission denied"),
    ),
    "5.23": (
        web(Verdict.PASS, says="1 container: no command runs by exec --privileged at this moment"),
        web(Verdict.PASS, execs=(Exec(user="root"),)),
        # docker-bench-security looks at nothing
        web(Verdict.FAIL, "2 by exec --privileged", execs=(Exec(), Exec(privileged=True), Exec(privileged=True))),
        web(Verdict.UNKNOWN, execs=DENIED, says="permission denied"),
    ),
    "5.24": (
        web(Verdict.MANUAL, says="1 container: no command runs by exec --user root at this moment"),
        web(
            Verdict.MANUAL, execs=(Exec(privileged=True), Exec(user="app")), says="no command runs by exec --user root"
        ),
        web(Verdict.MANUAL, "1 by exec --user root", execs=(Exec(), Exec(user="root:root")), says="1 of 1 container"),
        web(Verdict.MANUAL, "1 by exec --user root", execs=(Exec(user="0"),)),
        web(Verdict.UNKNOWN, execs=DENIED, says="permission denied"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no container is running"),
    ),
    "5.27": (
        web(Verdict.PASS, health="CMD", says="1 container: each has a health check"),
        web(Verdict.PASS, health="CMD-SHELL", health_status="unhealthy"),
        web(Verdict.FAIL, "no health check", health=""),
        web(Verdict.FAIL, "switched off", health="NONE"),
    ),
    "5.28": (
        runs(Verdict.MANUAL, image_name="web:1", says="1 container: each names a version; is it the latest?"),
        runs(Verdict.MANUAL, "web has no version", image_name="web"),
        runs(Verdict.MANUAL, "web:latest has no version", image_name="web:latest"),
        runs(Verdict.MANUAL, image_name="registry.example:5000/web:2", says="each names a version"),
        runs(Verdict.MANUAL, "registry.example:5000/web has no version", image_name="registry.example:5000/web"),
        runs(Verdict.MANUAL, "web:1 is another image by now", image_name="web:1", image_id="sha256:01d"),
        runs(
            Verdict.MANUAL, "web has no version, web is another image by now", image_name="web", image_id="sha256:01d"
        ),
        runs(Verdict.MANUAL, image_name="gone:1", image_id="sha256:01d", says="each names a version"),
        runs(Verdict.MANUAL, image_name="web@sha256:01d", says="each names a version"),
        runs(Verdict.MANUAL, image_name="sha256:f00d", says="each names a version"),
        runs(Verdict.MANUAL, image_name="f00", says="each names a version"),
        case(
            Verdict.MANUAL,
            snapshot(containers=[container(image="db:1", image_id="sha256:01d")], images=DENIED),
            says="each names a version",
        ),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no container is running"),
    ),
}
