"""Publishing, from the command line, to Debian's docker-registry: what is pushed, what is refused, and going on after a fault.

The registry's folders are looked into for what it really has; a second engine pulls what the first one has published.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.host import proc
from checks.host.images import bootstrap, imagetar
from checks.model import Done
from tests.e2e import registries
from tests.e2e.conftest import World

_AWAY = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
_OFFLINE = {"CHECKS_OFFLINE": "1"}
_ETC = "mkdir -p /etc/docker; mount --bind {0}/docker /etc/docker"


def _with_engine(world: World, tiny: imagetar.Archive) -> None:
    """Start a world's engine with an /etc/docker of its own: certificates of registries are looked for there."""
    (world.folder / "docker").mkdir()
    up = world.checks("engine", "up", env={"WORLD_SETUP": _ETC.format(world.folder)}, timeout=300)
    assert up.ok, up.err
    world.load(tiny)


@pytest.fixture(scope="module")
def here(worlds: Any, tiny: imagetar.Archive) -> Iterator[World]:
    """The world that publishes."""
    with worlds() as made:
        _with_engine(made, tiny)
        root = made.folder / "first"  # compose is fetched before the ways to the outside are cut
        root.mkdir()
        (root / "compose.yaml").write_text('{"services": {"one": {"image": "tiny:1"}}}')
        done = made.checks("build", "--root", str(root), timeout=200)
        assert done.ok, done.err
        yield made


@pytest.fixture
def registry(here: World) -> Iterator[registries.Registry]:
    """A registry that takes everything from everybody."""
    with registries.registry(here) as made:
        yield made


class Repository:
    """A repository in git whose compose file builds images."""

    def __init__(self, root: Path, world: World) -> None:
        self.root, self.world = root, world
        self.services: dict[str, Any] = {}
        self.git("init", "-q")

    def git(self, *words: str) -> None:
        """Run git, with nobody's own configuration."""
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        assert proc.run(["git", *who, *words], cwd=self.root, timeout=30).ok

    def image(self, name: str, text: str, **files: bytes) -> None:
        """Add a service that is built from this Dockerfile, or change it; commit it."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        (folder / "Dockerfile").write_text(text)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        self.services[name] = {"image": f"team/{name}:1", "build": f"./{name}"}
        (self.root / "compose.yaml").write_text(json.dumps({"services": self.services}))
        self.commit()

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def publish(self, registry: registries.Registry | None, *words: str, timeout: float = 150, **env: str) -> Done:
        """Run `checks publish`."""
        where = {"CHECKS_REGISTRY": registry.name} if registry else {}
        argv = ["publish", "--root", str(self.root), *words]
        return self.world.checks(*argv, env={**_AWAY, **_OFFLINE, **where, **env}, timeout=timeout)

    @property
    def report(self) -> dict[str, dict[str, Any]]:
        """What reports/publish.json says, by service."""
        data = json.loads((self.root / "reports/publish.json").read_text())
        assert data["schema"] == 1
        return {item["image"].rpartition("/")[2].partition(":")[0]: item for item in data["images"]}


@pytest.fixture
def repository(here: World, tmp_path: Path) -> Iterator[Repository]:
    """A repository with two images; whatever it names on the engine is forgotten afterwards."""
    made = Repository(tmp_path, here)
    made.image("one", "FROM tiny:1\nCOPY note /note\n", note=b"first\n")
    made.image("two", "FROM tiny:1\nCOPY note /other\n", note=b"second\n")
    yield made
    with contextlib.closing(here.engine.client()) as client:
        for image in client.images.list():
            for tag in image.tags:
                if "/" in tag or tag.startswith("debian:"):
                    client.images.remove(tag, force=True)


def _stored(registry: registries.Registry, name: str, tag: str = "1") -> str:
    """Return the digest that the registry's own files have for a tag, "" for none."""
    path = registry.folder / f"data/docker/registry/v2/repositories/team/{name}/_manifests/tags/{tag}/current/link"
    return path.read_text() if path.exists() else ""


