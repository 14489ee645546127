"""Where no engine can be used or started: exit code 3 and one line of advice for each reason."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from checks.host.tools import packages

if TYPE_CHECKING:
    from tests.e2e.conftest import World

_UP = ("engine", "up")


def test_refuses_beside_another_dockerd(world: World) -> None:
    impostor = world.folder / "dockerd"
    impostor.write_bytes(Path("/bin/sleep").read_bytes())
    impostor.chmod(0o755)
    pid_file = world.folder / "pid"
    started = world.run("sh", "-c", f"{impostor} 100 >&- 2>&- <&- & echo $! > {pid_file}")
    assert started.ok, started.err
    pid = pid_file.read_text().strip()
    try:
        done = world.checks(*_UP)
        assert done.code == 3
        assert f"another dockerd (pid {pid})" in done.err
        assert "DOCKER_HOST" in done.err
        assert not world.place.socket.exists()
    finally:
        os.kill(int(pid), signal.SIGKILL)


def test_a_frozen_engine_is_no_engine(world: World) -> None:
    assert world.checks(*_UP, timeout=300).ok
    (dockerd,) = world.named("dockerd")
    os.kill(dockerd, signal.SIGSTOP)
    try:
        done = world.checks("engine", "status")
    finally:
        os.kill(dockerd, signal.SIGCONT)
    assert done.code == 3
    assert "does not answer" in done.err
    assert done.seconds < 10


@contextlib.contextmanager
def _dead_socket(folder: Path) -> Iterator[Path]:
    path = folder / "dead.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    yield path


def test_an_engine_that_is_named_and_dead_is_no_engine(engine_world: World) -> None:
    with _dead_socket(engine_world.folder) as path:
        for host in (f"unix://{path}", "unix:///no/such/docker.sock", "tcp://127.0.0.1:9"):
            for what in ("status", "up", "env"):
                done = engine_world.checks("engine", what, env={"DOCKER_HOST": host})
                assert (done.code, host in done.err) == (3, True), done.err
                assert "unset DOCKER_HOST" in done.err
                assert done.seconds < 12


def test_a_default_socket_that_is_dead_is_no_engine(world: World) -> None:
    with _dead_socket(world.folder) as path:
        over = f"mount -t tmpfs none /run; touch /run/docker.sock; mount --bind {path} /run/docker.sock"
        done = world.checks(*_UP, env={"WORLD_SETUP": over})
    assert done.code == 3
    assert "/var/run/docker.sock does not answer" in done.err
    assert world.pids() == []


def test_who_is_not_root_gets_advice(world: World) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    reads_all = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")  # a checkout may be private
    done = world.run(*nobody, *reads_all, sys.executable, "-P", "-m", "checks", *_UP)
    assert done.code == 3
    assert "only root can start one" in done.err
    assert "sudo" in done.err


def test_without_apt_there_is_advice(world: World) -> None:
    done = world.checks(*_UP, env={"WORLD_SETUP": _hide("dockerd", "apt-get")})
    assert done.code == 3
    assert "docker.io" in done.err
    assert "no system with apt" in done.err


def test_nothing_is_installed_that_would_remove_something(world: World) -> None:
    """The machine, but for docker-ce where docker.io was: what apt simulates then, by its own rules."""
    status = world.folder / "status"
    kept = [entry for entry in Path("/var/lib/dpkg/status").read_text().split("\n\n") if entry.strip()]
    kept = [entry for entry in kept if not entry.startswith(("Package: docker.io\n", "Package: docker-ce\n"))]
    other = (
        "Package: docker-ce\nStatus: install ok installed\nMaintainer: a test\nArchitecture: amd64\n"
        "Version: 5:27.0.0-1\nConflicts: docker.io\nDescription: another dockerd"
    )
    status.write_text("\n\n".join([*kept, other]) + "\n")
    config = world.folder / "apt.conf"
    config.write_text(f'Dir::State::status "{status}";\n')
    before = Path("/var/lib/dpkg/status").read_bytes()
    done = world.checks(*_UP, env={"APT_CONFIG": str(config), "WORLD_SETUP": _hide("dockerd")}, timeout=300)
    assert done.code == 3
    assert "would remove docker-ce" in done.err
    assert Path("/var/lib/dpkg/status").read_bytes() == before


def test_a_package_that_apt_does_not_know_is_the_callers_kind_of_error(world: World) -> None:
    code = (
        "from checks import errors; from checks.host import console; from checks.host.tools import packages\n"
        "try: packages.ensure({'no-such-command': 'no-such-package'}, console.Console(), errors.NoEngineError)\n"
        "except errors.NoEngineError as error: print(error)"
    )
    assert "does not know how to install no-such-package" in world.python(code).out


def _hide(*commands: str) -> str:
    """Return the shell lines that take commands off the machine, for one command in a world."""
    paths = [path for name in commands if (path := packages.which(name))]
    return "; ".join(f"mount --bind /dev/null {path}" for path in paths) or ":"


def test_wrong_words_are_wrong_usage(engine_world: World) -> None:
    assert engine_world.checks("engine", "sideways").code == 2
    assert engine_world.checks("engine").code == 2
    assert engine_world.checks("engine", "status", "--root", "/no/such/folder").code == 2
