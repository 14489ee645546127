"""What offenders are called: reports and waivers go by it."""

from __future__ import annotations

import pytest

from checks.cis import registry
from tests.unit.cis.test_examples import EXAMPLES

KINDS = {"1.1.1": "folder", "1.1.2": "user", "2.8": "socket", "1": "file", "2": "option", "3": "file"}
"""By check, else by section."""

NAMES = [name for name, check in registry.CHECKS.items() if check.section in KINDS and name in EXAMPLES]


@pytest.mark.parametrize("name", NAMES)
def test_an_offender_is_of_the_kind_that_its_check_is_about(name: str) -> None:
    check = registry.CHECKS[name]
    offenders = [one for example in EXAMPLES[name] for one in check.judge(example.snapshot).offenders]
    assert {one.kind for one in offenders} <= {KINDS.get(name) or KINDS[check.section]}
