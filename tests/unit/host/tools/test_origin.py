from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from checks.host.tools import origin


class Installed:
    version = "1.2"

    def __init__(self, noted: object) -> None:
        self.noted = noted

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self.noted if isinstance(self.noted, str | None) else json.dumps(self.noted)


def requirement(monkeypatch: pytest.MonkeyPatch, noted: object) -> str:
    monkeypatch.setattr(origin, "distribution", lambda _name: Installed(noted))
    monkeypatch.setattr(origin, "_checkout", lambda: "")
    return origin.requirement()


def test_a_folder_is_named_where_it_still_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a b"
    noted = {"url": place.as_uri(), "dir_info": {}}
    assert requirement(monkeypatch, noted) == "stackchecks==1.2"
    place.mkdir()
    assert requirement(monkeypatch, noted) == str(place)
    assert origin.is_local(str(place))


@pytest.mark.parametrize("noted", [None, "", "[]", "no json", {}])
def test_what_came_from_an_index_is_named_by_version(monkeypatch: pytest.MonkeyPatch, noted: object) -> None:
    assert requirement(monkeypatch, noted) == "stackchecks==1.2"
    assert not origin.is_local("stackchecks==1.2")


def test_what_came_from_git_is_named_by_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = {"url": "https://example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    assert requirement(monkeypatch, noted) == "stackchecks @ git+https://example.org/x.git@abc"


def test_a_checkout_that_was_never_installed_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> object:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(origin, "distribution", gone)
    assert Path(origin.requirement()) == Path(__file__).parents[4]
