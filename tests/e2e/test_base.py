"""Debian bases without a registry: made by mmdebstrap, the same each time, with nothing of the host in them."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import json
import os
import re
import signal
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checks.host import proc
from checks.host.console import Console
from checks.host.images import bootstrap, imagetar
from checks.host.tools import packages

if TYPE_CHECKING:
    from checks.model import Done
    from tests.e2e.conftest import World

_IMAGE = "debian:trixie-slim"
_PROVIDE = """
import dataclasses, json, os, sys
from checks.host import console
from checks.host.docker import engine
from checks.host.images import base
found = base.provide(engine.find(), sys.argv[1:], {}, console.Console(), dict(os.environ))
print(json.dumps([dataclasses.asdict(one) for one in found]))
"""
_ARCHIVE = """
import os, sys
from checks import errors
from checks.host import console
from checks.host.images import bootstrap
try:
    print(bootstrap.archive(bootstrap.base_of("debian", "trixie-slim"), os.environ, console.Console()).image_id)
except errors.ChecksError as error:
    sys.exit("\\n".join([str(error), *error.details]))
"""
_OFFLINE = {"CHECKS_OFFLINE": "1"}


def _provide(world: World, **env: str) -> Done:
    return world.run(sys.executable, "-P", "-c", _PROVIDE, _IMAGE, env={**_OFFLINE, **env}, timeout=200)


def _said(done: Done) -> Any:
    assert done.ok, done.err
    (one,) = json.loads(done.out)
    return one


@pytest.fixture(scope="module")
def both(engine_world: World) -> list[Done]:
    """Let two commands at once ask an engine without a base for one."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(_provide, engine_world) for _ in range(2)]]


def _cached(world: World) -> Path:
    (path,) = world.cache.glob("bases/debian-trixie-slim-*.tar")
    return path


def _archive(world: World) -> imagetar.Archive:
    found = imagetar.read(_cached(world))
    assert found is not None
    return found


def test_two_commands_at_once_bootstrap_once(engine_world: World, both: list[Done]) -> None:
    one, other = map(_said, both)
    assert (one["way"], other["way"]) == ("bootstrapped", "bootstrapped")
    saying = [done.err for done in both if "bootstrapping debian trixie-slim with mmdebstrap" in done.err]
    assert len(saying) == 1
    assert "CHECKS_OFFLINE=1" in saying[0]
    with contextlib.closing(engine_world.engine.client()) as client:
        image = client.images.get(_IMAGE)
        assert image.id == _archive(engine_world).image_id
        assert 70e6 < image.attrs["Size"] < 85e6
        assert image.attrs["Config"]["Cmd"] == ["bash"]
        assert image.labels.keys() == {bootstrap.LABEL}
        ran = client.containers.run(_IMAGE, ["bash", "-c", ". /etc/os-release; echo $VERSION_CODENAME"], remove=True)
    assert ran == b"trixie\n"


def test_the_next_command_keeps_it(engine_world: World, both: list[Done]) -> None:
    again = _provide(engine_world)
    assert _said(again)["detail"].startswith("kept, sha256:")
    assert again.err == ""
    assert all(done.ok for done in both)


def test_nothing_of_the_host_or_of_the_making_is_in_it(engine_world: World, both: list[Done]) -> None:
    assert all(done.ok for done in both)
    with tarfile.open(_cached(engine_world)) as outer, tarfile.open(fileobj=outer.extractfile("layer.tar")) as tar:
        names = {member.name.removeprefix("./"): member for member in tar}
        assert "usr/bin/dpkg" in names
        for name in ("etc/resolv.conf", "etc/hostname", "etc/machine-id", "var/lib/dbus/machine-id"):
            assert name not in names
        files = [name for name, member in names.items() if member.isfile() and member.size]
        devices = [name for name, member in names.items() if member.isdev()]
    rest = re.compile(r"var/(log|lib/apt/lists|cache/apt)/|usr/share/(man|locale)/|etc/ssl/|.*\.pyc$")
    assert [name for name in files if rest.match(name)] == []
    assert devices == []


def _sources() -> tuple[str, str]:
    """Return where this host's apt has Debian's archive and its security updates from.

    A fresh machine's apt has not fetched its lists yet, and while another command fetches them one may be missing.
    """
    argv = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]
    archive = security = ""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        said = [line.split() for line in proc.run(argv, timeout=60).out.splitlines()]
        targets = [words for words in said if len(words) == 2]
        archive = next((uri for release, uri in targets if re.fullmatch(r"[a-z]+", release)), "")
        security = next((uri for release, uri in targets if release.endswith("-security")), "")
        if archive and security:
            break
        proc.run(["apt-get", "update"], timeout=300)  # where another one holds the lock, its lists are there soon
        time.sleep(1)
    return archive, security


