"""Registries: what the variables say, names of images, and who is asked for which."""

from __future__ import annotations

from typing import Any

import pytest

from checks.errors import FailedError, UsageError
from checks.host.images import registry

INFO: dict[str, Any] = {
    "IndexServerAddress": "https://index.example/v1/",
    "RegistryConfig": {"Mirrors": [], "IndexConfigs": {}, "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.1.0.0/16"]},
}


@pytest.mark.parametrize(("said", "offline"), [("", None), ("0", False), ("1", True), (" 1 ", True)])
def test_offline_is_one_of_three(said: str, offline: bool | None) -> None:
    assert registry.Policy.of({"CHECKS_OFFLINE": said}).offline is offline
    assert registry.Policy.of({}) == registry.Policy()


@pytest.mark.parametrize("said", ["yes", "true", "2", "no"])
def test_other_words_are_refused(said: str) -> None:
    with pytest.raises(UsageError, match="CHECKS_OFFLINE"):
        registry.Policy.of({"CHECKS_OFFLINE": said})


@pytest.mark.parametrize(
    "mirror",
    ["localhost", "mirror:5000", "127.0.0.1:5000", "a.example", "a.example/team", "a.example:80/a-b/c_d", "a.b/"],
)
def test_a_mirror_is_host_port_and_prefix(mirror: str) -> None:
    assert registry.Policy.of({"CHECKS_REGISTRY": mirror}).mirror == mirror.rstrip("/")


@pytest.mark.parametrize(
    "mirror", ["mirror", "https://a.example", "a.example:x", "a.example//b", "a b", "A.example/Team"]
)
def test_what_docker_would_read_otherwise_is_refused(mirror: str) -> None:
    with pytest.raises(UsageError, match="CHECKS_REGISTRY"):
        registry.Policy.of({"CHECKS_REGISTRY": mirror})


DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("debian", ("", "debian", "latest")),
        ("debian:trixie-slim", ("", "debian", "trixie-slim")),
        ("docker.io/library/debian:13", ("", "debian", "13")),
        ("library/debian:13", ("", "debian", "13")),
        ("team/app:1", ("", "team/app", "1")),
        ("localhost:5000/a/b:1", ("localhost:5000", "a/b", "1")),
        ("localhost:5000/a/b", ("localhost:5000", "a/b", "latest")),
        ("r.example/library/x:1", ("r.example", "library/x", "1")),
        (f"debian@{DIGEST}", ("", "debian", DIGEST)),
    ],
)
def test_names_are_taken_apart(image: str, parts: tuple[str, str, str]) -> None:
    found = registry.parse(image)
    assert (found.registry, found.repository, found.version) == parts
    assert registry.parse(found.familiar) == found


@pytest.mark.parametrize("image", ["", ":1", "-a.example/b"])
def test_what_is_no_name_is_said(image: str) -> None:
    with pytest.raises(FailedError, match="no name of an image"):
        registry.parse(image)


def test_who_is_asked() -> None:
    default, own = registry.parse("debian"), registry.parse("r.example:1/x")
    mirror = registry.Policy(mirror="m.example:2/team")
    assert registry.hosts(default, registry.Policy(), INFO) == ("index.example",)
    assert registry.hosts(default, mirror, INFO) == ("m.example:2",)
    assert registry.hosts(own, mirror, INFO) == ("r.example:1",)
    with_mirrors = {**INFO, "RegistryConfig": {"Mirrors": ["https://near.example:8/"]}}
    assert registry.hosts(default, registry.Policy(), with_mirrors) == ("near.example:8", "index.example")


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("localhost:5000", True),
        ("localhost", True),
        ("127.0.0.1:5000", True),
        ("127.8.8.8", True),
        ("10.1.2.3:80", True),
        ("10.2.2.3:80", False),
        ("r.example", False),
        ("told.example:5000", True),
        ("localhost.example", False),
    ],
)
def test_plain_http_only_on_loopback_or_where_the_engine_was_told(host: str, plain: bool) -> None:
    config = {**INFO["RegistryConfig"], "IndexConfigs": {"told.example:5000": {"Secure": False}}}
    assert registry.is_plain(host, {**INFO, "RegistryConfig": config}) is plain
