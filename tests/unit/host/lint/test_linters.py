from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from checks.errors import MissingToolError
from checks.host import proc
from checks.host.console import Console
from checks.host.lint import linters
from checks.host.tools import looking
from checks.lint import registry
from checks.model import Output

OUT = Console(quiet=True)


def test_tools_come_from_the_packages_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hadolint").write_text("#!/bin/sh\n")
    (tmp_path / "hadolint").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = linters.locate(["hadolint", "shellcheck", "yamllint"], OUT)
    assert Path(found.commands["hadolint"][0]).parent == Path(sys.executable).parent
    assert found.commands["yamllint"][0] == sys.executable
    assert found.workers >= 1


def test_what_is_missing_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    found = linters.locate(["hadolint"], OUT)
    assert not found.commands
    assert "install checks again" in found.absent["hadolint"]


@pytest.mark.parametrize(("advice", "end"), [("name another folder", "; name another folder"), ("get it", "")])
def test_what_to_do_is_said_with_what_is_missing_and_once(
    monkeypatch: pytest.MonkeyPatch, advice: str, end: str
) -> None:
    def place(_out: Output) -> tuple[str, ...]:
        raise MissingToolError("it is not there: get it", advice, ["one", "two", "three"])

    monkeypatch.setattr(linters, "PLACES", {"tool": place})
    assert linters.locate(["tool"], OUT).absent == {"tool": f"it is not there: get it; two; three{end}"}


def test_a_tool_on_path_is_nobodys_duty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = linters.on_path("checks-no-such-tool")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert place(OUT) is None
    (tmp_path / "checks-no-such-tool").write_text("#!/bin/sh\n")
    (tmp_path / "checks-no-such-tool").chmod(0o755)
    assert place(OUT) == (str(tmp_path / "checks-no-such-tool"),)


@pytest.mark.parametrize("name", list(registry.LINTERS))
def test_every_linter_has_a_place(name: str) -> None:
    assert name in linters.PLACES


def test_environments_are_made_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=20)

    def made(_out: Output) -> tuple[str, ...]:
        both.wait()
        return ("made",)

    monkeypatch.setattr(linters, "workers", lambda: 2)
    monkeypatch.setattr(linters, "PLACES", {"one": made, "other": made})
    assert linters.locate(["one", "other"], OUT).commands == {"one": ("made",), "other": ("made",)}


def test_who_only_looks_makes_nothing_in_other_threads_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def place(_out: Output) -> tuple[str, ...]:
        looking.refuse("tool")
        return ("made",)

    monkeypatch.setattr(linters, "PLACES", {"tool": place})
    with looking.only():
        found = linters.locate(["tool"], OUT)
    assert not found.commands
    assert "made when it is needed" in found.absent["tool"]


def test_an_interruption_does_not_wait_for_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_out: Output) -> tuple[str, ...]:
        time.sleep(1)  # the other is under way
        raise KeyboardInterrupt

    def long(_out: Output) -> tuple[str, ...]:
        return (str(proc.run(["sleep", "60"], timeout=70).code),)

    monkeypatch.setattr(linters, "workers", lambda: 2)
    monkeypatch.setattr(linters, "PLACES", {"stops": interrupted, "long": long})
    since = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        linters.locate(["stops", "long"], OUT)
    assert time.monotonic() - since < 30
