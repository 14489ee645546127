"""Where images go, by their names and two variables."""

from __future__ import annotations

import pytest

from checks.errors import UsageError
from checks.host.images import publisher
from checks.host.images.publisher import Where


@pytest.mark.parametrize(
    ("environ", "image", "target", "host"),
    [
        ({"CHECKS_REGISTRY": "r.example:5000"}, "ada/ui:1.0", "r.example:5000/ada/ui:1.0", "r.example:5000"),
        ({"CHECKS_REGISTRY": "r.example/team/"}, "ui", "r.example/team/ui:latest", "r.example"),
        ({"DOCKERHUB_LOGIN": "ada"}, "ada/ui:1.0", "ada/ui:1.0", "docker.io"),
        ({"DOCKERHUB_LOGIN": "ada"}, "ui:1.0", "ada/ui:1.0", "docker.io"),
        ({"CHECKS_REGISTRY": "r.example"}, "other.example/x/ui:2", "other.example/x/ui:2", "other.example"),
        ({}, "other.example/x/ui:2", "other.example/x/ui:2", "other.example"),
    ],
)
def test_a_target_is_named(environ: dict[str, str], image: str, target: str, host: str) -> None:
    found = Where.of(environ).target(image)
    assert (found.target, publisher.host_of(found)) == (target, host)


def test_an_account_has_to_be_named() -> None:
    with pytest.raises(UsageError, match="is to be published"):
        Where.of({}).target("reddit/ui:1.0")
    with pytest.raises(UsageError, match="no tag"):
        Where.of({"DOCKERHUB_LOGIN": "ada"}).target(f"ada/ui@sha256:{'0' * 64}")
    with pytest.raises(UsageError, match="CHECKS_REGISTRY"):
        Where.of({"CHECKS_REGISTRY": "http://r.example"})
