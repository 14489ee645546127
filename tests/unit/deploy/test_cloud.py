"""What Google Cloud's inventory needs, said exactly where it is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import UsageError
from deploy import cloud, playbooks

ROOT = Path(__file__).parents[3]
INVENTORY = ROOT / playbooks.FOLDER / "environments/stage/inventory.gcp.yml"


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, ""),
        ({"GCP_ACCESS_TOKEN": "t"}, "accesstoken"),
        ({"GCE_CREDENTIALS_FILE_PATH": "f"}, "serviceaccount"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": "f"}, "application"),
        ({"GCP_AUTH_KIND": "machineaccount", "GCP_ACCESS_TOKEN": "t"}, "machineaccount"),
    ],
)
def test_the_kind_of_credentials_is_what_the_variables_are_for(environ: dict[str, str], kind: str) -> None:
    assert cloud.kind(environ) == kind


def test_nothing_is_missing_where_all_is_set(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text("{}")
    assert cloud.missing({"GCP_PROJECT": "p", "GCP_SERVICE_ACCOUNT_FILE": str(key)}) == []
    assert cloud.missing({"GCP_PROJECT": "p", "GCP_AUTH_KIND": "application"}) == []


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, ["GCP_PROJECT: the id", "credentials: GCP_SERVICE_ACCOUNT_FILE"]),
        ({"GCP_PROJECT": "p"}, ["credentials: GCP_SERVICE_ACCOUNT_FILE"]),
        ({"GCP_ACCESS_TOKEN": "t"}, ["GCP_PROJECT: the id"]),
        ({"GCP_PROJECT": "p", "GCP_AUTH_KIND": "accesstoken"}, ["GCP_AUTH_KIND=accesstoken needs GCP_ACCESS_TOKEN"]),
        ({"GCP_PROJECT": "p", "GCP_AUTH_KIND": "magic"}, ["GCP_AUTH_KIND=magic is none of"]),
        ({"GCP_PROJECT": "p", "GCP_SERVICE_ACCOUNT_FILE": "/none"}, ["GCP_SERVICE_ACCOUNT_FILE=/none is no file"]),
    ],
)
def test_what_is_missing_is_named(environ: dict[str, str], says: list[str]) -> None:
    found = cloud.missing(environ)
    assert len(found) == len(says)
    assert all(line.startswith(start) for line, start in zip(found, says, strict=True))


def test_the_project_is_put_into_the_inventory_and_nothing_else_changes() -> None:
    before, after = (yaml.safe_load(text) for text in (_given(), cloud.with_project(_given(), "other-project")))
    assert after.pop("projects") == ["other-project"]
    before.pop("projects")
    assert after == before


def test_an_inventory_without_projects_is_refused() -> None:
    with pytest.raises(UsageError, match="no list `projects:`"):
        cloud.with_project("plugin: google.cloud.gcp_compute\n", "my-project")


@given(st.text(max_size=40))
def test_what_is_no_id_of_a_project_is_refused_or_stays_one_word(project: str) -> None:
    try:
        made = cloud.with_project(_given(), project)
    except UsageError:
        return
    assert yaml.safe_load(made)["projects"] == [project]


def _given() -> str:
    return INVENTORY.read_text()


def _deploy(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environ}
    argv = [sys.executable, "-m", "deploy", *words]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_without_credentials_the_command_says_all_that_is_missing() -> None:
    done = _deploy("docker", "--check")
    assert done.returncode == 2
    assert "Google Cloud cannot be asked for the hosts of stage" in done.stderr
    assert "GCP_PROJECT: the id of the project" in done.stderr
    assert "credentials: GCP_SERVICE_ACCOUNT_FILE" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "there is no playbook nothing"),
        (["site", "--env", "prod"], "there is no environment prod"),
        (["../x"], "there is no playbook ../x"),
    ],
)
def test_what_is_not_there_is_refused_with_what_there_is(words: list[str], says: str) -> None:
    done = _deploy(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "stage" in done.stderr or "docker, reddit-app, site" in done.stderr
