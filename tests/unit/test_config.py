"""The configuration: every key, and each way to get it wrong."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from checks import benchconfig, config
from checks.errors import ConfigError

EVERY_KEY = """
compose = "deploy/compose.yaml"
tests = ["tests/a", "tests/b"]
ready-seconds = 30
exclude = ["vendor/**", "./third_party"]

[standins]
"mongo:8.0" = "src/mongo"

[variables]
UI_PORT = "9292"

[versions]
UI_VERSION = "src/ui/VERSION"

[secrets]
session_key = 32

[bench]
benchmark = "1.6"
trusted-users = ["ann"]
minimum-score = 20

[[bench.waivers]]
check = "5.12"
reason = "it writes its cache"
name = "cache-*"
image = "redis:*"
label = "tier=cache"
host = "local"
owner = "platform"
until = 2027-01-31

[[waivers]]
rule = "DL3008"
reason = "pinned by the mirror"
path = "src/*"
owner = "platform"
until = 2027-01-31

[[waivers]]
rule = "SC2086"
reason = "words are wanted"
until = "2027-02-01"
"""


UNTIL = datetime.date(2027, 1, 31)
CACHE = benchconfig.Waiver(
    "5.12", "it writes its cache", "cache-*", "redis:*", "tier=cache", "local", "platform", UNTIL
)


def _parse(text: str) -> config.Config:
    found = config.parse(text, "checks.toml")
    assert found is not None
    return found


def test_every_key_is_read() -> None:
    found = _parse(EVERY_KEY)
    assert found == config.Config(
        source="checks.toml",
        compose=("deploy/compose.yaml",),
        tests=("tests/a", "tests/b"),
        standins={"mongo:8.0": "src/mongo"},
        versions={"UI_VERSION": "src/ui/VERSION"},
        variables={"UI_PORT": "9292"},
        secrets={"session_key": 32},
        ready_seconds=30.0,
        exclude=("vendor/**", "third_party"),
        bench=benchconfig.Bench("1.6", ("ann",), 20, (CACHE,)),
        waivers=(
            config.Waiver("DL3008", "pinned by the mirror", "src/*", "platform", datetime.date(2027, 1, 31)),
            config.Waiver("SC2086", "words are wanted", until=datetime.date(2027, 2, 1)),
        ),
    )


def test_every_key_that_is_known_is_in_that_example() -> None:
    with pytest.raises(ConfigError) as caught:
        _parse("nonsense = 1")
    known = caught.value.advice.removeprefix("known keys: ").split(", ")
    assert [key for key in known if f"{key} =" not in EVERY_KEY and f"[{key}]" not in EVERY_KEY] == []


def test_nothing_said_is_the_defaults() -> None:
    assert _parse("") == config.Config(source="checks.toml")


def test_a_table_of_ours_in_somebody_elses_file() -> None:
    text = "[tool.other]\nx = 1\n[tool.checks]\ncompose = 'c.yaml'\n"
    found = config.parse(text, "pyproject.toml", ("tool", "checks"))
    assert found == config.Config(source="pyproject.toml", compose=("c.yaml",))
    assert config.parse("[tool.other]\nx = 1\n", "pyproject.toml", ("tool", "checks")) is None
    assert config.parse("", "pyproject.toml", ("tool", "checks")) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("compose = ", "cannot be read"),
        ("composer = 'x'", "unknown key 'composer'"),
        ("compose = 1", "compose cannot be used: expected text or a list of texts, got int"),
        ("compose = [1]", "compose cannot be used: expected text, got int"),
        ("tests = 'one'", "tests cannot be used: expected a list of texts, got str"),
        ("tests = [1]", "tests cannot be used: expected text"),
        ("exclude = {}", "exclude cannot be used"),
        ("standins = ['mongo']", "standins cannot be used: expected a table, got list"),
        ("standins = {a = 1}", "standins cannot be used: expected text"),
        ("versions = 'x'", "versions cannot be used"),
        ("variables = {A = 1}", "variables cannot be used: expected text"),
        ("secrets = {a = 0}", "secrets cannot be used: expected whole numbers"),
        ("secrets = {a = 1.5}", "secrets cannot be used: expected whole numbers"),
        ("secrets = {a = true}", "secrets cannot be used: expected a number, got bool"),
        ("ready-seconds = 0", "ready-seconds cannot be used"),
        ("ready-seconds = -1", "ready-seconds cannot be used"),
        ("ready-seconds = 1e9", "ready-seconds cannot be used"),
        ("ready-seconds = nan", "ready-seconds cannot be used"),
        ("ready-seconds = true", "ready-seconds cannot be used"),
        ("ready-seconds = '9'", "ready-seconds cannot be used: expected a number, got str"),
        ("waivers = 'all'", "waivers cannot be used: expected a list of tables"),
        ("waivers = ['all']", "waivers cannot be used: expected a table"),
        ("waivers = [{reason = 'r'}]", "waivers cannot be used: 'rule'"),
        ("bench.waivers = [{check = '9.9', reason = 'r'}]", "the benchmark has no check '9.9'"),
        ("waivers = [{rule = 'X'}]", "the waiver of X gives no reason"),
        ("waivers = [{rule = 'X', reason = '  '}]", "the waiver of X gives no reason"),
        ("waivers = [{rule = 'X', reason = 'r', till = 'x'}]", "unknown key 'till' in a waiver"),
        ("waivers = [{rule = 'X', reason = 'r', until = 'soon'}]", "waivers cannot be used"),
        ("waivers = [{rule = 'X', reason = 'r', until = 5}]", "waivers cannot be used: expected text"),
    ],
)
def test_each_error_names_file_and_key(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _parse(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith("checks.toml")
    assert caught.value.advice
    assert caught.value.code == 2


@pytest.mark.parametrize("table", ["tool = 1", "[tool]\nchecks = 'x'", "tool = ['checks']"])
def test_a_table_of_ours_that_is_none_is_an_error_of_the_configuration(table: str) -> None:
    with pytest.raises(ConfigError):
        config.parse(table, "pyproject.toml", ("tool", "checks"))


def test_a_date_with_a_time_is_a_date() -> None:
    found: Any = _parse("waivers = [{rule = 'X', reason = 'r', until = 2027-01-31T10:00:00}]").waivers[0].until
    assert type(found) is datetime.date
