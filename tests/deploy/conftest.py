"""What `nox -s deploy -- --check-host` tells the assertions about the host that it has deployed to."""

from __future__ import annotations

import os

import pytest


def _told(name: str) -> str:
    if name not in os.environ:
        pytest.skip(f"{name} is not set: these run in `nox -s deploy -- --check-host`")
    return os.environ[name]


@pytest.fixture
def address() -> str:
    """Return the host's address."""
    return _told("DEPLOY_ADDRESS")


@pytest.fixture
def image() -> str:
    """Return the monolith's image, as the host names it."""
    return _told("DEPLOY_IMAGE")


@pytest.fixture
def registry() -> str:
    """Return host:port of the registry that the image came from."""
    return _told("DEPLOY_REGISTRY")


@pytest.fixture
def client() -> list[str]:
    """Return curl's words for a client that the engine's TCP socket lets in."""
    return ["--cacert", _told("DEPLOY_CA"), "--cert", _told("DEPLOY_CERT"), "--key", _told("DEPLOY_KEY")]
