"""What a daemon's flags, its file and its API say together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import dockerd
from checks.cis.daemon import DEFAULTS, Daemon, Option
from checks.cis.unknown import Unknown
from tests.unit.cis.engine_data import anything, load

FILE = "/etc/docker/daemon.json"


def _flags(line: str) -> dict[str, list[str]]:
    return dockerd.flags(["/usr/bin/dockerd", *line.split()])


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("--icc=false", {"icc": ["false"]}),
        ("--icc --iptables=false", {"icc": ["true"], "iptables": ["false"]}),
        ("--live-restore -H fd://", {"live-restore": ["true"], "host": ["fd://"]}),
        ("--log-level warn", {"log-level": ["warn"]}),
        ("-l warn -l=debug -lfatal", {"log-level": ["warn", "debug", "fatal"]}),
        ("-H unix:///a -Htcp://b --host=fd://", {"host": ["unix:///a", "tcp://b", "fd://"]}),
        ("-D", {"debug": ["true"]}),
        ("-D=false", {"debug": ["false"]}),
        ("-DH fd://", {"debug": ["true"], "host": ["fd://"]}),
        ("-Dlwarn", {"debug": ["true"], "log-level": ["warn"]}),
        ("-s overlay2 -G staff -g /data", {"storage-driver": ["overlay2"], "group": ["staff"], "data-root": ["/data"]}),
        ("--userns-remap default --tlsverify", {"userns-remap": ["default"], "tlsverify": ["true"]}),
        ("--log-opt a=b --log-opt c=d=e", {"log-opt": ["a=b", "c=d=e"]}),
        ("--add-runtime x=/y --unknown-flag z", {"add-runtime": ["x=/y"], "unknown-flag": ["z"]}),
        ("--group", {"group": [""]}),
        ("-- --icc=false", {}),
        ("", {}),
    ],
)
def test_a_command_line(line: str, wanted: dict[str, list[str]]) -> None:
    assert _flags(line) == wanted


@pytest.mark.parametrize("true", ["1", "t", "T", "true", "TRUE", "True"])
def test_what_go_takes_for_true(true: str) -> None:
    assert dockerd.options(_flags(f"--live-restore={true}"), {}, FILE)["live-restore"].value is True


@pytest.mark.parametrize("false", ["0", "f", "F", "false", "FALSE", "False"])
def test_what_go_takes_for_false(false: str) -> None:
    assert dockerd.options(_flags(f"--icc={false}"), {}, FILE)["icc"] == Option(False, f"--icc={false}")


def test_what_is_no_truth_is_the_default() -> None:
    found = dockerd.options(_flags("--icc=maybe --live-restore=maybe"), {}, FILE)
    assert (found["icc"].value, found["live-restore"].value) == (True, False)


def test_the_last_of_several_is_in_force_and_lists_are_kept() -> None:
    found = dockerd.options(_flags("-l warn -l debug --insecure-registry a:5000 --insecure-registry b"), {}, FILE)
    assert found["log-level"] == Option("debug", "--log-level")
    assert found["insecure-registries"] == Option(("a:5000", "b"), "--insecure-registry")


def test_flags_that_the_file_calls_otherwise() -> None:
    line = "-H fd:// --authorization-plugin p --storage-opt dm.basesize=20G --default-ulimit nofile=1024:2048"
    found = dockerd.options(_flags(line), {}, FILE)
    assert found["hosts"].value == ("fd://",)
    assert found["authorization-plugins"].value == ("p",)
    assert found["storage-opts"].value == ("dm.basesize=20G",)
    assert found["default-ulimits"].value == {"nofile": "1024:2048"}


def test_a_file() -> None:
    content = {
        "icc": False,
        "hosts": ["unix:///run/a.sock", "tcp://0.0.0.0:2376"],
        "log-opts": {"max-size": "10m", "splunk-token": "hunter2"},
        "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048}},
        "insecure-registries": "one:5000",
        "registry-mirrors": ["https://mirror.example"],
        "log-level": 7,
        "live-restore": "yes",
    }
    found = dockerd.options({}, content, FILE)
    assert found["icc"] == Option(False, FILE)
    assert found["hosts"].value == ("unix:///run/a.sock", "tcp://0.0.0.0:2376")
    assert found["log-opts"].value == {"max-size": "10m", "splunk-token": "(hidden)"}
    assert found["default-ulimits"].value == {"nofile": "1024:2048"}
    assert found["insecure-registries"].value == ("one:5000",)
    assert "registry-mirrors" not in found
    assert (found["log-level"].value, found["live-restore"].value) == ("", False)


def test_a_source_shows_no_secret() -> None:
    found = dockerd.options(_flags("--log-opt splunk-token=hunter2 --tlskey /etc/docker/key.pem"), {}, FILE)
    assert (found["log-opts"], found["tlskey"].source) == (
        Option({"splunk-token": "(hidden)"}, "--log-opt"),
        "--tlskey",
    )


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"icc":'])
def test_a_file_that_cannot_be_read_is_unknown(content: str) -> None:
    assert isinstance(dockerd.configuration(content), Unknown)
    assert dockerd.configuration('{"icc": false}') == {"icc": False}


def test_what_the_api_tells() -> None:
    told = dockerd.of_api(load("info"), load("networks"))
    assert {name: option.value for name, option in told.items()} == {
        "authorization-plugins": (),
        "debug": True,
        "experimental": False,
        "icc": False,
        "insecure-registries": ("reg.example:5000",),
        "live-restore": False,
        "log-driver": "json-file",
        "seccomp-profile": "",
        "storage-driver": "overlay2",
        "userns-remap": "",
    }
    assert {option.source for option in told.values()} == {"the API"}


@pytest.mark.parametrize(
    ("security", "name", "value"),
    [
        ("name=seccomp,profile=unconfined", "seccomp-profile", "unconfined"),
        ("name=seccomp,profile=builtin", "seccomp-profile", ""),
        ("name=seccomp,profile=/etc/docker/s.json", "seccomp-profile", "/etc/docker/s.json"),
        ("name=userns", "userns-remap", "in use"),
        ("name=no-new-privileges", "no-new-privileges", True),
    ],
)
def test_security_options_of_the_api(security: str, name: str, value: object) -> None:
    assert dockerd.of_api({"SecurityOptions": [security]}, None)[name].value == value


def test_old_security_options_have_no_equals_sign() -> None:
    assert dockerd.security_options(["apparmor", "name=seccomp,profile=default"]) == {
        "apparmor": "",
        "seccomp": "default",
    }


def test_plugins_registries_and_no_bridge() -> None:
    info = {
        "Plugins": {"Authorization": ["opa"]},
        "RegistryConfig": {
            "InsecureRegistryCIDRs": ["127.0.0.0/8", "::1/128", "10.0.0.0/8"],
            "IndexConfigs": {"a:5000": {"Secure": False}, "b": {"Secure": True}},
        },
    }
    told = dockerd.of_api(info, [{"Name": "front", "Options": {"com.docker.network.bridge.enable_icc": "true"}}])
    assert told["authorization-plugins"].value == ("opa",)
    assert told["insecure-registries"].value == ("10.0.0.0/8", "a:5000")
    assert set(told) == {"authorization-plugins", "insecure-registries"}


def test_the_api_is_right_where_the_file_was_changed_since() -> None:
    written = {"live-restore": Option(True, FILE), "icc": Option(False, FILE), "log-level": Option("warn", FILE)}
    told = {"live-restore": Option(False, "the API"), "icc": Option(False, "the API"), "debug": Option(True, "the API")}
    assert dockerd.joined(written, told) == {
        "live-restore": Option(False, "the API"),
        "icc": Option(False, FILE),
        "log-level": Option("warn", FILE),
        "debug": Option(True, "the API"),
    }


def test_how_is_known_from_the_file_where_the_api_says_only_whether() -> None:
    told = {"userns-remap": Option("in use", "the API"), "insecure-registries": Option(("b", "a"), "the API")}
    written = {"userns-remap": Option("default", FILE), "insecure-registries": Option(("a", "b"), FILE)}
    assert dockerd.joined(written, told) == written
    assert dockerd.joined({"userns-remap": Option("default", FILE)}, {"userns-remap": Option("", "the API")}) == {
        "userns-remap": Option("", "the API")
    }


def test_every_boolean_default_is_a_switch() -> None:
    booleans = {name for name, value in DEFAULTS.items() if isinstance(value, bool)}
    assert booleans <= dockerd.SWITCHES


@pytest.mark.parametrize(
    ("root", "wanted"),
    [
        ("/var/lib/docker", "/var/lib/docker"),
        ("/var/lib/docker/100000.100000", "/var/lib/docker"),
        ("/data/1.2.3", "/data/1.2.3"),
    ],
)
def test_the_data_root_is_the_one_without_the_remapping(root: str, wanted: str) -> None:
    assert dockerd.data_root({"DockerRootDir": root}) == wanted


@given(st.lists(st.text(alphabet="-DHlG=abc./ ", max_size=8), max_size=8))
def test_any_command_line_is_read(argv: list[str]) -> None:
    found = dockerd.options(dockerd.flags(argv), {}, FILE)
    assert all(type(option.value) in (bool, str, tuple, dict) for option in found.values())


@given(anything(), anything(), st.dictionaries(st.sampled_from(sorted(DEFAULTS)), anything()))
def test_any_file_and_any_answer_are_read(info: Any, networks: Any, content: dict[str, Any]) -> None:
    read = dockerd.configuration(json.dumps(content))
    written = dockerd.options({}, read if isinstance(read, dict) else {}, FILE)
    found = Daemon(dockerd.joined(written, dockerd.of_api(info, networks)), unread="")
    for name, default in DEFAULTS.items():
        option = found.option(name)
        assert isinstance(option, Option)
        assert isinstance(option.value, type(default) | dict)
