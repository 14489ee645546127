"""What is in the containers' file systems, and what is not."""

from __future__ import annotations

import functools
import re
import stat
from pathlib import PurePosixPath

import pytest

from checks.testing import Service, Stack

ALL = ["comment", "mongo", "monolith", "post", "ui"]
TOOLS = re.compile(r"(.*-)?(pip3?|gcc|cc|cpp|g\+\+|c\+\+|ld|as|make|pytest|py\.test|curl|wget)(-?[\d.]+)?")
MODULES = ("pip", "setuptools", "wheel", "ensurepip", "_pytest", "testinfra", "coverage")
each = pytest.mark.parametrize("name", ALL)


@functools.cache
def _files(service: Service) -> tuple[tuple[PurePosixPath, int], ...]:
    """Return path and mode of every file of the image's own file system, seen from outside; mounts are left out."""
    found = tuple(service.files())
    assert len(found) > 1000, "this is not all of it"
    return found


@each
def test_the_root_file_system_is_read_only(stack: Stack, name: str) -> None:
    assert "ro" in stack[name].mounts()["/"][1]
    refused = stack[name].host.run("touch /written")
    assert "Read-only file system" in refused.stderr, refused
    assert not stack[name].host.file("/written").exists


@each
def test_what_can_be_written_to_is_in_memory_or_a_volume_and_takes_no_programs(stack: Stack, name: str) -> None:
    wanted = {item.partition(":")[0]: item.partition(":")[2] for item in stack.resolved["services"][name]["tmpfs"]}
    mounts = stack[name].mounts()
    for place, options in wanted.items():
        kind, found = mounts[place]
        assert kind == "tmpfs", f"{name}: {place} is {kind}"
        asked = {option for option in options.split(",") if "=" not in option}
        assert asked <= found, f"{name}: {place} has {found}"
    disks = {place for place, (kind, options) in mounts.items() if "rw" in options and kind in ("ext4", "xfs", "btrfs")}
    assert disks <= {"/data/db"}, f"{name} writes to {disks}"


@each
def test_no_file_lends_its_owners_rights(stack: Stack, name: str) -> None:
    assert [path for path, mode in _files(stack[name]) if mode & (stat.S_ISUID | stat.S_ISGID)] == []


@each
def test_no_build_or_test_tools_stayed(stack: Stack, name: str) -> None:
    found = [path for path, mode in _files(stack[name]) if mode & stat.S_IXUSR and TOOLS.fullmatch(path.name)]
    modules = {path.parent for path, _ in _files(stack[name]) if path.parent.name in MODULES}
    assert found + sorted(modules) == []


@each
def test_no_engine_socket_is_inside(stack: Stack, name: str) -> None:
    mounts = {*stack[name].mounts(), *(mount["Source"] for mount in stack[name].inspect()["Mounts"])}
    assert [place for place in mounts if place.endswith(("docker.sock", "containerd.sock"))] == []


@each
def test_images_say_that_no_root_is_needed(stack: Stack, name: str) -> None:
    image = stack.client.images.get(stack[name].inspect()["Image"])
    assert image.attrs["Config"]["User"] in ("999:999", "10001:10001")
    assert image.attrs["Config"]["Healthcheck"]["Test"][0] in ("CMD", "CMD-SHELL")
