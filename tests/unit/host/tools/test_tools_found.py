"""Which compose and which packer lint takes: those that a person has, else ones of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checks.errors import MissingToolError
from checks.host import proc
from checks.host.console import Console
from checks.host.lint import linters
from checks.host.tools import packages, toolenv

OUT = Console(quiet=True)


def program(path: Path, said: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    """Return variables of a cache that holds a pinned compose."""
    env = {"CHECKS_CACHE": str(tmp_path / "cache"), "DOCKER_CONFIG": str(tmp_path / "docker")}
    probe = toolenv.environment_folder("compose", env)
    program(probe / "lib/python3/site-packages/compose/docker-compose", "2.40.3")
    (probe / ".complete").touch()
    return env


def test_a_plugin_that_is_new_enough_is_called_itself(tmp_path: Path, cache: dict[str, str]) -> None:
    plugin = program(tmp_path / "docker/cli-plugins/docker-compose", "2.39.1")
    assert toolenv.compose_program(OUT, cache) == str(plugin)


@pytest.mark.parametrize("said", ["2.20.0", "what?", ""])
def test_an_old_plugin_or_none_gives_way_to_the_pinned_one(tmp_path: Path, cache: dict[str, str], said: str) -> None:
    if said:
        program(tmp_path / "docker/cli-plugins/docker-compose", said)
    else:
        cache["DOCKER_CONFIG"] = str(tmp_path / "nothing")
    if not said and any((folder / "cli-plugins/docker-compose").exists() for folder in toolenv.PLUGINS):
        pytest.skip("expected: this machine has a plugin of its own")
    assert toolenv.compose_program(OUT, cache).startswith(cache["CHECKS_CACHE"])


def test_a_package_that_was_unpacked_is_there_from_then_on(tmp_path: Path) -> None:
    env = {"CHECKS_CACHE": str(tmp_path)}
    for version in ("1.6.6+ds2-1", "1.10.0", "1.9.9"):
        program(tmp_path / f"tools/packer-{version}/usr/bin/packer", version)
        (tmp_path / f"tools/packer-{version}/.complete").touch()
    program(tmp_path / "tools/packer-2.0/usr/bin/packer", "not complete")
    assert toolenv.unpacked("packer", "usr/bin/packer", OUT, env) == tmp_path / "tools/packer-1.10.0/usr/bin/packer"


def test_where_there_is_no_apt_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "which", lambda _name: None)
    with pytest.raises(MissingToolError, match="no system with apt"):
        toolenv.unpacked("packer", "usr/bin/packer", OUT, {"CHECKS_CACHE": str(tmp_path)})


def test_a_package_is_unpacked_without_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("expected: this is no Debian")
    control = tmp_path / "deb/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: tiny\nVersion: 1:2.3+x\nArchitecture: all\nMaintainer: us <us@example.org>\nDescription: x\n"
    )
    program(tmp_path / "deb/usr/bin/tiny", "tiny")
    built = tmp_path / "tiny_1%3a2.3+x_all.deb"
    assert proc.run(["dpkg-deb", "--build", tmp_path / "deb", built], timeout=60).ok
    monkeypatch.setattr(toolenv, "_downloaded", lambda folder, _package: Path(shutil.copy(built, folder)))
    env = {"CHECKS_CACHE": str(tmp_path / "cache")}
    found = toolenv.unpacked("tiny", "usr/bin/tiny", OUT, env)
    assert found == tmp_path / "cache/tools/tiny-1:2.3+x/usr/bin/tiny"
    assert proc.run([found], timeout=10).out == "tiny\n"
    assert [path.name for path in (tmp_path / "cache/tools").iterdir() if path.is_dir()] == ["tiny-1:2.3+x"]
    with pytest.raises(MissingToolError, match="holds no usr/bin/other"):
        toolenv.unpacked("other", "usr/bin/other", OUT, env)


def test_packer_on_path_keeps_its_users_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "bin/packer", "Packer v1.11.0")
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("PACKER_PLUGIN_PATH", raising=False)
    assert linters.packer(OUT) == (str(path),)
    (tmp_path / ".config/packer/plugins").mkdir(parents=True)
    env = shutil.which("env")
    assert linters.packer(OUT) == (env, f"PACKER_PLUGIN_PATH={tmp_path}/.config/packer/plugins", str(path))
    monkeypatch.setenv("PACKER_PLUGIN_PATH", str(tmp_path))
    assert linters.packer(OUT)[1] == f"PACKER_PLUGIN_PATH={tmp_path}"


def test_another_program_of_that_name_is_not_packer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = program(tmp_path / "bin/cracklib-packer", "skipping line")
    (tmp_path / "bin/packer").symlink_to(real)
    monkeypatch.setenv("PATH", str(real.parent))
    monkeypatch.setattr(toolenv, "unpacked", lambda *_: tmp_path / "ours")
    assert linters.packer(OUT) == (str(tmp_path / "ours"),)
