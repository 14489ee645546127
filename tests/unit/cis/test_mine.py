"""What a run or a repository has started."""

from __future__ import annotations

import pytest

from checks.cis import mine
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from tests.unit.cis import builders

FOLDER = "com.docker.compose.project.working_dir"


def _facts() -> Snapshot:
    return builders.snapshot(
        containers=[
            builders.container("of-run", labels={"checks.run": "r1", FOLDER: "/srv/shop/src"}, image_id="sha256:a:1"),
            builders.container("of-other-run", labels={"checks.run": "r2", FOLDER: "/srv/shop/src"}),
            builders.container("by-hand", labels={FOLDER: "/srv/shop"}, image_id="sha256:b:1"),
            builders.container("neighbour", labels={FOLDER: "/srv/shop2"}),
            builders.container("stranger"),
        ],
        images=[builders.image("a:1"), builders.image("b:1"), builders.image("c:1")],
        networks=[builders.network("n1", labels={"checks.run": "r1"}), builders.network("bridge")],
    )


def _names(found: Snapshot) -> list[list[str]]:
    assert not isinstance(found.containers, Unknown)
    assert not isinstance(found.images, Unknown)
    assert not isinstance(found.networks, Unknown)
    return [[one.name for one in some] for some in (found.containers, found.images, found.networks)]


def test_what_a_run_has_started() -> None:
    assert _names(mine.only(_facts(), "r1", "/srv/shop")) == [["of-run"], ["a:1"], ["n1"]]


@pytest.mark.parametrize("run", ["", "r9"])
def test_where_no_run_has_started_anything_it_is_the_projects(run: str) -> None:
    containers, images, networks = _names(mine.only(_facts(), run, "/srv/shop/"))
    assert containers == ["of-run", "of-other-run", "by-hand"]
    assert (images, networks) == (["a:1", "b:1"], [])


def test_host_and_daemon_stay_and_what_is_unknown_too() -> None:
    facts = builders.snapshot(containers=Unknown("refused"))
    assert mine.only(facts, "r1", "/srv") is facts
    kept = mine.only(builders.snapshot(images=Unknown("refused"), networks=Unknown("refused")), "r1", "/srv")
    assert (kept.images, kept.networks) == (Unknown("refused"), Unknown("refused"))
    assert kept.host == builders.snapshot().host
