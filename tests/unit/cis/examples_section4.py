from __future__ import annotations

from typing import Any

from checks.cis.facts import Image, Process, Step
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, image, snapshot, web

TRUST = "DOCKER_CONTENT_TRUST"
DIGEST = "registry.example/web@sha256:1234"


def trust(**places: str) -> dict[str, dict[str, str]]:
    return {"content_trust": {name.replace("_", " "): value for name, value in places.items()}}


def images(verdict: Verdict, *values: str, says: str = "", **changes: Any) -> Case:
    """Return an example of one image with these facts."""
    return case(verdict, snapshot(images=[image(**changes)]), *(f"web:1: {value}" for value in values), says=says)


LAYER = (Step("", size=1),)
BASE: dict[str, Any] = {
    "tags": ("debian:trixie-slim",),
    "labels": {"checks.base": "1a2b"},
    "history": LAYER,
    "created": "2025-01-01T00:00:00Z",
}
HELPER: dict[str, Any] = {"tags": ("checks/helper:0123456789ab",), "labels": {"checks.tree": "0123456789abcdef"}}

NOT_THE_HELPER: tuple[dict[str, str], ...] = ({}, {"checks.tree": ""}, {"checks.tree": "ffff"})


def beside_ours(verdict: Verdict, *values: str, says: str, **changes: Any) -> Case:
    """Return an example of one image beside a bootstrapped base and the helper."""
    every = [image(**changes), Image("sha256:base", **BASE), Image("sha256:helper", **HELPER)]
    return case(verdict, snapshot(images=every), *(f"web:1: {value}" for value in values), says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "4.1": (
        web(Verdict.PASS, user="app", says="1 container: none runs as root"),
        web(Verdict.PASS, user="10001:0"),
        web(Verdict.PASS, user="1000", processes=(Process("web", 1000), Process("sh", 0))),
        web(Verdict.PASS, user="rooter"),
        web(Verdict.PASS, user="app:root"),
        web(Verdict.PASS, user="10"),
        web(Verdict.PASS, user="app", processes=DENIED),
        web(Verdict.PASS, user="app", processes=(Process("web", None),)),
        web(Verdict.FAIL, "no user", user=""),
        web(Verdict.FAIL, "no user", user="", processes=(Process("web", 999),)),
        web(Verdict.FAIL, "root", user="root"),
        web(Verdict.FAIL, "0", user="0"),
        # docker-bench-security passes these
        web(Verdict.FAIL, "0:0", user="0:0"),
        web(Verdict.FAIL, "root:root", user="root:root"),
        web(Verdict.FAIL, "root:www-data", user="root:www-data"),
        web(Verdict.FAIL, ":100", user=":100"),
        web(Verdict.FAIL, "00", user="00"),
        web(Verdict.FAIL, "+0", user="+0"),
        web(Verdict.FAIL, "-0", user="-0"),
        web(Verdict.FAIL, "toor, which is root inside", user="toor", processes=(Process("web", 0), Process("sh", 5))),
        web(Verdict.NOT_APPLICABLE, status="exited", says="no container is running"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    ),
    "4.2": (
        images(Verdict.MANUAL, "registry.example/web", digests=(DIGEST, "other@sha256:5"), says="1 of 1 image"),
        images(Verdict.MANUAL, "from no registry: built or loaded here"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),
        case(Verdict.UNKNOWN, snapshot(images=DENIED), says="permission denied"),
    ),
    "4.4": (
        images(
            Verdict.MANUAL, created="2026-05-02T23:00:00Z", says="1 image: built within 30 days; were they scanned?"
        ),
        images(Verdict.MANUAL, "31 days old", created="2026-05-01T00:00:00.123456789Z", says="1 of 1 image"),
        images(Verdict.MANUAL, "of unknown age", created=""),
        images(Verdict.MANUAL, "of unknown age", created="0001-01-01T00:00:00Z"),
        images(Verdict.MANUAL, "20605 days old", created="1970-01-01T00:00:00Z"),
        case(
            Verdict.MANUAL,
            snapshot(images=[Image("sha256:base", **BASE)]),
            "debian:trixie-slim: bootstrapped by checks: its date is fixed, its age is not known",
        ),
        # what is built on such a base has a date of its own
        images(Verdict.MANUAL, "516 days old", **{**BASE, "tags": ("web:1",), "history": (Step("COPY"), *LAYER)}),
        case(Verdict.UNKNOWN, snapshot(images=DENIED), says="permission denied"),
    ),
    "4.5": (
        case(Verdict.PASS, snapshot(host=trust(the_environment="1")), says=f"{TRUST} is on: the environment"),
        # docker-bench-security sees neither files nor values other than 1
        case(Verdict.PASS, snapshot(host=trust(profile="1", shells="true")), says="is on: profile, shells"),
        case(Verdict.PASS, snapshot(host=trust(profile="yes"))),
        case(Verdict.FAIL, snapshot(), f"{TRUST}: not set", says=f"nothing sets {TRUST}"),
        *(
            case(
                Verdict.FAIL, snapshot(host=trust(profile=value)), f"profile: {value}", says=f"{TRUST} is switched off"
            )
            for value in ("0", "f", "F", "false", "False", "FALSE")
        ),
        case(Verdict.FAIL, snapshot(host=trust(profile="")), "profile: empty"),
        case(Verdict.FAIL, snapshot(host=trust(profile="0", the_environment="1")), "profile: 0"),
        case(Verdict.UNKNOWN, snapshot(host={"content_trust": DENIED}), says="permission denied"),
    ),
    "4.6": (
        images(Verdict.PASS, health="CMD", says="1 image: each has a health check"),
        images(Verdict.PASS, health="CMD-SHELL"),
        images(Verdict.FAIL, "no health check", health=""),
        images(Verdict.FAIL, "switched off", health="NONE"),  # docker-bench-security passes it
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),  # so here
        # and it counts these two
        beside_ours(
            Verdict.PASS, health="CMD", says="1 image: each has a health check; left out: 2 images of checks itself"
        ),
        beside_ours(Verdict.FAIL, "no health check", says="1 of 1 image; left out: 2 images of checks itself"),
        case(Verdict.NOT_APPLICABLE, snapshot(images=[Image("sha256:base", **BASE)]), says="no other images"),
        # the repository's own: on such a base, named like the helper, built from nothing but the base
        images(Verdict.FAIL, "no health check", labels=BASE["labels"], history=(Step("COPY"), *LAYER)),
        images(Verdict.FAIL, "no health check", labels={**HELPER["labels"], **BASE["labels"]}, history=LAYER),
        images(Verdict.FAIL, "no health check", labels=HELPER["labels"]),
        *(
            case(
                Verdict.FAIL,
                snapshot(images=[image("checks/helper:0123456789ab", labels=labels)]),
                "checks/helper:0123456789ab: no health check",
            )
            for labels in NOT_THE_HELPER
        ),
        images(Verdict.FAIL, "no health check", labels=BASE["labels"], history=DENIED),
        case(Verdict.UNKNOWN, snapshot(images=DENIED), says="permission denied"),
    ),
    "4.12": (
        images(Verdict.MANUAL, DIGEST, digests=(DIGEST, "other@sha256:5")),
        images(Verdict.MANUAL, says="1 image: none came from a registry"),
        case(Verdict.NOT_APPLICABLE, snapshot(containers=[container()]), says="no images"),
    ),
}
