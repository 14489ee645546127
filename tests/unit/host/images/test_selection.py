"""Which images are built for what was asked, and which come from elsewhere, however names are written."""

from __future__ import annotations

import pytest

from checks.compose import Build, Service
from checks.errors import UsageError
from checks.host.images import selection


def built(name: str, image: str, text: str) -> Service:
    return Service(name, image, Build("/srv", "/srv/Dockerfile", inline=text))


BASE = built("base", "acme/base", "FROM debian:12")
APP = built("app", "registry.example:5000/acme/app:1", "FROM docker.io/acme/base:latest\nCOPY --from=tools:1 /a /b")
WORKER = Service("worker", "registry.example:5000/acme/app:1")
DATABASE = Service("db", "mongo:8.0")
ALL = [APP, BASE, WORKER, DATABASE]


def names(*only: str) -> list[str]:
    return [service.name for service in selection.with_needed(ALL, only)]


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ((), ["app", "base", "worker", "db"]),
        (("base",), ["base"]),
        (("acme/base",), ["base"]),
        (("app",), ["app", "base"]),
        (("registry.example:5000/acme/app:1",), ["app", "base"]),
        (("worker",), ["app", "base", "worker"]),
        (("db", "base"), ["base", "db"]),
        (("mongo",), ["db"]),
    ],
)
def test_what_is_asked_for_comes_with_what_it_stands_on(only: tuple[str, ...], wanted: list[str]) -> None:
    assert names(*only) == wanted


def test_a_service_is_meant_before_an_image_of_that_name() -> None:
    twins = [Service("mongo", "other:1"), Service("other", "mongo:8.0")]
    assert selection.with_needed(twins, ["mongo"]) == [twins[0]]


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(UsageError, match="no image or service 'nosuch'") as raised:
        names("base", "nosuch")
    assert raised.value.advice == "there are: app, base"


def test_where_nothing_is_built_that_is_said() -> None:
    with pytest.raises(UsageError) as raised:
        selection.with_needed([Service("mongo", "other:1")], ["nosuch"])
    assert raised.value.advice.startswith("none of its services is built")


def test_a_circle_of_images_ends() -> None:
    one, two = built("one", "one", "FROM two"), built("two", "two", "FROM one")
    assert selection.with_needed([one, two], ["one"]) == [one, two]


def test_only_what_no_service_builds_comes_from_elsewhere() -> None:
    assert selection.foreign(ALL, ALL) == ["tools:1", "debian:12", "mongo:8.0"]


@pytest.mark.parametrize(
    ("image", "short"),
    [("mongo", "mongo"), ("mongo:8.0", "mongo"), ("acme/post:1", "post"), ("registry.example:5000/acme/post", "post")],
)
def test_short(image: str, short: str) -> None:
    assert selection.short(image) == short


@pytest.mark.parametrize("image", ["debian", "debian:latest", "library/debian", "docker.io/library/debian:latest"])
def test_two_spellings_are_one_image(image: str) -> None:
    assert selection.familiar(image) == "debian:latest"


@pytest.mark.parametrize("image", ["", "-x", "UP/case:"])
def test_what_is_no_name_stays_as_it_is(image: str) -> None:
    assert isinstance(selection.familiar(image), str)
