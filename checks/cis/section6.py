"""Section 6 of the benchmark: what piles up on a host that nobody clears."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Image
from checks.cis.judging import Fault, images, over, unknown
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict


@check(
    "6.1",
    "Images that nobody uses are removed",
    reads="The images, and the image of each container, running or not.",
    decides="Asks for a look at images that no container uses.",
    remedy="`docker image prune` removes those without a name, `docker image prune --all` all that no container uses.",
)
def image_sprawl(snapshot: Snapshot) -> Outcome:
    containers = snapshot.containers
    if isinstance(containers, Unknown):
        return unknown(containers)
    used = {container.image_id for container in containers}

    def fault(image: Image) -> Fault:
        return None if image.id in used else "no container uses it"

    return images(snapshot, fault, "each is used by a container", bad=Verdict.MANUAL)


@check(
    "6.2",
    "Containers that do not run are removed",
    reads="The state of each container.",
    decides="Asks for a look at containers that do not run.",
    remedy="`docker container prune` removes them all, `docker rm NAME` one; `docker run --rm` leaves none behind.",
)
def container_sprawl(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        return None if container.up else container.status

    none = "the engine has no containers"
    return over(snapshot.containers, fault, "container", "each one runs", none=none, bad=Verdict.MANUAL)


CHECKS = (image_sprawl, container_sprawl)
