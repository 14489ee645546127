"""README and docs: every quick command is run as its page says, and what they name is there."""

from __future__ import annotations

import functools
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from checks import __main__, benchconfig, config
from checks.host import proc
from tests.docs import blocks
from tests.docs.blocks import ROOT, Block
from tests.docs.reader import Reader

QUICK = {page: [one for one in blocks.of(page) if not one.has("long") and not one.by] for page in blocks.pages()}
ALL = [one for page in blocks.pages() for one in blocks.of(page)]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
SESSIONS = set(re.findall(r"^def (\w+)\(session: nox\.Session\)", (ROOT / "noxfile.py").read_text(), re.MULTILINE))
SAID = [(page.name, page.read_text(encoding="utf-8")) for page in blocks.pages()]
OPTION = re.compile(r"`checks ([a-z]+)([^`]*)`")


@pytest.mark.parametrize("page", [page for page, found in QUICK.items() if found], ids=lambda page: page.stem)
def test_what_a_page_says_is_what_happens(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path, seconds=120)
    for block in QUICK[page]:
        reader.run(block)


def test_every_way_to_run_a_block_is_known() -> None:
    words = {word.partition(" ")[0] for block in ALL for word in block.how}
    assert words <= {"fresh", "here", "long", "exit", "each", "refusal", "by"}


@pytest.mark.parametrize("block", [one for one in ALL if one.by], ids=lambda one: f"{one.page}:{one.line}")
def test_what_others_run_is_what_they_run(block: Block) -> None:
    text = (ROOT / block.by).read_text()
    assert [command for command in block.commands if command not in text] == []


@pytest.mark.parametrize(("name", "text"), SAID, ids=[name for name, _ in SAID])
def test_sessions_verbs_options_and_links_that_are_named_are_there(name: str, text: str) -> None:
    sessions = {word for said in re.findall(r"nox -s ((?:[a-z]+ ?)+)", text) for word in said.split()}
    assert sessions - SESSIONS == set()
    folder = ROOT if name == "README.md" else ROOT / "docs"
    assert [place for place, _ in LINK.findall(text) if place and not (folder / place).exists()] == []
    for verb, words in OPTION.findall(text):
        assert verb in __main__.VERBS, f"checks {verb}"
        offered = _help(verb)
        assert [option for option in re.findall(r"--[a-z][a-z-]+", words) if option not in offered] == []


@functools.cache
def _help(verb: str) -> str:
    return proc.run([sys.executable, "-P", "-m", "checks", verb, "--help"], timeout=60, cwd=ROOT).out


def test_every_key_of_the_configuration_is_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    before, _, bench = text.partition("In `bench`:")
    assert set(re.findall(r"^\| `([a-z-]+)`", before, re.MULTILINE)) == set(config._READERS)
    assert set(re.findall(r"^\| `([a-z-]+)`", bench, re.MULTILINE)) == {
        "benchmark",
        "trusted-users",
        "minimum-score",
        "waivers",
    }


def test_the_configuration_with_all_keys_has_all_keys() -> None:
    (block,) = blocks.of(ROOT / "docs/configuration.md")
    text = block.text.partition("EOF'\n")[2].partition("EOF\n")[0]
    data = tomllib.loads(text)
    read = config.parse(text, "checks.toml")
    assert set(data) == set(config._READERS)
    assert read is not None
    defaults = benchconfig.Bench(), benchconfig.Waiver("", "")
    left = [name for name in vars(defaults[0]) if getattr(read.bench, name) is None]
    left += [name for name in vars(defaults[1]) if not getattr(read.bench.waivers[0], name)]
    assert left + [name for name in vars(read.waivers[0]) if not getattr(read.waivers[0], name)] == []


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


@pytest.mark.parametrize("schema", ["travis", "github-workflows", "gitlab-ci"])
def test_what_ci_is_told_is_what_it_takes(schema: str, tmp_path: Path) -> None:
    """The examples of docs/ci.md and our own .travis.yml, against the schemas of those who read them."""
    found = re.findall(r"^## (\w+)\n.*?```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.MULTILINE | re.DOTALL)
    text = {name.lower(): example for name, example in found}[schema.partition("-")[0]]
    assert yaml.safe_load(text)
    started = text if schema != "github-workflows" else f"name: checks\non: [push]\n{text}"
    (tmp_path / "example.yml").write_text(started)
    files = [tmp_path / "example.yml", *([ROOT / ".travis.yml"] if schema == "travis" else [])]
    for file in files:
        done = proc.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file], timeout=120
        )
        assert done.ok, done.out + done.err
