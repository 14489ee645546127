"""What the images are made of, layer by layer, and what they say of themselves."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from checks.testing import Stack
from tests.integration import layers

ALL = ["comment", "mongo", "monolith", "post", "ui"]
OCI = "org.opencontainers.image."
each = pytest.mark.parametrize("name", ALL)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The hosts that builds on this machine are told of."""
    return layers.private_words(tmp_path_factory.mktemp("handed"))


@functools.cache
def _strays(layer: Path, words: tuple[bytes, ...]) -> list[str]:
    return layers.strays(layer, words)  # most layers are in several images


def _image(stack: Stack, name: str) -> dict[str, Any]:
    image = stack[name].inspect()["Image"]
    return dict(stack.client.api.inspect_image(image))  # type: ignore[no-untyped-call]


@each
def test_no_layer_keeps_anything_of_the_build_machine(
    stack: Stack, name: str, words: list[bytes], tmp_path: Path
) -> None:
    found = layers.folders(stack, stack[name].inspect()["Image"], tmp_path)
    assert len(found) > 1, f"{name} has {len(found)} layers to look into"
    assert [stray for layer in found for stray in _strays(layer, tuple(words))] == []


@each
def test_history_and_configuration_name_nothing_of_the_build_machine(
    stack: Stack, name: str, words: list[bytes]
) -> None:
    image = _image(stack, name)
    history = stack.client.api.history(image["Id"])  # type: ignore[no-untyped-call]
    said = json.dumps([history, image["Config"]])
    assert [word.decode() for word in words if word.decode() in said] == []
    assert re.findall(r"(?i)\b(?:https?_proxy|no_proxy|index-url|find-links)\b|-----BEGIN", said) == []


def test_the_search_finds_what_it_is_for(tmp_path: Path) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n"
    contents = {"etc/pip.conf": "", "opt/settings": "at proxy.corp:3128 too", "opt/a.pem": pem, "opt/fine.py": "BEGIN"}
    for path, text in contents.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    found = layers.strays(tmp_path, [b"proxy.corp:3128"])
    assert sorted(line.partition(":")[0] for line in found) == ["/etc/pip.conf", "/opt/a.pem", "/opt/settings"]


def test_hosts_are_read_from_settings_of_every_kind() -> None:
    pip = "[global]\nindex-url = https://me:secret@pypi.corp/simple\ntrusted-host = pypi.corp\n"
    apt = 'Acquire::http::Proxy "http://cache.corp:3142/";\ndeb http://www.debian.org/debian trixie main\n'
    assert layers.hosts(pip + apt) == [b"cache.corp:3142", b"me:secret@pypi.corp", b"pypi.corp"]


def test_unique_layers_are_small(stack: Stack) -> None:
    if "mongo:8.0" not in stack.standins:
        pytest.skip("expected: the real database server is in these images, and larger than all of the rest")
    steps = {}
    for service in stack.services.values():
        for step in stack.client.api.history(service.inspect()["Image"]):  # type: ignore[no-untyped-call]
            steps[step["Created"], step["CreatedBy"]] = step["Size"]
    assert sum(steps.values()) > 100e6, "the Debian base alone is most of that"
    assert sum(steps.values()) < 350e6


def test_only_who_reaches_the_database_has_its_driver(stack: Stack) -> None:
    driver = "ls -d /opt/venv/lib/*/*/pymongo"
    having = {name for name, item in stack.services.items() if item.host.run(driver).rc == 0}
    assert having == {"comment", "monolith", "post"}


@each
def test_an_image_says_what_it_is(stack: Stack, name: str) -> None:
    labels = _image(stack, name)["Config"]["Labels"] or {}
    if stack.resolved["services"][name]["image"] in stack.standins or labels.get(f"{OCI}title"):
        needed = ("title", "description", "licenses", "source", "version", "revision")
        assert [word for word in needed if not labels.get(OCI + word)] == []
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", labels[f"{OCI}revision"]), labels[f"{OCI}revision"]
    else:
        pytest.skip("expected: this image was pulled, so its labels are somebody else's")


@pytest.mark.parametrize("name", ["comment", "monolith", "post", "ui"])
def test_the_version_is_the_same_wherever_it_is_said(stack: Stack, name: str) -> None:
    service = stack[name]
    port = 5000 if name == "post" else 9292
    where, reached = service.at(port)
    running = requests.get(f"http://{where}:{reached}/healthcheck", timeout=5).json()["version"]
    inside = service.read("/app/VERSION").decode().strip()
    assert {_image(stack, name)["Config"]["Labels"][f"{OCI}version"], inside} == {running}
