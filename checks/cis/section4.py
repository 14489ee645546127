"""Section 4 of the benchmark: images, as the engine has them, and who the containers made of them run as."""

from __future__ import annotations

from checks.cis.check import Outcome, check
from checks.cis.facts import Container, Image
from checks.cis.judging import Fault, failed, for_a_person, images, others, passed, running, unknown
from checks.cis.ours import is_base, is_ours
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.cis.values import days_between, is_root
from checks.model import Offender, Verdict

_OLD = 30
"""Days after which an image is worth a look: distributions publish security updates more often than that."""

_OFF = frozenset({"", "0", "f", "F", "false", "FALSE", "False"})
"""Values of DOCKER_CONTENT_TRUST that switch it off: docker reads all others as on."""

NO_IMAGES = "where the engine has no image it passes: there is nothing to judge"


@check(
    "4.1",
    "Containers do not run as root",
    reads="Config.User of each running container, and as whom its first process runs.",
    decides="Fails for a user that is empty, `root` or 0, with or without a group, and for one whose first process has the "
    "number 0 inside. Where processes cannot be read the user's name decides.",
    remedy="Add `USER app` (a user that the image has, or a number such as 10001) to the Dockerfile;\n"
    "or start it with `--user 10001:10001`, in compose `user: 10001:10001`.",
    deviation="a group behind the user (`0:0`, `root:root`) or another name for the number 0 (`00`, `toor`) hides root from "
    "docker-bench-security: such containers fail with us",
)
def user(snapshot: Snapshot) -> Outcome:
    def fault(container: Container) -> Fault:
        if is_root(container.user):
            return container.user or "no user"
        processes = () if isinstance(container.processes, Unknown) else container.processes[:1]
        return f"{container.user}, which is root inside" if any(own.uid == 0 for own in processes) else None

    return running(snapshot, fault, "none runs as root")


@check(
    "4.2",
    "Images are made of bases that somebody trusts",
    reads="Where each image came from: the registries of its digests.",
    decides="Always for a person to judge; names each image's registry, or that it has none.",
    remedy="Base images on official or own ones, by digest: `FROM debian:13-slim@sha256:…`; look with `docker history IMAGE`.",
)
def trusted_bases(snapshot: Snapshot) -> Outcome:
    def origin(image: Image) -> Fault:
        return image.digests[0].partition("@")[0] if image.digests else "from no registry: built or loaded here"

    return images(snapshot, origin, "", bad=Verdict.MANUAL)


@check(
    "4.4",
    "Images are scanned and rebuilt to have security updates",
    reads="When each image was built.",
    decides=f"Always for a person to judge; names the images that are more than {_OLD} days old, or of no known age. A base that "
    "`checks` bootstrapped has a fixed date, so that it is the same bytes each time: its age is not known.",
    remedy="Rebuild with `docker build --pull --no-cache .`, scan with a scanner of your choice, and replace the containers.",
)
def rebuilt(snapshot: Snapshot) -> Outcome:
    def age(image: Image) -> Fault:
        if is_base(image):
            return "bootstrapped by checks: its date is fixed, its age is not known"
        days = days_between(image.created, snapshot.collected)
        if days is None:
            return "of unknown age"
        return f"{days} days old" if days > _OLD else None

    return for_a_person(images(snapshot, age, f"built within {_OLD} days; were they scanned?", bad=Verdict.MANUAL))


@check(
    "4.5",
    "Docker's content trust is switched on",
    reads="DOCKER_CONTENT_TRUST, wherever this host sets it: for everybody and for who runs the check.",
    decides="Passes where something switches it on and nothing switches it off; to docker every value is on but 0 and false.",
    remedy="`echo DOCKER_CONTENT_TRUST=1 >> /etc/environment`, and log in again.",
    deviation="docker-bench-security looks for the value 1 in the shell that runs it: we also read the files that set it for "
    "everybody, and take each value as docker does",
)
def content_trust(snapshot: Snapshot) -> Outcome:
    places = snapshot.host.content_trust
    if isinstance(places, Unknown):
        return unknown(places)
    off = [Offender(place, "variable", value or "empty") for place, value in places.items() if value in _OFF]
    if off:
        return failed("DOCKER_CONTENT_TRUST is switched off", *off)
    if not places:
        return failed("nothing sets DOCKER_CONTENT_TRUST", Offender("DOCKER_CONTENT_TRUST", "variable", "not set"))
    return passed(f"DOCKER_CONTENT_TRUST is on: {', '.join(places)}")


@check(
    "4.6",
    "Images have a health check",
    reads="Config.Healthcheck of each image.",
    decides="Fails for an image without one, and for one that switches health checks off (`HEALTHCHECK NONE`). Bases that "
    "`checks` bootstrapped and its own helper are left out, and counted in what it says: no Dockerfile of yours makes them.",
    remedy="Add one to its Dockerfile: `HEALTHCHECK --interval=30s CMD wget -qO- http://localhost:8080/health || exit 1`.",
    deviation=f"`HEALTHCHECK NONE` counts as a health check for docker-bench-security, with us it is none; it counts the "
    f"bases and the helper that `checks` put there, we leave them out; {NO_IMAGES}",
)
def health_check(snapshot: Snapshot) -> Outcome:
    def fault(image: Image) -> Fault:
        return {"": "no health check", "NONE": "switched off"}.get(image.health)

    return others(snapshot, is_ours, "of checks itself", fault, "each has a health check")


@check(
    "4.12",
    "Signatures of images are validated",
    reads="Which images came from a registry, by their digests.",
    decides="Always for a person to judge; names the images whose signatures somebody has to have validated.",
    remedy="Sign what you push and verify what you pull: `cosign verify IMAGE@sha256:…`, or DOCKER_CONTENT_TRUST=1.",
)
def signatures(snapshot: Snapshot) -> Outcome:
    def digest(image: Image) -> Fault:
        return image.digests[0] if image.digests else None

    return for_a_person(images(snapshot, digest, "none came from a registry", bad=Verdict.MANUAL))


CHECKS = (user, trusted_bases, rebuilt, content_trust, health_check, signatures)
