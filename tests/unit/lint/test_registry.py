from __future__ import annotations

import pytest

from checks.errors import UsageError
from checks.lint import registry


def test_linters_are_chosen_by_name() -> None:
    assert [one.NAME for one in registry.choose(["yamllint"], [])] == ["yamllint"]
    assert "yamllint" not in [one.NAME for one in registry.choose([], ["yamllint"])]
    with pytest.raises(UsageError, match="no linter 'nope'"):
        registry.choose(["nope"], [])


def test_names_may_be_given_in_one_or_in_several_options() -> None:
    assert registry.names(["a,b", " c ", "a"]) == ("a", "b", "c")
