"""An engine on another machine, over ssh: the other machine is another network namespace, with an sshd and an engine in it.

The caller's processes are in a pid namespace of their own, so that nobody can look at the containers from outside, and what
the repository is mounted at exists for the caller only.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import errors
from checks.host import proc
from checks.host.docker import labels, remote
from checks.host.images import imagetar
from checks.model import Done
from tests.e2e import sshd
from tests.e2e.conftest import World

_NEW_PIDS = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
_TESTS = """
import requests

from checks.host.testing import inside

def test_a_published_port_answers(stack):
    assert requests.get(stack["web"].url("/index.html"), timeout=5).text == "hello over there\\n"

def test_a_port_that_is_not_published_is_reached_too(stack):
    address, port = stack["quiet"].at(80)
    assert address == "127.0.0.1"
    assert requests.get(f"http://{address}:{port}/index.html", timeout=5).text == "quiet\\n"

def test_secrets_and_configs_arrived(stack):
    assert stack["web"].host.check_output("cat /run/secrets/key") == "s3cret"
    assert stack["web"].host.check_output("cat /etc/own.conf") == "setting"
    assert stack["web"].host.run("cat /run/secrets/key > /dev/null; id -u").stdout == "0\\n"

def test_the_kernel_can_be_asked(stack):
    assert not inside.directly()
    assert [(item.pid, item.name) for item in stack["web"].family()] == [(1, "busybox")]
"""


@pytest.fixture(scope="module")
def server(engine_world: World, tiny: imagetar.Archive) -> Iterator[sshd.Server]:
    """An sshd on the machine of an engine."""
    engine_world.load(tiny)
    with sshd.serving(engine_world, engine_world.place.host) as made:
        yield made


@pytest.fixture
def call(world: World, server: sshd.Server) -> Callable[..., Done]:
    """Run the command line in another world, by default with DOCKER_HOST naming the server."""
    environ = sshd.caller(world, server)

    def run(*words: str, timeout: float = 150, **env: str) -> Done:
        argv = [*_NEW_PIDS, sys.executable, "-P", "-m", "checks", *words]
        return world.run(*argv, env={"DOCKER_HOST": server.url(), **environ, **env}, timeout=timeout)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a stack that is handed files and publishes a port, and with assertions about it."""
    root = tmp_path / "repository"
    (root / "tests/integration").mkdir(parents=True)
    (root / "tests/integration/test_it.py").write_text(_TESTS)
    (root / "key").write_text("s3cret")
    (root / "own.conf").write_text("setting")
    (root / "web").mkdir()
    (root / "web/Dockerfile").write_text("FROM tiny:1\nCOPY Dockerfile /note\n")
    serve = "echo {} > /tmp/index.html && exec busybox httpd -f -p 80 -h /tmp"
    common = {"image": "e2e/remote:1", "init": False, "read_only": True, "tmpfs": ["/tmp"]}
    services = {
        "web": {
            **common,
            "build": "./web",
            "command": ["busybox", "sh", "-c", serve.format("hello over there")],
            "ports": ["127.0.0.1:8199:80"],
            "secrets": ["key"],
            "configs": [{"source": "own", "target": "/etc/own.conf"}],
        },
        "quiet": {**common, "command": ["busybox", "sh", "-c", serve.format("quiet")]},
    }
    files = {"secrets": {"key": {"file": "./key"}}, "configs": {"own": {"file": "./own.conf"}}}
    (root / "compose.yaml").write_text(json.dumps({"services": services, **files}))
    return root


def _ours(world: World) -> list[str]:
    with contextlib.closing(world.engine.client()) as client:
        return [f"{item.kind} {item.name}" for item in labels.objects(client)]


def _report(root: Path, name: str) -> Any:
    return json.loads((root / "reports" / f"{name}.json").read_text())


def _links() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("checks-ssh-*"))


def test_status_and_env_name_the_engine_as_a_person_does(call: Callable[..., Done], server: sshd.Server) -> None:
    status = call("engine", "status", "--format", "json")
    assert status.code == 0, status.err
    said = json.loads(status.out)
    assert (said["kind"], said["host"]) == ("remote", server.url())
    assert call("engine", "env").out.strip() == f"export DOCKER_HOST='{server.url()}'"