@pytest.fixture
def mirror(engine_world: World) -> Iterator[tuple[Path, Path]]:
    """Behind a proxy, serve Debian under another name; yield an apt configuration that uses it, and the log."""
    if "\nID=debian\n" not in Path("/etc/os-release").read_text():
        pytest.skip("expected: this host's packages are not Debian's, so there is nothing to stand behind a mirror")
    archive, security = _sources()
    assert archive
    assert security
    folder, port = engine_world.folder / "apt", 5900
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "lists").mkdir()
    (folder / "sources.list").write_text(
        "deb http://mirror.invalid/archive bookworm main\ndeb http://mirror.invalid/security bookworm-security main\n"
    )
    (folder / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{folder}/lists";\nAcquire::http::Proxy "http://127.0.0.1:{port}";\n'
    )
    log = folder / "proxy.log"
    script = Path(__file__).parent / "debian_mirror.py"
    argv = engine_world.inside(sys.executable, script, str(port), archive, security)
    pid = proc.spawn(argv, log=log, env=engine_world.env(), cwd=folder)
    time.sleep(0.5)
    yield folder / "apt.conf", log
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _different(one: Path, other: Path) -> list[str]:
    """Return the names of files that are in one base and not the same in the other."""
    found: list[dict[str, bytes]] = []
    for path in (one, other):
        with tarfile.open(path) as outer, tarfile.open(fileobj=outer.extractfile("layer.tar")) as tar:
            files = [member for member in tar if member.isfile()]
            found.append({member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in files})
    names = found[0].keys() | found[1].keys()
    return sorted(name for name in names if found[0].get(name) != found[1].get(name))


def test_through_a_mirror_and_a_proxy_it_is_the_same_image(
    engine_world: World, both: list[Done], mirror: tuple[Path, Path], tmp_path: Path
) -> None:
    assert all(done.ok for done in both)
    config, log = mirror
    cut_off = tmp_path / "bases" / _cached(engine_world).name
    cut_off.parent.mkdir()
    cut_off.write_bytes(_cached(engine_world).read_bytes()[:1_000_000])
    env = {"APT_CONFIG": str(config), "CHECKS_CACHE": str(tmp_path)}
    done = engine_world.python(_ARCHIVE, env=env, timeout=300)
    assert done.ok, done.err
    same = _cached(engine_world)
    if done.out.strip() != _archive(engine_world).image_id:  # Debian may have had an update since the first was made
        env = {"CHECKS_CACHE": str(tmp_path / "again")}
        assert engine_world.python(_ARCHIVE, env=env, timeout=300).ok
        same = tmp_path / "again" / "bases" / same.name
    assert _different(cut_off, same) == []
    assert cut_off.read_bytes() == same.read_bytes()
    asked = log.read_text().splitlines()
    assert [line for line in asked if line.startswith("http://mirror.invalid/archive/") and line.endswith(".deb")]
    assert [line for line in asked if line.startswith("http://mirror.invalid/security/")]
    assert [line for line in asked if line.startswith("http://") and "mirror.invalid" not in line] == []
    content = cut_off.read_bytes()
    for word in (b"mirror.invalid", b"127.0.0.1:5900", str(tmp_path).encode(), b"checks-host"):
        assert word not in content


def test_an_old_one_is_made_anew_or_kept_with_a_warning(engine_world: World, both: list[Done]) -> None:
    """With mmdebstrap and apt taken away, trying shows in failing."""
    assert all(done.ok for done in both)
    path = _cached(engine_world)
    new = path.stat().st_mtime
    hidden = [found for name in ("mmdebstrap", "apt-get") if (found := packages.which(name))]
    hide = {"WORLD_SETUP": "; ".join(f"mount --bind /dev/null {found}" for found in hidden)}
    assert engine_world.python(_ARCHIVE, env=hide).ok
    os.utime(path, (new - 31 * 86400,) * 2)
    try:
        done = engine_world.python(_ARCHIVE, env=hide)
        assert not done.ok
        assert "mmdebstrap not installed" in done.err
        assert _said(_provide(engine_world, **hide))["detail"].startswith("kept, ")
    finally:
        os.utime(path, (new, new))


def test_a_base_of_ours_does_not_count_as_there(engine_world: World, both: list[Done]) -> None:
    assert all(done.ok for done in both)
    away = {"CHECKS_OFFLINE": "", "CHECKS_REGISTRY": "127.0.0.1:9"}
    done = _provide(engine_world, **away)
    assert not done.ok
    assert "the registry of CHECKS_REGISTRY does not answer" in done.err


def _debris(pid: int) -> list[str]:
    """Return the processes and mounts, in whatever namespace, that a bootstrap of `pid` has made."""
    mark, found = f"checks-base-{pid}_", []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for name in ("cmdline", "mounts"):
                found += [line for line in (folder / name).read_text(errors="replace").splitlines() if mark in line]
    return found


def _until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (now := true()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return now


@pytest.mark.usefixtures("_machine")
def test_a_bootstrap_that_is_killed_leaves_no_process_and_no_mount(tmp_path: Path) -> None:
    """In no world: what it leaves would end with that one's mount namespace."""
    packages.ensure({"mmdebstrap": "mmdebstrap"}, Console())
    env = {**os.environ, "CHECKS_CACHE": str(tmp_path)}
    pid = proc.spawn([sys.executable, "-P", "-c", _ARCHIVE], log=tmp_path / "log", env=env, cwd=tmp_path)
    assert _until(lambda: any("/proc proc " in line for line in _debris(pid)), 60), (tmp_path / "log").read_text()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert _until(lambda: _debris(pid) == [], 2), _debris(pid)
    (left,) = Path(tempfile.gettempdir()).glob(f"checks-base-{pid}_*")
    assert list(left.iterdir())
    with bootstrap.workshop():
        assert not left.exists()
