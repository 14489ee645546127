"""One frozen value for a command line."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import pytest

from checks import args


def _namespace() -> argparse.Namespace:
    return argparse.Namespace(verb="engine", root=Path("src"), format="json", output=None, what="up", force=True)


def test_shared_options_and_the_verbs_own_are_told_apart() -> None:
    asked = args.Args.of(_namespace())
    assert (asked.verb, asked.format, asked.output) == ("engine", "json", None)
    assert asked.root == Path.cwd() / "src"
    assert dict(asked.options) == {"what": "up", "force": True}
    assert asked["what"] == "up"


def test_it_is_frozen_and_leaves_argparses_value_alone() -> None:
    namespace = _namespace()
    asked = args.Args.of(namespace)
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.verb = "other"  # type: ignore[misc]
    assert namespace == _namespace()


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", str(8 * 86400)])
def test_time_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no time limit"):
        args.seconds(text)


def test_a_time_limit_is_read() -> None:
    assert args.seconds("1.5") == 1.5
    with pytest.raises(ValueError, match="soon"):
        args.seconds("soon")