def test_a_docker_context_names_it_as_well(call: Callable[..., Done], world: World, server: sshd.Server) -> None:
    meta = world.folder / ".docker/contexts/meta/abc/meta.json"
    meta.parent.mkdir(parents=True)
    endpoints = {"docker": {"Host": server.url(), "SkipTLSVerify": False}}
    meta.write_text(json.dumps({"Name": "faraway", "Metadata": {}, "Endpoints": endpoints}))
    said = call("engine", "status", "--format", "json", DOCKER_HOST="", DOCKER_CONTEXT="faraway")
    assert said.code == 0, said.err
    assert json.loads(said.out)["host"] == server.url()


def test_a_stack_is_built_verified_and_removed_over_one_connection(
    call: Callable[..., Done], engine_world: World, server: sshd.Server, repository: Path
) -> None:
    before = server.logins
    done = call("verify", "--root", str(repository), timeout=300)
    assert done.code == 0, done.out + done.err
    assert "4 passed" in done.out
    report = _report(repository, "integration")
    assert report["engine"]["kind"] == "remote"
    assert report["connection"]["route"] in ("helper", "exec")
    assert server.logins - before == 1
    assert _ours(engine_world) == []
    assert _links() == []


def test_up_says_how_to_get_there_and_down_removes_it(
    call: Callable[..., Done], engine_world: World, server: sshd.Server, repository: Path
) -> None:
    up = call("up", "--root", str(repository))
    try:
        assert up.code == 0, up.err
        assert f"ssh -N -L 8199:127.0.0.1:8199 -l root -p {server.port} -- {server.address}" in up.err
        assert "volume" in " ".join(_ours(engine_world))
    finally:
        down = call("down", "--root", str(repository))
    assert down.code == 0, down.err
    assert _ours(engine_world) == []


def test_a_folder_of_this_machine_is_refused_before_anything_starts(
    call: Callable[..., Done], world: World, server: sshd.Server, engine_world: World, repository: Path
) -> None:
    data = json.loads((repository / "compose.yaml").read_text())
    here = world.folder / "here"
    here.mkdir()
    data["services"]["quiet"]["volumes"] = [f"{here}:/data", "/proc/version:/version:ro"]
    (repository / "compose.yaml").write_text(json.dumps(data))
    # The file systems are the same here: a mount makes the folder hold something on this side, and a rename hides the other.
    hidden = f"mount -t tmpfs none {here.parent}/s 2>/dev/null; mount -t tmpfs none {here}; mkdir {here}/only-here"
    data["services"]["quiet"]["volumes"][0] = f"{here}/only-here:/data"
    (repository / "compose.yaml").write_text(json.dumps(data))
    setup = f"{sshd.caller(world, server)['WORLD_SETUP']}; {hidden}"
    done = call("up", "--root", str(repository), WORLD_SETUP=setup)
    assert done.code == 1
    assert f"quiet: {here}/only-here is mounted from this machine, and the engine is at {server.url()}" in done.err
    assert _ours(engine_world) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_connection_ends_with_the_command(world: World, server: sshd.Server, how: signal.Signals) -> None:
    code = "import time; from checks.host.docker import engine; print(engine.find().kind, flush=True); time.sleep(600)"
    argv = world.inside(sys.executable, "-P", "-c", code)
    environ = world.env({"DOCKER_HOST": server.url(), **sshd.caller(world, server)})
    log = world.folder / "log"
    pid = proc.spawn(argv, log=log, env=environ, cwd=world.folder)
    deadline = time.monotonic() + 30
    while "remote" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "remote" in log.read_text()
    assert len(world.named("ssh")) == 1
    os.kill(pid, how)
    os.waitpid(pid, 0)
    while world.named("ssh") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.named("ssh") == []


def test_what_a_killed_command_left_is_swept_by_the_next(server: sshd.Server) -> None:
    left, foreign = (Path(tempfile.mkdtemp(prefix=f"checks-ssh-4194303_1{space}-")) for space in ("", "-f1"))
    try:
        with contextlib.suppress(errors.ChecksError):
            remote.connect(f"ssh://root@{server.address}:9")
        assert not left.exists()
        assert foreign.exists()
    finally:
        shutil.rmtree(left, ignore_errors=True)
        shutil.rmtree(foreign, ignore_errors=True)


