from __future__ import annotations

from collections.abc import Mapping

import pytest

from checks.errors import UsageError
from checks.lint import registry


def test_linters_are_chosen_by_name() -> None:
    assert registry.choose(["yamllint"], []) == ("yamllint",)
    assert "yamllint" not in registry.choose([], ["yamllint"])
    with pytest.raises(UsageError, match="no linter 'nope'"):
        registry.choose(["nope"], [])


def test_names_may_be_given_in_one_or_in_several_options() -> None:
    assert registry.names(["a,b", " c ", "a"]) == ("a", "b", "c")


@pytest.mark.parametrize("linters", [registry.LINTERS, registry.RULES, registry.FIXERS])
def test_a_linter_is_known_by_its_own_name(linters: Mapping[str, registry.Linter | registry.Rules]) -> None:
    assert {name: one.NAME for name, one in linters.items()} == {name: name for name in linters}
    with pytest.raises(KeyError):
        linters["nope"]
