"""What is in the containers' file systems and images, and what is not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.host import buildenv
from checks.host.livestack import Service, Stack

ALL = ["comment", "mongo", "monolith", "post", "ui"]
VERSIONS = {"post": "src/post-py/VERSION", "comment": "src/comment/VERSION", "ui": "src/ui/VERSION"}
VERSIONS["monolith"] = "docker-monolith/VERSION"
UNWANTED = {"pip", "pip3", "gcc", "cc", "make", "pytest", "curl", "wget"}
ROOT = Path(__file__).parents[2]
each = pytest.mark.parametrize("name", ALL)


def _files(service: Service) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every file of the image's own file system, seen from outside; mounts are left out."""
    root = service.root
    device = root.stat().st_dev
    for folder, folders, names in os.walk(root):
        at = Path(folder)
        folders[:] = [name for name in folders if (at / name).lstat().st_dev == device]
        for name in names:
            found = (at / name).lstat()
            if found.st_dev == device and stat.S_ISREG(found.st_mode):
                yield Path("/") / (at / name).relative_to(root), found


@pytest.fixture(scope="module")
def private() -> list[str]:
    """What builds were handed of this machine: proxies, and the values of pip's settings."""
    settings = [line.partition("=")[2].strip() for line in buildenv.pip_settings(os.environ).splitlines()]
    return [word for word in (*buildenv.proxies().values(), *settings) if word]


@each
def test_the_root_file_system_is_read_only(stack: Stack, name: str) -> None:
    line = next(
        line for line in (stack[name].root / "proc/1/mounts").read_text().splitlines() if line.split()[1] == "/"
    )
    assert "ro" in line.split()[3].split(",")
    assert stack[name].host.run("touch /written").rc != 0


@each
def test_tmp_takes_no_programs(stack: Stack, name: str) -> None:
    lines = (stack[name].root / "proc/1/mounts").read_text().splitlines()
    options = next(line.split()[3].split(",") for line in lines if line.split()[1] == "/tmp")
    assert {"noexec", "nosuid", "nodev"} <= set(options)


@each
def test_no_file_lends_its_owners_rights(stack: Stack, name: str) -> None:
    assert [path for path, found in _files(stack[name]) if found.st_mode & (stat.S_ISUID | stat.S_ISGID)] == []


@each
def test_no_build_tools_stayed(stack: Stack, name: str) -> None:
    programs = [path for path, found in _files(stack[name]) if found.st_mode & stat.S_IXUSR]
    assert [path for path in programs if path.name in UNWANTED] == []


@each
def test_nothing_of_the_build_machine_stayed_in_files(stack: Stack, name: str) -> None:
    found = [path for path, _ in _files(stack[name])]
    stray = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf", "/etc/apt/apt.conf.d/90checks")
    kept = [path for path in found if str(path) in (*stray, "/etc/apt/sources.list.d/90checks.list")]
    caches = [path for path in found if ".cache" in path.parts or "/var/lib/apt/lists" in str(path.parent)]
    keys = [path for path in found if path.suffix in (".key", ".pem") and "certifi" not in path.parts]
    assert kept + caches + keys == []


@each
def test_history_and_configuration_name_nothing_of_the_build_machine(
    stack: Stack, private: list[str], name: str
) -> None:
    image = stack.client.images.get(stack[name].inspect()["Image"])
    said = repr(image.history()) + repr(image.attrs["Config"])
    assert [word for word in ("BEGIN ", "PRIVATE KEY", *private) if word in said] == []


@each
def test_no_engine_socket_is_inside(stack: Stack, name: str) -> None:
    targets = [mount["Destination"] for mount in stack[name].inspect()["Mounts"]]
    assert [target for target in targets if "docker.sock" in target] == []


@each
def test_images_say_that_no_root_is_needed(stack: Stack, name: str) -> None:
    image = stack.client.images.get(stack[name].inspect()["Image"])
    assert image.attrs["Config"]["User"].partition(":")[0] in ("999", "10001")
    assert image.attrs["Config"]["Healthcheck"]["Test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_images_carry_their_version_and_revision(stack: Stack, name: str) -> None:
    labels = stack[name].inspect()["Config"]["Labels"]
    wanted = os.environ.get(f"{'IMAGE' if name == 'monolith' else name.upper()}_VERSION") or ""
    assert labels["org.opencontainers.image.version"] == (wanted or (ROOT / VERSIONS[name]).read_text().strip())
    assert labels["org.opencontainers.image.revision"]


def test_testinfra_answers_about_the_images_files(stack: Stack) -> None:
    host = stack["mongo"].host
    assert host.file("/etc/mongod.conf").exists
    assert not host.file(str(Path(__file__))).exists