def test_a_machine_that_is_not_there(call: Callable[..., Done], server: sshd.Server) -> None:
    done = call("engine", "status", DOCKER_HOST=f"ssh://root@{server.address}:9")
    assert done.code == 3
    assert f"ssh://root@{server.address}:9: it cannot be reached" in done.err
    done = call("engine", "status", DOCKER_HOST="ssh://root@nowhere.invalid")
    assert done.code == 3
    assert "its name is not known" in done.err


def test_a_key_that_does_not_open(call: Callable[..., Done], world: World, server: sshd.Server) -> None:
    sshd.another_key(world.folder)
    setup = sshd.caller(world, server)
    (world.folder / f"home{server.port}/.ssh/config").write_text(f"IdentityFile {world.folder}/another\n")
    done = call("engine", "status", **setup)
    assert done.code == 3
    assert "it does not let us in" in done.err


@pytest.mark.parametrize("known", ["another", "none"])
def test_a_host_key_that_is_not_the_known_one(
    call: Callable[..., Done], world: World, server: sshd.Server, known: str
) -> None:
    setup = sshd.caller(world, server, sshd.another_key(world.folder))
    if known == "none":
        (world.folder / f"home{server.port}/.ssh/known_hosts").write_text("")
    done = call("engine", "status", **setup)
    assert done.code == 3
    wanted = "is not the one that known_hosts has" if known == "another" else "its host key is not known here"
    assert wanted in done.err


def test_a_user_who_may_not_use_the_socket(call: Callable[..., Done], server: sshd.Server, engine_world: World) -> None:
    done = call("engine", "status", DOCKER_HOST=server.url(sshd.OUTSIDER))
    assert done.code == 3
    assert f"{sshd.OUTSIDER} may not use {engine_world.place.socket}" in done.err
    assert "usermod -aG" in done.err


def test_a_socket_named_in_the_address(call: Callable[..., Done], server: sshd.Server, engine_world: World) -> None:
    named = call("engine", "status", DOCKER_HOST=server.url(path=str(engine_world.place.socket)))
    assert named.code == 0, named.err
    missing = call("engine", "status", DOCKER_HOST=server.url(path="/nowhere.sock"))
    assert missing.code == 3
    assert "there is no socket /nowhere.sock" in missing.err


def test_a_machine_without_an_engine(call: Callable[..., Done], engine_world: World, world: World) -> None:
    with sshd.serving(engine_world) as bare:
        done = call("engine", "status", DOCKER_HOST=bare.url(), **sshd.caller(world, bare))
        assert done.code == 3
        assert "no engine is running" in done.err or "there is no docker on that machine" in done.err


def test_an_sshd_that_forwards_nothing(call: Callable[..., Done], engine_world: World, world: World) -> None:
    with sshd.serving(engine_world, engine_world.place.host, "AllowStreamLocalForwarding no") as closed:
        done = call("engine", "status", DOCKER_HOST=closed.url(), **sshd.caller(world, closed))
        assert done.code == 3
        assert "its sshd forwards nothing" in done.err, done.err


def test_a_persons_own_ssh_configuration_is_no_obstacle(
    call: Callable[..., Done], world: World, server: sshd.Server
) -> None:
    options = ["Host Faraway", f"HostName {server.address}", f"Port {server.port}", "User root", "ControlMaster auto"]
    options += [f"ControlPath {world.folder}/own-%C", "ControlPersist 600", "LocalForward 8080 127.0.0.1:1"]
    more = "\n".join([*options, "RemoteCommand tmux"])
    setup = sshd.caller(world, server, more=more)
    done = call("engine", "status", DOCKER_HOST="ssh://Faraway", **setup)
    assert done.code == 0, done.err
    assert not list(world.folder.glob("own-*"))


@pytest.mark.parametrize("host", ["ssh://", "ssh://-oProxyCommand=x", "ssh://me:secret@host", "ssh://host:port"])
def test_an_address_that_is_none_is_wrong_usage(call: Callable[..., Done], host: str) -> None:
    done = call("engine", "status", DOCKER_HOST=host)
    assert done.code == 2
    assert "secret" not in done.err
