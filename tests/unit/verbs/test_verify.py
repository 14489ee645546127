"""What `checks verify` calls its reports."""

from __future__ import annotations

import argparse

import pytest

from checks.verbs import verify


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    verify.add_arguments(parser)
    return parser.parse_args(list(words))


def test_reports_are_named_as_asked_and_integration_otherwise() -> None:
    assert _parse().name == "integration"
    assert _parse("--as", "browser", "--", "tests/browser").name == "browser"


@pytest.mark.parametrize("name", ["lint", "build", "bench", "index", "../x", "A", "", "a/b", "x" * 40])
def test_a_name_that_is_another_report_s_or_none_is_refused(name: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="name of its reports"):
        _parse("--as", name)
