"""Hosts in the cloud and the contexts that lead there: what is missing, and what is whose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.errors import UsageError
from checks.host import proc
from checks.host.console import Console
from checks.host.docker import engine
from checks.host.tools import packages
from deploy import contexts, remote

ROOT = Path(__file__).parents[3]


def _host(home: Path, name: str = "docker-host", **env: str) -> remote.Host:
    return remote.Host(name, ROOT, {"HOME": str(home), **env})


def test_without_credentials_all_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="docker-host cannot be made") as caught:
        remote.create(_host(tmp_path), Console(quiet=True))
    said = "\n".join(caught.value.details)
    assert "the variable project: TF_VAR_project (or GCP_PROJECT)" in said
    assert "the variable source_ranges: TF_VAR_source_ranges, as '[\"203.0.113.7/32\"]'" in said
    assert "credentials: GOOGLE_APPLICATION_CREDENTIALS" in said
    assert len(caught.value.details) == 3
    assert list(tmp_path.iterdir()) == []


def test_the_course_variables_choose_type_and_zone(tmp_path: Path) -> None:
    host = _host(tmp_path, DOCKER_MACHINE_TYPE="e2-small", DOCKER_MACHINE_REGION="europe-west3-a")
    found = host.terraform.env
    assert (found["TF_VAR_machine_type"], found["TF_VAR_zone"], found["TF_VAR_region"]) == (
        "e2-small",
        "europe-west3-a",
        "europe-west3",
    )


@pytest.mark.parametrize("name", ["", "-x", "Docker", "a/b", "../x", "x" * 40])
def test_a_name_that_cannot_be_one_is_wrong_usage(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a host"):
        remote.create(_host(tmp_path, name), Console(quiet=True))


def test_a_host_that_was_not_made_here_is_not_removed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no host docker-host was made here"):
        remote.remove(_host(tmp_path), Console(quiet=True))


def test_what_was_begun_and_never_applied_is_removed_without_credentials(tmp_path: Path) -> None:
    host = _host(tmp_path)
    (host.folder / "terraform/remote").mkdir(parents=True)
    contexts.add("docker-host", "ssh://me@192.0.2.1", host.environ)
    assert remote.remove(host, Console(quiet=True)) == 0
    assert not host.folder.exists()
    assert not list((tmp_path / ".docker/contexts/meta").iterdir())


def test_what_was_applied_is_not_forgotten_without_credentials(tmp_path: Path) -> None:
    host = _host(tmp_path)
    (host.folder / "terraform/remote").mkdir(parents=True)
    (host.folder / "terraform/remote/terraform.tfstate").write_text("{}")
    with pytest.raises(UsageError, match="cannot be removed"):
        remote.remove(host, Console(quiet=True))
    assert host.folder.exists()


def test_a_context_is_found_by_docker_and_by_checks(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "DOCKER_CONTEXT": "far"}
    contexts.add("far", "ssh://me@192.0.2.1", environ)
    assert engine._context_host(environ) == "ssh://me@192.0.2.1"
    if packages.which("docker"):
        argv = ["docker", "context", "inspect", "far", "--format", "{{.Endpoints.docker.Host}}"]
        done = proc.run(argv, env={"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin"}, timeout=20)
        assert done.out.strip() == "ssh://me@192.0.2.1", done.err
    contexts.add("far", "ssh://me@192.0.2.2", environ)
    assert contexts.remove("far", environ)
    assert not contexts.remove("far", environ)


def test_a_persons_own_context_stays_what_it_is(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    contexts.add("mine", "ssh://me@192.0.2.1", environ)
    (place,) = tmp_path.glob(".docker/contexts/meta/*/meta.json")
    data = json.loads(place.read_text())
    place.write_text(json.dumps({**data, "Metadata": {"Description": "mine"}}))
    with pytest.raises(UsageError, match="yours"):
        contexts.add("mine", "ssh://me@192.0.2.2", environ)
    with pytest.raises(UsageError, match="yours"):
        remote.create(_host(tmp_path, "mine"), Console(quiet=True))
    assert not contexts.remove("mine", environ)
    with pytest.raises(UsageError):
        contexts.refuse_others("default", environ)
