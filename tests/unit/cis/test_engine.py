"""What an engine says of itself and of its swarm."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checks.cis import codec, engine
from checks.cis.daemon import Engine, Swarm
from checks.cis.unknown import Unknown
from tests.unit.cis.engine_data import SECRET, anything, load

STATE = '{"LocalAddr":"","ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"127.0.0.1:2377","DataPathAddr":"192.0.2.7"}'


def test_an_engine() -> None:
    found = engine.engine(load("info"), {"ApiVersion": "1.41"})
    assert (found.version, found.api_version, found.storage_driver) == ("20.10.24+dfsg1", "1.41", "overlay2")
    assert (found.cgroup_driver, found.cgroup_version, found.logging_driver) == ("cgroupfs", "1", "json-file")
    assert (found.memory_limit, found.pids_limit, found.cpu_limit, found.live_restore) == (True, True, True, False)
    assert found.security == {"seccomp": "default"}
    assert found.kernel == "6.1.0"
    assert found.os.startswith("Debian")
    assert not found.rootless


def test_an_engine_that_cannot_limit_says_so() -> None:
    found = engine.engine(
        {"MemoryLimit": False, "PidsLimit": False, "CpuCfsQuota": False, "SecurityOptions": ["name=rootless"]}
    )
    assert (found.memory_limit, found.pids_limit, found.cpu_limit, found.rootless) == (False, False, False, True)


def test_what_an_engine_does_not_say_is_not_taken_for_a_fault() -> None:
    assert engine.engine({}) == Engine()


def test_a_manager() -> None:
    found = engine.swarm(load("info-manager"), load("swarm"), STATE, [{"Spec": {"Name": "key"}}], load("services"))
    assert engine.is_manager(load("info-manager"))
    assert (found.state, found.manager, found.managers, found.nodes) == ("active", True, 1, 1)
    assert (found.autolock, found.certificate_seconds, found.ca_rotations) == (False, 90 * 86400, 0)
    assert found.ca_issued == "2026-11-25T22:07:00Z"
    assert (found.listen_address, found.advertise_address) == ("0.0.0.0:2377", "127.0.0.1:2377")
    assert (found.data_path_address, found.node_address, found.secrets) == ("192.0.2.7", "127.0.0.1", ("key",))
    assert isinstance(found.services, tuple)
    assert found.services[0].name == "svc"
    assert SECRET not in str(codec.encode(found))


def test_a_worker_does_not_know() -> None:
    info = {"Swarm": {"LocalNodeState": "active", "ControlAvailable": False, "NodeAddr": "192.0.2.1"}}
    why = engine.ONLY_MANAGERS
    found = engine.swarm(info, why, Unknown("permission denied"), why, why)
    assert (found.active, found.manager, found.managers, found.autolock, found.services) == (True, False, why, why, why)
    assert found.listen_address == Unknown("permission denied")
    assert not engine.is_manager(info)


def test_no_swarm() -> None:
    assert engine.swarm(load("info"), None, None, None, None) == Swarm()
    assert engine.swarm({}, None, None, None, None).active is False


def test_a_certificate_of_this_century_and_of_the_next() -> None:
    assert engine.certificate_time(load("swarm")["TLSInfo"]["TrustRoot"]) == "2026-11-25T22:07:00Z"
    assert (
        engine.certificate_time("-----BEGIN CERTIFICATE-----\nGA8yMDUwMDEwMTAwMDAwMFo=\n-----END CERTIFICATE-----")
        == "2050-01-01T00:00:00Z"
    )
    assert (
        engine.certificate_time("-----BEGIN CERTIFICATE-----\nFw05OTEyMzEyMzU5NTla\n-----END CERTIFICATE-----")
        == "1999-12-31T23:59:59Z"
    )
    assert engine.certificate_time("no certificate") == ""
    assert engine.certificate_time("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----") == ""


@given(anything(), anything(), st.text(), anything(), anything())
def test_any_answer_is_read(info: Any, cluster: Any, state: str, secrets: Any, services: Any) -> None:
    swarm = {"Swarm": {"LocalNodeState": "active", "ControlAvailable": True}}
    for told in (info, swarm):
        for made in (engine.engine(told, cluster), engine.swarm(told, cluster, state, secrets, services)):
            assert codec.decode(type(made), codec.encode(made)) == made
