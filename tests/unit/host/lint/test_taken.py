"""What linters take is known from the run before, and only where nothing has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from checks import ansible
from checks.host.lint import inventory, results, taken
from checks.host.lint.taken import Taker
from checks.lint import checkov_units, registry
from checks.repository import File, Kind, Repository

NAMES = (*registry.RULES, *registry.LINTERS)
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "folder", lambda: tmp_path / "cache")


@pytest.fixture(scope="module")
def repository() -> Repository:
    paths = [
        path.relative_to(ROOT).as_posix() for name in ("src", "deploy", "docker-monolith") for path in _files(name)
    ]
    return Repository.of(inventory.inventory(ROOT, paths))


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file()]


def _asking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with the name of every linter that is looked up."""
    asked: list[str] = []
    for registered in ("LINTERS", "RULES"):
        known = dict(getattr(registry, registered))

        class Watched(dict[str, object]):
            def __getitem__(self, name: str) -> object:
                asked.append(name)
                return super().__getitem__(name)

        monkeypatch.setattr(registry, registered, Watched(known))
    return asked


def _kept(repository: Repository) -> results.Results:
    store = results.Results()
    first = Taker(ROOT, repository, store)
    first.of(NAMES)
    store.put(first.new)
    return store


def test_nothing_changed_asks_no_linter(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Taker(ROOT, repository, None).of(NAMES)
    assert sum(bool(one.units) for one in fresh.values()) >= 8
    store = _kept(repository)
    asked = _asking(monkeypatch)
    again = Taker(ROOT, repository, store)
    assert again.of(NAMES) == fresh
    assert (asked, again.new) == ([], {})


@pytest.mark.parametrize("change", ["text", "path", "gone", "code", "package", "python"])
def test_whatever_it_depends_on_asks_them_again(
    change: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _kept(repository)
    first, *others = sorted(repository.files, key=lambda one: one.kind is not Kind.YAML)
    if change == "code":
        monkeypatch.setattr(results, "our_own_code", lambda: "other")
    elif change == "package":
        monkeypatch.setattr(results, "installed", lambda: ("pyyaml-99.dist-info",))
    elif change == "python":
        monkeypatch.setattr(taken, "sys", SimpleNamespace(version="3.99"))
    else:
        changed = {"text": [replace(first, text="other")], "path": [replace(first, path="0")], "gone": []}[change]
        repository = Repository((*changed, *others))
    asked = _asking(monkeypatch)
    Taker(ROOT, repository, store).of(NAMES)
    assert set(asked) == set(NAMES)


def test_no_linter_looks_into_a_dockerfile_to_know_what_it_takes(repository: Repository) -> None:
    words = 'apiVersion: v1\nkind: x\n- hosts: all\nsource ./a.sh\n{"builders": []}\nmodule "a" { source = "./a" }\n'
    changed = [
        replace(one, size=taken.SMALL, text=words) if one.kind is Kind.DOCKERFILE else one for one in repository.files
    ]
    assert sum(one.text == words for one in changed) >= 5
    other = Repository(tuple(changed))
    assert Taker(ROOT, other, None).of(NAMES) == Taker(ROOT, repository, None).of(NAMES)
    again = Taker(ROOT, other, _kept(repository))
    again.of(NAMES)
    assert again.new == {}


@pytest.mark.parametrize("kind", [None, Kind.DOCKERFILE])
def test_what_is_no_longer_too_large_is_taken(kind: Kind | None) -> None:
    large = File("roles/a/files/x", ansible.LARGE + 1, kind, "" if kind else None)
    role = File("roles/a/tasks/main.yml", 9, Kind.YAML, "- ping:\n")
    store = _kept(Repository((large, role)))
    now = Repository((replace(large, size=9), role))
    names = ("ansible-lint", "checkov")
    assert Taker(ROOT, now, store).of(names) == Taker(ROOT, now, None).of(names)
    assert Taker(ROOT, now, None).of(names) != Taker(ROOT, Repository((large, role)), None).of(names)
    assert min(ansible.LARGE, checkov_units.LARGE) > taken.SMALL


def test_another_checkout_is_another_matter(repository: Repository, tmp_path: Path) -> None:
    store = _kept(repository)
    other = Taker(tmp_path, Repository(()), store)
    assert not any(one.units for one in other.of(NAMES).values())
    store.put(other.new)
    again = Taker(ROOT, repository, store)
    again.of(NAMES)
    assert again.new == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sight": 1}', '{"units": [["a"]], "config": []}', '{"units": 3}'])
def test_what_is_none_of_ours_is_no_answer(text: str, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results.Results, "get", lambda _self, keys: dict.fromkeys(keys, text))
    monkeypatch.setattr(Taker, "_sight", None)
    taker = Taker(ROOT, repository, results.Results())
    assert taker.of(["hadolint"])["hadolint"].units == registry.LINTERS["hadolint"].units(repository)


def test_names_that_are_no_text_come_back_as_they_were() -> None:
    odd = Repository((File("a\udcffb\n.sh", 1, Kind.SHELL, "x"),))
    assert Taker(ROOT, odd, _kept(odd)).of(["kingfisher", "shellcheck"]) == Taker(ROOT, odd, None).of(
        ["kingfisher", "shellcheck"]
    )
