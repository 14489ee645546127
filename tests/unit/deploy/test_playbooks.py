"""Reading what ansible-playbook printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import playbooks
from deploy.playbooks import Recap

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests/data/ansible"


def _text(name: str) -> str:
    return (DATA / f"{name}.txt").read_text()


def test_a_run_that_changed_nothing() -> None:
    recap = playbooks.recaps(_text("second-run"))["trial"]
    assert recap.well
    assert recap.changed == 0
    assert recap.ok > 30
    assert playbooks.reason(_text("second-run")) == ""


@pytest.mark.parametrize(
    ("name", "recap", "says"),
    [
        ("wrong-tag", Recap(ok=4, failed=1), "manifest unknown"),
        ("unreachable", Recap(unreachable=1), "Connection refused"),
        ("full-disk", Recap(ok=4, failed=1), "no space left on device"),
    ],
)
def test_a_run_that_failed_says_why(name: str, recap: Recap, says: str) -> None:
    found = playbooks.recaps(_text(name))
    assert list(found.values()) == [recap]
    assert not recap.well
    assert says in playbooks.reason(_text(name))
    assert "\n" not in playbooks.reason(_text(name))


def test_what_never_came_to_a_recap_has_none() -> None:
    assert playbooks.recaps("TASK [x] ***\nhost : ok=1 changed=0\n") == {}
    assert (
        playbooks.reason("[ERROR]: the playbook x.yml could not be found\n") == "the playbook x.yml could not be found"
    )


def test_of_an_inventory_that_cannot_be_had_its_plugin_says_why() -> None:
    said = playbooks.reason(_text("refused-inventory"))
    assert said.startswith("The credentials do not contain the necessary fields")


def test_a_message_with_quotes_is_read_to_its_end() -> None:
    said = 'fatal: [a]: FAILED! => {"changed": false, "msg": "Not Found (\\"x\\")\\nagain", "rc": 1}'
    assert playbooks.reason(said) == 'Not Found ("x") again'


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(playbooks.reason(text), str)
    assert isinstance(playbooks.recaps(f"PLAY RECAP\n{text}"), dict)


def test_the_repository_has_these_playbooks_and_environments() -> None:
    folder = ROOT / playbooks.FOLDER
    assert playbooks.names(folder) == ["bench", "docker", "reddit-app", "site"]
    assert playbooks.environments(folder) == ["stage"]
