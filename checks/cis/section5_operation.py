"""Section 5 of the benchmark, how containers are run: swarm mode, what runs inside, health, age of their images."""

from __future__ import annotations

import re
from collections.abc import Callable

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Exec
from checks.cis.judging import Fault, failed, for_a_person, listed, passed, running, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.cis.values import is_root
from checks.model import Offender, Verdict

_SSHD = re.compile(r"sshd(?!\w)")


@check(
    "5.1",
    "Swarm mode is not on where it is not needed",
    reads="The swarm state that the engine reports.",
    decides="Fails unless it is inactive; whoever needs the swarm waives this check.",
    remedy="`docker swarm leave` (on the last manager `--force`), or waive 5.1 with the reason.",
    deviation="an engine that knows no swarm mode at all reports no state: docker-bench-security warns, it passes with us",
)
def swarm_mode(snapshot: Snapshot) -> Outcome:
    swarm = snapshot.swarm
    if isinstance(swarm, Unknown):
        return unknown(swarm)
    if swarm.active:
        return failed(f"this engine is in a swarm: {swarm.state}", Offender("swarm", "option", swarm.state))
    return passed("this engine is in no swarm")


@check(
    "5.7",
    "No SSH daemon runs inside containers",
    reads="The names of the processes of each running container, as the host sees them.",
    decides="Fails for a process of sshd, its sessions included.",
    remedy="Take sshd out of the image; `docker exec -it NAME sh` opens a shell, `ssh HOST docker exec …` from elsewhere.",
    deviation="docker-bench-security asks `ps` inside: images without it pass, with the host's process namespace the host's "
    "sshd is blamed on the container, and any name with sshd in it counts",
)
def ssh_daemon(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        if isinstance(container.processes, Unknown):
            return container.processes
        return listed(one.name for one in container.processes if _SSHD.match(one.name))

    return running(snapshot, fault, "none runs sshd")


def _execs(snapshot: Snapshot, bad: Callable[[Exec], bool], named: str, *, verdict: Verdict = Verdict.FAIL) -> Outcome:
    """Judge what people run in containers by `docker exec` at the moment of the snapshot."""

    def fault(container: Container) -> Fault:
        if isinstance(container.execs, Unknown):
            return container.execs
        count = sum(map(bad, container.execs))
        return f"{count} {named}" if count else None

    return running(snapshot, fault, f"no command runs {named} at this moment", bad=verdict)


@check(
    "5.23",
    "Nobody runs `docker exec --privileged`",
    reads="The exec sessions of each running container at this moment; who did so before is in the audit log.",
    decides="Fails for a session that is privileged.",
    remedy="End it, and give the container itself what it needs: `docker run --cap-add NAME`.",
    deviation="docker-bench-security only notes that somebody should look: we look at the sessions that are open, so it passes "
    "or fails",
)
def privileged_exec(snapshot: Snapshot) -> Outcome:
    return _execs(snapshot, lambda one: one.privileged, "by exec --privileged")


@check(
    "5.24",
    "Nobody runs `docker exec --user root`",
    reads="The exec sessions of each running container at this moment.",
    decides="Always for a person to judge, who finds former sessions in the audit log; names the containers with a session that "
    "was asked to run as root.",
    remedy="Leave `--user` out; look for former ones: `ausearch -k docker | grep exec | grep user`.",
)
def root_exec(snapshot: Snapshot) -> Outcome:
    def as_root(one: Exec) -> bool:
        return one.user != "" and is_root(one.user)

    return for_a_person(_execs(snapshot, as_root, "by exec --user root", verdict=Verdict.MANUAL))


@check(
    "5.27",
    "The health of containers is checked",
    reads="The health check that is in force for each running container: its own or its image's.",
    decides="Fails for a container that has none, or whose health check is switched off.",
    remedy="Put HEALTHCHECK into the Dockerfile, or start it with `--health-cmd 'COMMAND'` (compose: `healthcheck`).",
)
def health_check(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return {"": "no health check", "NONE": "switched off"}.get(container.health)

    return running(snapshot, fault, "each has a health check")


@check(
    "5.28",
    "Containers run the image that is meant, by version",
    reads="The image that each running container asked for, and what that name means by now.",
    decides="Always for a person to judge; names containers whose image has no version (none, or latest), and those whose "
    "image's name means another image by now.",
    remedy="Name a version or a digest, `IMAGE:1.2.3` or `IMAGE@sha256:…`, and replace containers after a build or pull.",
)
def image_versions(snapshot: Snapshot) -> Outcome:
    images = () if isinstance(snapshot.images, Unknown) else snapshot.images
    current = {tag: image.id for image in images for tag in image.tags}

    def fault(container: Container) -> Fault:
        if _bare_id(container.image_id).startswith(_bare_id(container.image)):
            return None
        name, tag = _tagged(container.image)
        unversioned = f"{container.image} has no version" if tag == "latest" else ""
        moved = current.get(f"{name}:{tag}", container.image_id) != container.image_id
        return listed(filter(None, (unversioned, f"{container.image} is another image by now" if moved else "")))

    return for_a_person(running(snapshot, fault, "each names a version; is it the latest?", bad=Verdict.MANUAL))


def _bare_id(image: str) -> str:
    return image.removeprefix("sha256:")


def _tagged(image: str) -> tuple[str, str]:
    """Return an image's name and tag; a colon before the last slash belongs to a registry's port."""
    name, _, tag = image.rpartition(":")
    return (name, tag) if name and "/" not in tag else (image, "latest")


CHECKS = (swarm_mode, ssh_daemon, privileged_exec, root_exec, health_check, image_versions)
