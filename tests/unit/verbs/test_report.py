"""`checks report`: the page of any folder, and none of it run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks import __main__
from checks.host import proc
from tests.unit.report.page import samples
from tests.unit.report.page.reading import Page

Report = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Report]:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        return __main__.main(["report", *words]), *capfd.readouterr()

    yield run
    proc.die_with_parent(0)


def test_it_is_of_the_folder_below_the_root(report: Report, tmp_path: Path) -> None:
    samples.everything(tmp_path / "reports")
    before = {path: path.read_bytes() for path in (tmp_path / "reports").rglob("*") if path.is_file()}
    code, out, err = report()
    assert (code, out) == (0, "")
    assert str(tmp_path / "reports/index.html") in err
    assert "Failed: lint, bench, publish." in Page((tmp_path / "reports/index.html").read_text()).part("summary")
    assert {path: path.read_bytes() for path in before} == before


def test_it_is_of_a_folder_that_was_fetched_from_elsewhere(report: Report, tmp_path: Path) -> None:
    samples.everything(tmp_path / "artefact")
    assert report("--reports", "artefact")[0] == 0
    assert Page((tmp_path / "artefact/index.html").read_text()).all("h1")[0].text == "Checks of artefact"
    assert not (tmp_path / "reports").exists()


def test_it_is_said_instead_of_written(report: Report, tmp_path: Path) -> None:
    samples.everything(tmp_path / "reports")
    code, out, _ = report("--format", "html")
    assert code == 0
    assert Page(out).part("summary")
    assert not (tmp_path / "reports/index.html").exists()
    assert report("--format", "html", "--output", "page.html")[:2] == (0, "")
    assert Page((tmp_path / "page.html").read_text()).part("summary")


def test_where_nothing_ran_it_says_so(report: Report, tmp_path: Path) -> None:
    assert report()[0] == 0
    assert "Not run: lint, build, verify, bench, publish." in (tmp_path / "reports/index.html").read_text()


@pytest.mark.parametrize("words", [("--reports", "nowhere"), ("--output", "x")])
def test_what_cannot_be_is_wrong_usage(report: Report, tmp_path: Path, words: tuple[str, str]) -> None:
    assert report(*words)[0] == 2
    assert list(tmp_path.iterdir()) == []
