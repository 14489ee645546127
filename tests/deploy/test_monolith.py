"""What the role reddit-monolith-docker promises, seen over ssh on the host and from outside it."""

from __future__ import annotations

import json
from typing import Any

import requests
from testinfra.host import Host

CONTAINER_UID = 10001


def _container(host: Host) -> dict[str, Any]:
    return dict(json.loads(host.check_output("docker inspect reddit"))[0])


def test_it_answers_on_the_hosts_port(address: str) -> None:
    answer = requests.get(f"http://{address}:9292/", timeout=10)
    assert answer.status_code == 200
    assert "<html" in answer.text


def test_it_answers_at_the_hosts_own_address_only(host: Host, address: str) -> None:
    bindings = _container(host)["HostConfig"]["PortBindings"]
    assert bindings == {"9292/tcp": [{"HostIp": address, "HostPort": "9292"}]}


def test_it_runs_the_image_that_was_named_and_is_healthy(host: Host, image: str) -> None:
    facts = _container(host)
    assert facts["Config"]["Image"] == image
    assert facts["State"]["Health"]["Status"] == "healthy"


def test_it_may_do_nothing_that_it_need_not(host: Host) -> None:
    config = _container(host)["HostConfig"]
    assert not config["Privileged"]
    assert config["ReadonlyRootfs"]
    assert config["CapDrop"] == ["ALL"]
    assert not config["CapAdd"]
    assert config["SecurityOpt"] == ["no-new-privileges:true"]
    assert config["UsernsMode"] == ""
    assert config["NetworkMode"] == "reddit"


def test_its_limits_and_restarts_are_the_courses(host: Host) -> None:
    config = _container(host)["HostConfig"]
    assert config["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
    assert config["Memory"] == config["MemorySwap"] == 640 << 20
    assert config["PidsLimit"] == 512
    assert config["NanoCpus"] == 10**9


def test_its_processes_are_nobody_of_the_host(host: Host) -> None:
    first = int(host.check_output("sed -n 's/^dockremap:\\([0-9]*\\):.*/\\1/p' /etc/subuid"))
    rows = host.check_output("docker top reddit -eo pid,uid").splitlines()[1:]
    uids = {int(row.split()[1]) for row in rows}
    assert uids == {first + CONTAINER_UID}


def test_its_key_can_be_read_by_it_alone(host: Host) -> None:
    first = int(host.check_output("sed -n 's/^dockremap:\\([0-9]*\\):.*/\\1/p' /etc/subuid"))
    key = host.file("/etc/reddit-monolith/session_key")
    assert (key.uid, key.mode) == (first + CONTAINER_UID, 0o400)
    assert len(key.content_string.strip()) == 64
    environment = _container(host)["Config"]["Env"]
    assert "SESSION_KEY_FILE=/run/secrets/session_key" in environment
    assert key.content_string.strip() not in json.dumps(_container(host))


def test_its_data_outlive_it(host: Host) -> None:
    mounts = {mount["Destination"]: mount for mount in _container(host)["Mounts"]}
    assert mounts["/data/db"]["Name"] == "reddit_data"
    assert not mounts["/run/secrets/session_key"]["RW"]


def test_it_lives_on_while_the_engine_restarts(host: Host, address: str) -> None:
    before = _container(host)["State"]["StartedAt"]
    host.run_expect([0], "service docker restart")
    host.run_expect([0], "timeout 30 sh -c 'until docker version >/dev/null 2>&1; do sleep 0.2; done'")
    assert _container(host)["State"]["StartedAt"] == before
    assert requests.get(f"http://{address}:9292/", timeout=10).status_code == 200
