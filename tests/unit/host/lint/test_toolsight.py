"""What `checks doctor` says of tools, and that it makes none of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.host.console import Console
from checks.host.lint import linters, toolsight
from checks.host.tools import looking, toolenv
from checks.lint import registry

OUT = Console(quiet=True)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHECKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_linter_is_seen_and_nothing_is_made(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolenv, "_make", lambda *_words: pytest.fail("it was made"))
    seen = {one.name: one for one in toolsight.all_of_them(OUT)}
    assert set(seen) == {"compose", *registry.LINTERS}
    assert [path for path in (cache / "tools").rglob("*") if path.is_file()] == []
    for name in ("hadolint", "shellcheck", "yamllint"):
        assert re.fullmatch(r"\d+(\.\d+)+\S*", seen[name].version), seen[name]
        assert seen[name].advice == ""
    assert (seen["kingfisher"].version, seen["kingfisher"].advice) == ("", "checks tools")


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let there be these linters only: to ask all of them takes a while."""
    monkeypatch.setattr(registry, "LINTERS", {name: registry.LINTERS[name] for name in names})


def test_what_has_to_be_there_and_is_not_says_what_gets_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del cache
    only(monkeypatch, "yamllint", "tflint")
    places = {
        **linters.PLACES,
        "yamllint": linters.api("no_such_package", "x.py"),
        "tflint": linters.on_path("no-such"),
    }
    monkeypatch.setattr(linters, "PLACES", places)
    seen = {one.name: one for one in toolsight.all_of_them(OUT)}
    assert seen["yamllint"].advice == "install checks again"
    assert seen["tflint"].advice.startswith("not needed")


def test_a_tool_that_does_not_start_is_not_there(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del cache
    only(monkeypatch, "hadolint")
    broken = tmp_path / "hadolint"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(linters, "PLACES", {**linters.PLACES, "hadolint": lambda _out: (str(broken),)})
    seen = {one.name: one for one in toolsight.all_of_them(OUT)}
    assert seen["hadolint"].version == ""
    assert "broken" in seen["hadolint"].advice


def test_after_looking_things_are_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(folder: Path, name: str, _pins: str) -> None:
        folder.mkdir(parents=True)
        made.append(name)

    monkeypatch.setattr(toolenv, "_make", make)
    with looking.only(), pytest.raises(looking.NotMadeError):
        toolenv.environment("compose", OUT)
    assert made == []
    toolenv.environment("compose", OUT)
    assert made == ["compose"]
    assert cache.exists()
