from __future__ import annotations

from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, image, snapshot

EXAMPLES: dict[str, tuple[Case, ...]] = {
    "6.1": (
        case(
            Verdict.PASS,
            snapshot(images=[image()], containers=[container(image_id="sha256:web:1", status="exited")]),
            says="1 image: each is used by a container",
        ),
        case(
            Verdict.MANUAL,
            snapshot(images=[image(), image("db:2")], containers=[container(image_id="sha256:web:1")]),
            "db:2: no container uses it",
            says="1 of 2 images",
        ),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),
        case(Verdict.UNKNOWN, snapshot(images=DENIED), says="permission denied"),
        case(Verdict.UNKNOWN, snapshot(images=[image()], containers=DENIED), says="permission denied"),
    ),
    "6.2": (
        case(Verdict.PASS, snapshot(containers=[container(status="paused")]), says="1 container: each one runs"),
        case(
            Verdict.MANUAL,
            snapshot(containers=[container(), container("old", status="exited"), container("new", status="created")]),
            "old: exited",
            "new: created",
            says="2 of 3 containers",
        ),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="the engine has no containers"),
        case(Verdict.UNKNOWN, snapshot(containers=DENIED), says="permission denied"),
    ),
}
