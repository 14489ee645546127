"""What is told of a container: limits, ports, health and history, from what engines of several kinds say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import containerfacts

BEGAN = 1_780_000_000.0
INSPECTED = {
    "Id": "c1",
    "Name": "/checks-r1-web-1",
    "Created": "2026-05-28T20:26:41.123456789Z",
    "RestartCount": 2,
    "State": {
        "Status": "running",
        "StartedAt": "2026-05-28T20:26:42.5Z",
        "ExitCode": 0,
        "Health": {
            "Status": "healthy",
            "Log": [
                {"Start": "2026-05-28T20:26:44Z", "End": "2026-05-28T20:26:44.25Z", "ExitCode": 0, "Output": " ok\n"}
            ],
        },
    },
    "Config": {"Image": "web:1.0", "User": "10001", "Labels": {containerfacts.SERVICE: "web"}},
    "HostConfig": {
        "Memory": 1024,
        "NanoCpus": 500_000_000,
        "PidsLimit": 128,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
    },
    "NetworkSettings": {
        "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}], "81/tcp": None},
        "Networks": {"back": {}, "front": {}},
    },
}
RESOLVED = {"services": {"web": {"depends_on": {"db": {"condition": "service_healthy"}}}}}


def test_a_container_is_told_with_its_limits_ports_and_health() -> None:
    found = containerfacts.of(INSPECTED, RESOLVED, BEGAN)
    assert (found["service"], found["container"], found["image"]) == ("web", "checks-r1-web-1", "web:1.0")
    assert (found["status"], found["health"], found["restarts"]) == ("running", "healthy", 2)
    assert (found["created"], found["started"]) == (1.123, 2.5)
    assert found["ports"] == [
        {"port": "80/tcp", "published": ["127.0.0.1:32768"]},
        {"port": "81/tcp", "published": []},
    ]
    assert (found["limits"]["memory"], found["limits"]["cpus"], found["limits"]["pids"]) == (1024, 0.5, 128)
    assert (found["networks"], found["needs"]) == (["back", "front"], ["db"])
    assert found["health_log"] == [{"at": 4.0, "seconds": 0.25, "exit": 0, "output": "ok"}]


@pytest.mark.parametrize(
    ("host", "cores"),
    [({}, 0.0), ({"NanoCpus": 1_500_000_000}, 1.5), ({"CpuQuota": 50_000}, 0.5), ({"CpuQuota": -1}, 0.0)],
)
def test_cores_are_a_number_or_a_quota(host: dict[str, Any], cores: float) -> None:
    assert containerfacts.of({"HostConfig": host}, {}, 0)["limits"]["cpus"] == cores


@pytest.mark.parametrize("stamp", ["", "0001-01-01T00:00:00Z", "soon", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none(stamp: str) -> None:
    assert containerfacts.since(stamp, BEGAN) is None


def event(action: str, at: float, **attributes: str) -> dict[str, Any]:
    return {"Action": action, "Actor": {"ID": "c1", "Attributes": attributes}, "timeNano": int((BEGAN + at) * 1e9)}


def test_events_are_the_history_of_a_container() -> None:
    events = [
        event("create", 1),
        event("start", 2),
        event("health_status: healthy", 3),
        event("kill", 4, signal="15"),
        event("die", 5, exitCode="137"),
        {**event("oom", 6), "Actor": {"ID": "c2"}},
        {"Action": "start"},
    ]
    found = containerfacts.history(events, BEGAN)
    assert [one["what"] for one in found["c1"]] == [
        "created",
        "started",
        "healthy",
        "signal 15",
        "ended with exit code 137",
    ]
    assert [one["at"] for one in found["c1"]] == pytest.approx([1, 2, 3, 4, 5], abs=0.01)
    assert [one["what"] for one in found["c2"]] == ["out of memory"]


def test_a_container_that_is_restarted_for_ever_has_a_history_with_an_end() -> None:
    found = containerfacts.history([event("start", at) for at in range(1000)], BEGAN)
    assert len(found["c1"]) == containerfacts.HISTORY


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["HostConfig", "State", "Config", "NetworkSettings"]), st.data())
def test_one_field_of_another_kind_is_no_failure(name: str, data: st.DataObject) -> None:
    part: dict[str, Any] = dict(INSPECTED[name])  # type: ignore[call-overload]
    part[data.draw(st.sampled_from(sorted({*part, "CpuQuota", "CpuPeriod", "CapAdd"})))] = data.draw(_JSON)
    assert containerfacts.of({**INSPECTED, name: part}, RESOLVED, BEGAN)["container"] == "checks-r1-web-1"


@given(st.dictionaries(st.sampled_from(sorted(INSPECTED)), _JSON))
def test_an_engine_that_says_other_things_is_no_failure(data: dict[str, Any]) -> None:
    assert set(containerfacts.of({**INSPECTED, **data}, RESOLVED, BEGAN)) == set(containerfacts.of({}, {}, 0))
