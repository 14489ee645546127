"""The inventory of an environment, by the real plugin, from a fake of the compute API on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import yaml

from checks.host import cache, proc
from checks.host.console import Console
from checks.host.tools import toolenv
from checks.model import Done
from tests.e2e import compute_api
from tests.e2e.compute_api import Fake, instance

ROOT = Path(__file__).parents[2]
PROJECT = "reddit-course"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """Run an API that lists two hosts of stage and one of prod."""
    instances = [
        instance(PROJECT, "docker-app-stage-1", "docker-app", "https", public="203.0.113.9", env="stage"),
        instance(PROJECT, "bastion", env="stage"),
        instance(PROJECT, "docker-app-prod-1", "docker-app", public="203.0.113.10", env="prod"),
    ]
    with compute_api.up(tmp_path, PROJECT, instances) as made:
        yield made


def _deploy(fake: Fake, *words: str, **given: str) -> Done:
    cleared = ("GCP_", "GOOGLE_", "ANSIBLE_", "HTTP", "http", "NO_PROXY", "no_proxy", "ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(cleared)}
    where = {"CHECKS_CACHE": str(cache.root(os.environ)), "PYTHONPATH": str(ROOT)}
    # The environments are made before: nothing but the compute API may be asked through the proxy.
    env = {**kept, **where, **fake.env(), "GCP_PROJECT": PROJECT, **given}
    return proc.run([sys.executable, "-m", "deploy", *words], cwd=ROOT, env=env, timeout=120)


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    for name in ("ansible-lint", "ansible-google"):
        toolenv.environment(name, Console(quiet=True))


def _listed(done: Done) -> dict[str, Any]:
    assert done.ok, done.err
    return dict(json.loads(done.out))


def test_hosts_are_known_by_name_in_groups_by_environment_and_tag(fake: Fake) -> None:
    found = _listed(_deploy(fake, "--list", GCP_ACCESS_TOKEN=compute_api.TOKEN))
    assert set(found["_meta"]["hostvars"]) == {"docker-app-stage-1", "bastion"}
    assert set(found["env_stage"]["hosts"]) == {"docker-app-stage-1", "bastion"}
    for group in ("tag_docker_app", "tag_https", "docker_app"):
        assert found[group]["hosts"] == ["docker-app-stage-1"]


def test_hosts_are_reached_at_their_public_address_else_at_the_private_one(fake: Fake) -> None:
    variables = _listed(_deploy(fake, "--list", GCP_ACCESS_TOKEN=compute_api.TOKEN))["_meta"]["hostvars"]
    # So Ansible marks, in its list, what came from outside and is no template.
    assert variables["docker-app-stage-1"]["ansible_host"] == {"__ansible_unsafe": "203.0.113.9"}
    assert variables["bastion"]["ansible_host"] == {"__ansible_unsafe": "10.132.0.7"}


def test_variables_of_the_environment_come_along(fake: Fake) -> None:
    variables = _listed(_deploy(fake, "--list", GCP_ACCESS_TOKEN=compute_api.TOKEN))["_meta"]["hostvars"]
    assert variables["bastion"]["docker_engine_users"] == []


def test_only_running_hosts_of_the_environment_are_asked_for_page_by_page(fake: Fake) -> None:
    _listed(_deploy(fake, "--list", GCP_ACCESS_TOKEN=compute_api.TOKEN))
    paths = [unquote_plus(path) for _, path in fake.asked]
    assert len(paths) == 2
    assert all(path.startswith(compute_api.LIST.format(PROJECT)) for path in paths)
    assert all("(labels.env = stage) (status = RUNNING)" in path for path in paths)
    assert "pageToken=more" in paths[1]


def test_a_service_accounts_key_gets_its_token_first(fake: Fake, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    pem = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
    facts = {"type": "service_account", "client_email": "a@b", "private_key": pem, "project_id": PROJECT}
    key.write_text(json.dumps({**facts, "token_uri": "https://oauth2.googleapis.com/token", "private_key_id": "1"}))
    found = _listed(_deploy(fake, "--list", GCP_SERVICE_ACCOUNT_FILE=str(key)))
    assert "docker-app-stage-1" in found["_meta"]["hostvars"]
    assert fake.asked[0] == ("POST", "/token")


def test_credentials_that_google_refuses_are_a_clear_failure(fake: Fake) -> None:
    fake.refuse = True
    done = _deploy(fake, "--list", GCP_ACCESS_TOKEN="old")
    assert done.code == 1
    assert done.out == ""
    assert "ansible-inventory failed: The credentials do not contain" in done.err
    assert "are the credentials still good" in done.err
    assert "Traceback" not in done.err


def test_an_environment_without_hosts_runs_nothing_and_says_so(fake: Fake) -> None:
    fake.instances.clear()
    done = _deploy(fake, "reddit-app", GCP_ACCESS_TOKEN=compute_api.TOKEN)
    assert done.ok, done.err
    assert "no hosts matched" in done.err


def test_the_collections_that_are_asked_for_are_those_that_are_there() -> None:
    asked = yaml.safe_load((ROOT / "docker-monolith/ansible/environments/stage/requirements.yml").read_text())
    tools = toolenv.environment("ansible-lint", Console(quiet=True))
    for one in asked["collections"]:
        (manifest,) = tools.glob(
            f"lib/python*/site-packages/ansible_collections/{one['name'].replace('.', '/')}/MANIFEST.json"
        )
        assert json.loads(manifest.read_text())["collection_info"]["version"] == one["version"]
