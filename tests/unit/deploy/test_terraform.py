"""Terraform's sessions, on this repository's own roots: what is asked for, what is missing, and its tests with itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from checks.errors import UsageError
from checks.host import proc
from checks.model import Done
from deploy import google, terraform

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / terraform.FOLDER


def _session(*words: str, home: Path, module: str = "terraform", **env: str) -> Done:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE", "GCP", "TF_", "CLOUDSDK"))
    }
    environ = {**kept, "PYTHONPATH": str(ROOT), "HOME": str(home), "DOCKER_CONFIG": str(home / ".docker"), **env}
    argv = [sys.executable, "-m", f"deploy.{module}", *words, "--root", str(ROOT)]
    return proc.run(argv, cwd=ROOT, env=environ, timeout=120)


def test_what_is_missing_is_named_line_by_line(tmp_path: Path) -> None:
    done = _session("apply", home=tmp_path)
    assert done.code == 2
    for line in (
        "the variable project: TF_VAR_project (or GCP_PROJECT), or a line in stage/terraform.tfvars",
        "the variable docker_app_source_ranges: TF_VAR_docker_app_source_ranges",
        "an initialised stage: nox -s terraform -- init",
        "credentials: GOOGLE_APPLICATION_CREDENTIALS",
    ):
        assert line in done.err
    assert "environment" not in done.err, "it has a default"


def test_what_is_given_is_not_asked_for_again(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text("{}")
    given = {"GCP_PROJECT": "p", "TF_VAR_docker_app_source_ranges": "[]", "GOOGLE_APPLICATION_CREDENTIALS": str(key)}
    root = terraform.Root(FOLDER / "stage", given)
    assert terraform.missing(root, "plan") == ["an initialised stage: nox -s terraform -- init"]
    assert root.env["TF_VAR_project"] == "p"
    assert terraform.missing(root, "init") == [
        "TF_STATE_BUCKET: the bucket of the state, which --project-wide makes; or init --no-backend"
    ]
    assert terraform.missing(root, "init", backend=False) == []


def test_a_line_in_tfvars_is_a_value(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text('variable "a" {\n  type = string\n}\nvariable "b" {\n  default = 1\n}\n')
    root = terraform.Root(tmp_path, {})
    assert terraform.unset(root) == ["a"]
    (tmp_path / "terraform.tfvars").write_text('a = "x"\n')
    assert terraform.unset(root) == []


def test_the_environment_is_ENV_and_no_other(tmp_path: Path) -> None:  # noqa: N802  that is its name
    assert terraform.chosen(FOLDER, "stage", False) == FOLDER / "stage"
    assert terraform.chosen(FOLDER, "whatever", True) == FOLDER
    with pytest.raises(UsageError, match="ENV=prod"):
        terraform.chosen(FOLDER, "prod", False)
    assert _session("plan", home=tmp_path, ENV="prod").code == 2
    assert _session("plan", "--no-backend", home=tmp_path).code == 2


@pytest.mark.parametrize("name", google.FILES)
def test_a_key_file_that_is_not_there_is_named(name: str) -> None:
    assert google.lacking({name: "/nowhere.json"}) == [f"{name}=/nowhere.json is no file"]


def test_credentials_are_handed_on_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "application_default_credentials.json").write_text("{}")
    assert google.lacking({"CLOUDSDK_CONFIG": str(tmp_path)}) == []
    assert google.lacking({"HOME": str(tmp_path)}) == [google.NO_CREDENTIALS]
    assert google.lacking({"GCP_ACCESS_TOKEN": "t"}) == []
    found = google.environment({"GCP_ACCESS_TOKEN": "t", "GCP_SERVICE_ACCOUNT_FILE": "/k"})
    assert (found["GOOGLE_OAUTH_ACCESS_TOKEN"], found["GOOGLE_APPLICATION_CREDENTIALS"]) == ("t", "/k")


def test_packer_says_what_a_build_needs(tmp_path: Path) -> None:
    done = _session("build", home=tmp_path, module="packer")
    assert done.code == 2
    assert "GCP_PROJECT: the id of the project" in done.err
    assert "credentials: GOOGLE_APPLICATION_CREDENTIALS" in done.err