def test_every_image_is_pushed_and_a_second_time_nothing_is(
    repository: Repository, registry: registries.Registry
) -> None:
    done = repository.publish(registry)
    assert done.code == 0, done.err
    for name, item in repository.report.items():
        assert (item["state"], item["name"], item["tag"]) == ("pushed", f"{registry.name}/team/{name}", "1")
        assert item["digest"] == _stored(registry, name)
        assert f"{registry.name}/team/{name}:1: pushed" in done.err
        assert item["digest"] in done.err
    blobs = sorted((registry.folder / "data").rglob("data"))
    times = [path.stat().st_mtime_ns for path in blobs]
    again = repository.publish(registry)
    assert again.code == 0, again.err
    assert {item["state"] for item in repository.report.values()} == {"already-there"}
    assert sorted((registry.folder / "data").rglob("data")) == blobs
    assert [path.stat().st_mtime_ns for path in blobs] == times


def test_the_same_image_is_known_again_by_an_engine_that_did_not_push_it(
    repository: Repository, registry: registries.Registry
) -> None:
    assert repository.publish(registry).code == 0
    with contextlib.closing(repository.world.engine.client()) as client:
        for name in ("one", "two"):
            client.images.remove(f"{registry.name}/team/{name}:1")
            assert client.images.get(f"team/{name}:1").attrs["RepoDigests"] == []
    again = repository.publish(registry)
    assert again.code == 0, again.err
    assert {item["state"] for item in repository.report.values()} == {"already-there"}


def test_a_published_version_is_not_replaced_but_on_demand(
    repository: Repository, registry: registries.Registry
) -> None:
    assert repository.publish(registry).code == 0
    first = _stored(registry, "one")
    repository.image("one", "FROM tiny:1\nCOPY note /note\n", note=b"changed\n")
    refused = repository.publish(registry)
    assert refused.code == 1
    assert f"{registry.name}/team/one:1 is published already, with other content ({first})" in refused.err
    assert "give it a new version, or say --force-overwrite" in refused.err
    assert _stored(registry, "one") == first
    assert {name: item["state"] for name, item in repository.report.items()} == {
        "one": "refused",
        "two": "already-there",
    }
    forced = repository.publish(registry, "--force-overwrite")
    assert forced.code == 0, forced.err
    assert repository.report["one"]["digest"] == _stored(registry, "one") != first


def test_somebody_elses_image_of_that_version_is_refused_and_left(
    repository: Repository, registry: registries.Registry, tiny: imagetar.Archive
) -> None:
    with contextlib.closing(repository.world.engine.client()) as client:
        target = f"{registry.name}/team/one"
        client.images.get(tiny.image_id).tag(target, "1")
        assert "error" not in client.images.push(target, "1")
        client.images.remove(f"{target}:1")
        first = _stored(registry, "one")
        done = repository.publish(registry, "one")
        assert done.code == 1
        assert repository.report["one"]["state"] == "refused"
        assert _stored(registry, "one") == first
        assert tiny.image_id in [image.id for image in client.images.list()]
        client.images.get(tiny.image_id).tag(target, "1")
        taken = repository.publish(registry, "one", "--force-overwrite")
        assert taken.code == 1
        assert "is the name of another image on this engine" in taken.err
        assert _stored(registry, "one") == first


def test_a_tree_that_is_not_clean_is_refused_before_anything_is_built(
    repository: Repository, registry: registries.Registry
) -> None:
    (repository.root / "one/extra").write_text("not committed")
    refused = repository.publish(registry)
    assert refused.code == 1
    assert "the tree is not as it is committed: one/extra" in refused.err
    assert "built" not in refused.err
    assert {item["state"] for item in repository.report.values()} == {"refused"}
    assert _stored(registry, "one") == ""
    forced = repository.publish(registry, "--force-dirty")
    assert forced.code == 0, forced.err


def test_an_image_that_says_it_is_of_a_tree_that_was_not_clean_is_refused(
    repository: Repository, registry: registries.Registry
) -> None:
    text = "FROM tiny:1\nARG REVISION\nLABEL org.opencontainers.image.revision=$REVISION\nCOPY note /note\n"
    repository.image("one", text)
    (repository.root / "two/Dockerfile").write_text("FROM tiny:1\n")
    assert repository.world.checks("build", "one", "--root", str(repository.root), env=_OFFLINE).code == 0
    repository.git("checkout", "-q", ".")
    done = repository.publish(registry, "one")
    assert done.code == 1
    assert "-dirty: the tree was not clean then" in done.err


