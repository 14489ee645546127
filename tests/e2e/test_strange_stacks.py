"""Stacks with what real projects have: fixed names and subnets, replicas, grace periods, a Dockerfile's own reader."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import startertexts
from checks.host.docker import labels
from checks.host.images import imagetar
from tests.e2e.conftest import World

_HEALTHY = {"test": ["CMD", "busybox", "true"], "interval": "500ms", "timeout": "2s", "retries": 3}
_SLEEP = {"image": "tiny:1", "command": ["busybox", "sleep", "600"], "init": True}


@pytest.fixture
def root(engine_world: World, tiny: imagetar.Archive, tmp_path: Path) -> Iterator[Path]:
    """A repository whose stack is taken down afterwards, and then nothing may be left."""
    engine_world.load(tiny)
    yield tmp_path
    engine_world.checks("down", "--root", str(tmp_path))
    with contextlib.closing(engine_world.engine.client()) as client:
        assert [f"{item.kind} {item.name}" for item in labels.objects(client)] == []


def _write(root: Path, *, name: str = "compose.yaml", top: Any = None, **services: dict[str, Any]) -> None:
    (root / name).write_text(json.dumps({"services": services, **(top or {})}))


def test_the_override_file_is_part_of_the_stack(engine_world: World, root: Path) -> None:
    _write(root, web={**_SLEEP, "command": ["busybox", "false"]})
    _write(root, name="compose.override.yaml", web={"command": ["busybox", "sleep", "600"], "healthcheck": _HEALTHY})
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 0, done.err


def test_a_fixed_container_name_is_still_found_and_taken_from_nobody(engine_world: World, root: Path) -> None:
    knock = "for i in 1 2 3 4 5; do busybox nslookup fixed-e2e && exec busybox sleep 600; busybox sleep 1; done; exit 5"
    _write(
        root,
        web={**_SLEEP, "container_name": "fixed-e2e", "healthcheck": _HEALTHY},
        other={**_SLEEP, "command": ["busybox", "sh", "-c", knock], "depends_on": ["web"]},
        beside={**_SLEEP, "network_mode": "container:fixed-e2e"},
    )
    with contextlib.closing(engine_world.engine.client()) as client:
        theirs = client.api.create_container("tiny:1", "busybox true", name="fixed-e2e")
        try:
            done = engine_world.checks("up", "--root", str(root), timeout=120)
            assert done.code == 0, done.err
            time.sleep(2)
            states = client.api.containers(filters={"label": labels.RUN})
            assert sorted(item["Labels"]["com.docker.compose.service"] for item in states) == ["beside", "other", "web"]
            assert client.containers.get("fixed-e2e").id == theirs["Id"]
        finally:
            client.api.remove_container(theirs["Id"])


def test_a_subnet_that_another_network_has_is_named_with_it(engine_world: World, root: Path) -> None:
    fixed = {"networks": {"back": {"ipam": {"config": [{"subnet": "172.30.77.0/24"}]}}}}
    _write(root, top=fixed, web={**_SLEEP, "networks": {"back": {"ipv4_address": "172.30.77.9"}}})
    assert engine_world.checks("up", "--root", str(root), timeout=120).code == 0
    assert engine_world.checks("up", "--root", str(root), timeout=120).code == 0
    (root / "tests/integration").mkdir(parents=True)
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "the network back wants 172.30.77.0/24" in done.err
    assert "has 172.30.77.0/24" in done.err


def test_a_folder_that_is_a_volume_is_not_touched_by_a_verification(engine_world: World, root: Path) -> None:
    (root / "data").mkdir()
    (root / "data").chmod(0o777)
    data = {"driver_opts": {"type": "none", "o": "bind", "device": str(root / "data")}}
    writes = ["busybox", "sh", "-c", "busybox touch /data/written; busybox sleep 600"]
    _write(root, top={"volumes": {"data": data}}, web={**_SLEEP, "command": writes, "volumes": ["data:/data"]})
    (root / "tests/integration").mkdir(parents=True)
    (root / "tests/integration/test_it.py").write_text(startertexts.STACK_TEST)
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 0, done.out + done.err
    assert list((root / "data").iterdir()) == []
    (root / "data").rename(root / "away")
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "make the folder that the `device:` of that volume names" in done.err
    (root / "away").rename(root / "data")
    assert engine_world.checks("up", "--root", str(root), timeout=120).code == 0
    assert engine_world.checks("down", "--root", str(root)).code == 0
    assert [path.name for path in (root / "data").iterdir()] == ["written"]


def test_what_an_engine_with_remapped_users_refuses_is_explained(engine_world: World, root: Path) -> None:
    _write(root, web={**_SLEEP, "network_mode": "host"})
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "this engine remaps users: say `userns_mode: host`" in done.err
    _write(root, web={**_SLEEP, "networks": {"default": {"mac_address": "02:42:ac:11:00:99"}}})
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 0 or "this engine is too old for that" in done.err
    _write(root, web={**_SLEEP, "network_mode": "host", "userns_mode": "host"})
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 0, done.err


def test_a_port_that_is_opened_late_is_waited_for(engine_world: World, root: Path) -> None:
    late = ["busybox", "sh", "-c", "busybox sleep 4; exec busybox httpd -f -p 80"]
    _write(root, web={**_SLEEP, "command": late, "ports": ["80"]})
    (root / "tests/integration").mkdir(parents=True)
    (root / "tests/integration/test_it.py").write_text(startertexts.STACK_TEST)
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 0, done.out + done.err


def test_every_replica_is_looked_at(engine_world: World, root: Path) -> None:
    _write(root, web={**_SLEEP, "scale": 3, "healthcheck": _HEALTHY}, one=_SLEEP, none={**_SLEEP, "scale": 0})
    (root / "tests/integration").mkdir(parents=True)
    (root / "tests/integration/test_stack.py").write_text(startertexts.STACK_TEST)
    (root / "tests/integration/test_all.py").write_text(
        "def test_it(stack):\n"
        "    assert [one.name for one in stack.containers] == ['one', 'web', 'web', 'web']\n"
        "    assert len({one.id for one in stack.containers}) == 4\n"
        "    assert stack['web'].id == stack.containers[1].id\n"
        "    assert stack['web'].inspect()['Config']['Labels']['com.docker.compose.container-number'] == '1'\n"
    )
    done = engine_world.checks("verify", "--root", str(root), timeout=120)
    assert done.code == 0, done.out + done.err


def test_a_service_that_ends_well_is_told_how_to_say_that_it_is_meant_to(engine_world: World, root: Path) -> None:
    job = {**_SLEEP, "command": ["busybox", "true"]}
    _write(root, web=_SLEEP, job=job)
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 1
    assert "job ended with exit code 0; where it is meant to end, label it checks.oneshot: 'true'" in done.err
    _write(root, web=_SLEEP, job={**job, "labels": {"checks.oneshot": "true"}})
    done = engine_world.checks("up", "--root", str(root), timeout=120)
    assert done.code == 0, done.err


def test_a_container_has_as_long_to_end_as_it_was_given(engine_world: World, root: Path) -> None:
    deaf = "trap '' TERM; while true; do busybox sleep 0.2; done"
    slow = "trap 'busybox sleep 12; echo ended > /out/ended; exit 0' TERM; while true; do busybox sleep 0.2; done"
    (root / "out").mkdir(mode=0o777)
    (root / "out").chmod(0o777)
    common = {"image": "tiny:1", "volumes": [f"{root}/out:/out"]}
    _write(root, deaf={**common, "command": ["busybox", "sh", "-c", deaf], "stop_grace_period": "1s"})
    assert engine_world.checks("up", "--root", str(root), timeout=120).code == 0
    started = time.monotonic()
    assert engine_world.checks("down", "--root", str(root)).code == 0
    assert time.monotonic() - started < 8
    _write(root, slow={**common, "command": ["busybox", "sh", "-c", slow], "stop_grace_period": "40s"})
    assert engine_world.checks("up", "--root", str(root), timeout=120).code == 0
    assert engine_world.checks("down", "--root", str(root)).code == 0
    assert (root / "out/ended").read_text() == "ended\n"


def test_without_a_registry_the_builder_reads_what_names_another_reader(engine_world: World, root: Path) -> None:
    _write(root, web={"build": ".", "image": "e2e/reader:1"})
    (root / "Dockerfile").write_text(
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM tiny:1\nCOPY Dockerfile `\n  /note\n"
    )
    done = engine_world.checks("build", "--root", str(root), env={"CHECKS_OFFLINE": "1"}, timeout=120)
    assert done.code == 0, done.err
    assert "docker/dockerfile:1: not to be had, the engine's own builder reads the Dockerfile" in done.err
    (root / "Dockerfile").write_text("# syntax=docker/dockerfile:1\nFROM tiny:1\nCOPY --nonsense Dockerfile /note\n")
    done = engine_world.checks("build", "--root", str(root), env={"CHECKS_OFFLINE": "1"}, timeout=120)
    assert done.code == 1
    assert "Dockerfile:3" in done.err
    assert "docker/dockerfile:1 was not to be had without a registry" in done.err
    done = engine_world.checks("build", "--root", str(root), env={"CHECKS_OFFLINE": "0"}, timeout=120)
    assert done.code == 1
    assert "no registry answers for docker/dockerfile:1" in done.err


def test_a_build_that_never_began_names_no_log(engine_world: World, root: Path) -> None:
    _write(root, far={"build": "https://example.invalid/x.git#main"})
    done = engine_world.checks("build", "--root", str(root), timeout=60)
    assert done.code == 1
    assert "https://example.invalid/x.git#main is no folder of this machine" in done.err
    assert "reports/build/" not in done.err
