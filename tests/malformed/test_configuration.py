"""Configurations that nobody means: refused with the key that is wrong, or read; never a traceback."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks import config
from checks.errors import ConfigError
from tests.malformed.inputs import CODES, counted, mutations, share

Main = Callable[[Sequence[str]], tuple[int, str]]
GOOD = (Path(__file__).parents[2] / "pyproject.toml").read_bytes()
KEYS = (
    "compose",
    "tests",
    "standins",
    "versions",
    "variables",
    "secrets",
    "ready-seconds",
    "exclude",
    "waivers",
    "bench",
    "lint",
    "nonsense",
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.sampled_from(
            ["true", "-1", "0", "nan", "inf", "-inf", "1e999", "1979-05-27", "07:32:00", "9" * 30, "'''\n'''", '""']
        ),
        st.text("abc/.*[]{}\\'\" ", max_size=6).map(lambda text: "'" + text.replace("'", "") + "'"),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["a", "rule", "reason", "until", "path", "owner"]), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)
TABLES = st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=4).map(
    lambda items: "".join(f"{key} = {value}\n" for key, value in items.items())
)


@settings(max_examples=share("configuration") // 2, deadline=None)
@given(text=st.one_of(TABLES, st.text(max_size=60)))
def test_any_text_is_a_configuration_or_refused(text: str) -> None:
    for table in ((), ("tool", "checks")):
        with contextlib.suppress(ConfigError):
            found = config.parse(text, "checks.toml", table)
            assert found is None or 0 < found.ready_seconds < 86400
    counted("configuration", 1)


@settings(
    max_examples=share("configuration") // 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=TABLES)
def test_every_verb_answers_it(main: Main, alone: Path, text: str) -> None:
    (alone / "checks.toml").write_text(text, encoding="utf-8")
    for verb in ("build", "up", "verify", "doctor", "lint"):
        code, said = main([verb, *(["--only", "yamllint"] if verb == "lint" else [])])
        assert code in CODES, said
        assert "Traceback" not in said
    counted("configuration", 1)


def test_a_damaged_file_is_answered(main: Main, alone: Path) -> None:
    for content in mutations(1, [GOOD], share("configuration") // 4):
        (alone / "pyproject.toml").write_bytes(content)
        code, said = main(["doctor"])
        assert code in CODES, said
        assert "Traceback" not in said
        counted("configuration", 1)


HAND = {
    "empty": b"",
    "zeros": b"\0" * 100,
    "bom": b"\xef\xbb\xbf[tool.checks]\n",
    "utf-16": "compose = 'a'\n".encode("utf-16"),
    "latin": b"compose = '\xe9'\n",
    "long line": b"compose = '" + b"a" * 1_000_000 + b"'\n",
    "deep": b"exclude = " + b"[" * 500 + b"]" * 500 + b"\n",
    "very deep": b"exclude = " + b"[" * 50_000 + b"]" * 50_000 + b"\n",
    "twice": b"compose = 'a'\ncompose = 'b'\n",
    "dotted": b"standins.a.b.c = 'x'\n",
    "huge number": b"ready-seconds = " + b"9" * 5000 + b"\n",
    "huge secret": b"secrets = {a = 99999999999999999999}\n",
    "absolute": b"compose = '/etc/passwd'\n",
    "outside": b"compose = '../../../etc/passwd'\n",
    "a folder": b"compose = '.'\n",
    "a device": b"compose = '/dev/zero'\n",
    "null in a path": b'compose = "a\\u0000b"\n',
    "null in a version": b'versions = {A = "a\\u0000b"}\n',
    "control characters": b'compose = "\\u001b[2J"\n',
    "an odd name": b'versions = {"=" = "VERSION", "" = "VERSION"}\n',
    "a waiver in year 0": b"waivers = [{rule = 'x', reason = 'y', until = '0000-00-00'}]\n",
    "a waiver of numbers": b"waivers = [{rule = 1, reason = 2}]\n",
    "tests outside": b"tests = ['/', '..', '']\n",
}


@pytest.mark.parametrize("name", HAND)
@pytest.mark.parametrize("verb", ["build", "verify", "doctor", "lint"])
def test_a_configuration_made_by_hand_is_answered(main: Main, alone: Path, verb: str, name: str) -> None:
    (alone / "checks.toml").write_bytes(HAND[name])
    (alone / "VERSION").write_text("1.0")
    code, said = main([verb, *(["--only", "yamllint"] if verb == "lint" else [])])
    assert code in CODES, said
    assert "Traceback" not in said
    counted("configuration", 1)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "unreadable"])
def test_a_configuration_that_is_no_file_is_answered(main: Main, alone: Path, kind: str) -> None:
    place = alone / "checks.toml"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "loop":
        place.symlink_to(place)
    else:
        place.symlink_to("/proc/self/mem")
    code, said = main(["doctor"])
    assert code in CODES, said
    assert "Traceback" not in said
    counted("configuration", 1)