def test_what_stands_on_a_stand_in_is_refused(repository: Repository, registry: registries.Registry) -> None:
    (repository.root / "standin").mkdir()
    (repository.root / "standin/Dockerfile").write_text("FROM tiny:1\n")
    (repository.root / "checks.toml").write_text('[standins]\n"nowhere.example/db:1" = "standin/Dockerfile"\n')
    repository.image("middle", "ARG DB=nowhere.example/db:1\nFROM $DB\nCOPY Dockerfile /middle\n")
    repository.image("top", "FROM team/middle:1\nCOPY Dockerfile /top\n")
    done = repository.publish(registry)
    assert done.code == 1
    states = {name: item["state"] for name, item in repository.report.items()}
    assert states == {"one": "pushed", "two": "pushed", "middle": "refused", "top": "refused"}
    assert "a stand-in that is made for tests" in repository.report["top"]["message"]
    assert "say --force-standin" in done.err
    assert _stored(registry, "top") == ""
    assert repository.publish(registry, "top", "--force-standin").code == 0
    assert _stored(registry, "top")


def test_what_stands_on_a_bootstrapped_base_is_refused(
    repository: Repository, registry: registries.Registry, shared_cache: Path
) -> None:
    world = repository.world
    with contextlib.closing(world.engine.client()) as client:
        base = bootstrap.base_of("debian", "trixie-slim", str(client.info()["Architecture"]))
        assert base is not None
        config = imagetar.Config("amd64", 0, {bootstrap.LABEL: base.key}, "mmdebstrap")
        archive = imagetar.write(shared_cache / "base.tar", shared_cache / "tiny-layer.tar", config)
        world.load(archive, "debian")
        client.images.get("debian:1").tag("debian", "trixie-slim")
    repository.image(
        "one", "FROM debian:trixie-slim AS code\nCOPY Dockerfile /x\nFROM tiny:1\nCOPY --from=code /x /x\n"
    )
    done = repository.publish(registry)
    assert done.code == 1
    assert {name: item["state"] for name, item in repository.report.items()} == {"one": "refused", "two": "pushed"}
    assert "debian:trixie-slim that was bootstrapped here" in done.err
    assert repository.publish(registry, "one", "--force-bootstrapped").code == 0


def _log_in(world: World, registry: registries.Registry, password: str = registries.PASSWORD) -> Path:
    config = world.folder / f"config{registry.port}"
    config.mkdir(exist_ok=True)
    secret = base64.b64encode(f"{registries.USER}:{password}".encode()).decode()
    (config / "config.json").write_text(json.dumps({"auths": {registry.name: {"auth": secret}}}))
    return config


def _log_in_by_helper(world: World, registry: registries.Registry) -> Path:
    config = world.folder / f"helped{registry.port}"
    config.mkdir()
    (config / "config.json").write_text(json.dumps({"credHelpers": {registry.name: "of-the-test"}}))
    program = config / "docker-credential-of-the-test"
    answer = json.dumps({"ServerURL": registry.name, "Username": registries.USER, "Secret": registries.PASSWORD})
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{answer}\nEND\n")
    program.chmod(0o755)
    return config


def test_a_password_comes_from_dockers_own_store_and_is_said_nowhere(repository: Repository) -> None:
    world = repository.world
    with registries.registry(world, password=True) as closed:
        nobody = repository.publish(closed, "one")
        assert nobody.code == 1
        assert f"{closed.name} does not let us in" in nobody.err
        assert f"docker login {closed.name}" in nobody.err
        assert _stored(closed, "one") == ""
        wrong = repository.publish(closed, "one", DOCKER_CONFIG=str(_log_in(world, closed, "guessed")))
        assert (wrong.code, _stored(closed, "one")) == (1, "")
        assert "does not let us in" in wrong.err
        right = repository.publish(closed, "one", DOCKER_CONFIG=str(_log_in(world, closed)))
        assert right.code == 0, right.err
        config = _log_in_by_helper(world, closed)
        path = f"{config}:{os.environ['PATH']}"
        helped = repository.publish(closed, "two", DOCKER_CONFIG=str(config), PATH=path)
        assert helped.code == 0, helped.err
        assert _stored(closed, "one")
        assert _stored(closed, "two")
        for done in (nobody, wrong, right, helped):
            assert registries.PASSWORD not in done.out + done.err
        kept = "".join(path.read_text() for path in (repository.root / "reports").rglob("*") if path.is_file())
        assert registries.PASSWORD not in kept
        assert base64.b64encode(f"{registries.USER}:{registries.PASSWORD}".encode()).decode() not in kept


