"""Secrets and configs that containers are handed: made once, copied for the user they are for, removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from checks.errors import FailedError
from checks.host import identity
from checks.host.console import Console
from checks.host.docker import handed, labels
from checks.host.docker.engine import Engine

ME = identity.owner()
HERE = Engine("system", "unix:///var/run/docker.sock", "")
REMAPPED = {"SecurityOptions": ["name=seccomp", "name=userns"], "DockerRootDir": "/var/lib/checks/100000.100000"}


def secret(file: Path | str, user: str | None = None, *more: str) -> dict[str, Any]:
    users = [user, *more]
    services = {f"s{number}": {"user": item, "secrets": [{"source": "k"}]} for number, item in enumerate(users)}
    return {"services": services, "secrets": {"k": {"file": str(file).replace("$", "$$")}}}


def test_a_missing_secret_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "we$ird" / "key"
    resolved = secret(file)
    handed.make_missing(resolved, {"k": 16, "unknown": 8}, Console(quiet=True))
    first = file.read_text()
    assert len(bytes.fromhex(first.strip())) == 16
    assert file.parent.stat().st_mode & 0o777 == 0o700
    handed.make_missing(resolved, {"k": 16}, Console(quiet=True))
    assert file.read_text() == first


@pytest.mark.parametrize(("beside", "mode"), [(".gitignore", 0o700), ("notes.txt", 0o755)])
def test_a_folder_that_is_for_secrets_alone_is_closed(tmp_path: Path, beside: str, mode: int) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / beside).touch()
    handed.make_missing({"secrets": {"k": {"file": str(folder / "k")}}}, {"k": 16}, Console(quiet=True))
    assert (folder / "k").exists()
    assert folder.stat().st_mode & 0o777 == mode


def test_a_secret_of_another_kind_is_not_made(tmp_path: Path) -> None:
    resolved = {"secrets": {"k": {"environment": "K"}, "e": {"external": True}}}
    handed.make_missing(resolved, {"k": 16, "e": 16}, Console(quiet=True))
    handed.make_missing({}, {"k": 16}, Console(quiet=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("info", "uid"),
    [
        ({}, 0),
        ({"SecurityOptions": None, "DockerRootDir": "/var/lib/docker"}, 0),
        ({"SecurityOptions": ["name=userns"], "DockerRootDir": "/var/lib/docker"}, 0),
        ({"SecurityOptions": ["name=seccomp"], "DockerRootDir": "/x/100000.100000"}, 0),
        (REMAPPED, 100000),
    ],
)
def test_what_root_of_a_container_is_outside(info: dict[str, Any], uid: int) -> None:
    assert handed.first_uid(info) == uid


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies go: for this test in a folder of its own."""
    monkeypatch.setenv("CHECKS_STATE", str(tmp_path / "state"))
    return tmp_path / "state" / "files"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="nosuch is not there"):
        handed.copies(secret(tmp_path / "nosuch"), "p", ME, HERE, {})


def test_an_engine_elsewhere_gets_no_copies(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    assert handed.copies(secret(tmp_path / "key"), "p", ME, Engine("remote", "tcp://192.0.2.1:2375", ""), {}) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="expected: only root can give a file away")
@pytest.mark.parametrize(
    ("users", "owner", "mode"),
    [
        (["10"], 100010, 0o400),
        (["10:20"], 100010, 0o400),
        (["10", "10:5"], 100010, 0o400),
        (["10", "11"], 0, 0o444),
        (["app"], 0, 0o444),
        ([None], 0, 0o444),
    ],
)
def test_a_copy_is_its_users(tmp_path: Path, place: Path, users: list[Any], owner: int, mode: int) -> None:
    (tmp_path / "key").write_text("secret")
    (tmp_path / "key").chmod(0o600)
    made = handed.copies(secret(tmp_path / "key", *users), "p", ME, HERE, REMAPPED)
    copy = Path(made[str(tmp_path / "key")])
    assert copy.is_relative_to(place / "p")
    assert copy.read_text() == "secret"
    assert (copy.stat().st_uid, copy.stat().st_mode & 0o777) == (owner, mode)
    handed.forget(["p", "other"])
    assert not (place / "p").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="expected: only root makes copies")
def test_only_old_copies_of_nobody_are_swept(tmp_path: Path, place: Path) -> None:
    (tmp_path / "key").touch()
    for project in ("live", "old", "new"):
        handed.copies(secret(tmp_path / "key"), project, ME, HERE, {})
    for project in ("live", "old"):
        os.utime(place / project, (1, 1))
    handed.sweep(["live"], HERE.host)
    assert sorted(item.name for item in place.iterdir()) == ["live", "new"]


@pytest.mark.skipif(os.geteuid() != 0, reason="expected: only root makes copies")
def test_copies_go_with_their_owner_and_not_because_of_another_engine(tmp_path: Path, place: Path) -> None:
    (tmp_path / "key").touch()
    there = Engine("system", "unix:///run/other.sock", "")
    for project, owner, engine in (
        ("ended", f"{identity.boot_id()}:{os.getpid()}:1", HERE),
        ("rebooted", f"{ME}1".replace("-", "0"), there),
        ("mine", ME, HERE),
        ("kept-there", labels.KEPT, there),
        ("kept-here", labels.KEPT, HERE),
        ("gone-here", labels.KEPT, HERE),
    ):
        handed.copies(secret(tmp_path / "key"), project, owner, engine, {})
    for project in ("kept-there", "kept-here", "gone-here"):
        os.utime(place / project, (1, 1))
    handed.sweep(["kept-here"], HERE.host)
    assert sorted(item.name for item in place.iterdir()) == ["kept-here", "kept-there", "mine"]