def test_what_was_published_runs_on_a_second_engine_with_the_same_digests(
    repository: Repository, world: World, tiny: imagetar.Archive
) -> None:
    first = repository.world
    repository.image("one", 'FROM tiny:1\nCOPY note /note\nCMD ["busybox", "cat", "/note"]\n')
    with registries.registry(first, first.address, password=True, tls=True) as registry:
        config = str(_log_in(first, registry))
        unknown = repository.publish(registry, DOCKER_CONFIG=config)
        assert unknown.code == 1
        assert f"{registry.name} has a certificate that the engine does not trust" in unknown.err
        assert f"/etc/docker/certs.d/{registry.name}/ca.crt" in unknown.err
        _with_engine(world, tiny)
        for place in (first, world):
            folder = place.folder / "docker/certs.d" / registry.name
            folder.mkdir(parents=True)
            (folder / "ca.crt").write_text((registry.folder / "ca.crt").read_text())
        done = repository.publish(registry, DOCKER_CONFIG=config)
        assert done.code == 0, done.err
        digest = repository.report["one"]["digest"]
        assert digest == _stored(registry, "one")
        with contextlib.closing(first.engine.client()) as here, contextlib.closing(world.engine.client()) as there:
            auth = {"username": registries.USER, "password": registries.PASSWORD}
            pulled = there.images.pull(f"{registry.name}/team/one", "1", auth_config=auth)
            digest_name = f"{registry.name}/team/one@{digest}"
            assert pulled.attrs["RepoDigests"] == [digest_name]
            assert pulled.id == here.images.get("team/one:1").id
            assert there.containers.run(digest_name, remove=True) == b"first\n"


def test_a_registry_that_dies_in_the_middle_is_said_and_the_next_run_goes_on(
    repository: Repository, registry: registries.Registry
) -> None:
    repository.image("two", "FROM tiny:1\nCOPY big /big\n", big=os.urandom(96 << 20))
    assert repository.world.checks("build", "--root", str(repository.root), env=_OFFLINE).code == 0
    uploads = registry.folder / "data/docker/registry/v2/repositories/team/two/_uploads"
    argv = ["publish", "--root", str(repository.root), "--timeout", "6"]
    environ = {**_AWAY, **_OFFLINE, "CHECKS_REGISTRY": registry.name}
    log = repository.root.parent / "publish.log"
    run = repository.world.inside(sys.executable, "-P", "-m", "checks", *argv)
    pid = proc.spawn(run, log=log, env=repository.world.env(environ), cwd=repository.world.folder)
    deadline = time.monotonic() + 60
    while not [path for path in uploads.rglob("data") if path.stat().st_size > 1 << 20]:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.002)
    registry.kill()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    said = log.read_text()
    assert code == 1, said
    assert {name: item["state"] for name, item in repository.report.items()} == {"one": "pushed", "two": "failed"}
    assert f"{registry.name} does not answer, or not to the end" in said
    assert "publish again" in said
    assert _stored(registry, "two") == ""
    registry.start()
    again = repository.publish(registry)
    assert again.code == 0, again.err
    assert {name: item["state"] for name, item in repository.report.items()} == {
        "one": "already-there",
        "two": "pushed",
    }
    assert repository.report["two"]["digest"] == _stored(registry, "two")


def test_a_registry_that_is_not_there_is_said_for_each_image(repository: Repository) -> None:
    nobody = registries.Registry(repository.world, repository.root, "127.0.0.1", 9)
    done = repository.publish(nobody)
    assert done.code == 1
    assert {item["state"] for item in repository.report.values()} == {"failed"}
    assert "127.0.0.1:9 does not answer" in done.err


def test_where_to_must_be_said(repository: Repository) -> None:
    done = repository.publish(None)
    assert done.code == 2
    assert "set DOCKERHUB_LOGIN, or CHECKS_REGISTRY" in done.err


def test_the_report_can_be_had_on_standard_output(repository: Repository, registry: registries.Registry) -> None:
    done = repository.publish(registry, "one", "--format", "json")
    assert done.code == 0, done.err
    data = json.loads(done.out)
    assert (data["schema"], data["ok"], [item["state"] for item in data["images"]]) == (1, True, ["pushed"])
