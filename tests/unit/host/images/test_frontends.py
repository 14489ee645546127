"""Dockerfiles whose readers cannot be had: they are handed to the builder without that line, and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.compose import Build
from checks.errors import FailedError
from checks.host.images.frontends import Frontends, hint, without

MISSING = Frontends(missing={"x:1": FailedError("x:1 cannot be had", "")})
TEXT = "# syntax=x:1\nFROM a\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "we$ird.Dockerfile").write_text(TEXT)
    return Build(str(tmp_path), str(tmp_path / "we$ird.Dockerfile"))


def test_a_copy_without_the_line_is_read_with_the_same_ignored_files(build: Build, tmp_path: Path) -> None:
    (tmp_path / "we$ird.Dockerfile.dockerignore").write_text("secret\n")
    work = tmp_path / "wo$rk"
    work.mkdir()
    said = without(MISSING, build, "web", work)
    assert said == {"dockerfile": f"{tmp_path}/wo$$rk/web.Dockerfile"}
    assert (work / "web.Dockerfile").read_text() == "# read by the builder itself\nFROM a\n"
    assert (work / "web.Dockerfile.dockerignore").read_text() == "secret\n"
    assert Path(build.dockerfile).read_text() == TEXT


def test_a_text_in_the_compose_file_is_replaced_there(tmp_path: Path) -> None:
    inline = Build(str(tmp_path), "Dockerfile", inline="# syntax=x:1\nFROM a\nENV A=$B\n")
    said = without(MISSING, inline, "web", tmp_path)
    assert said == {"dockerfile_inline": "# read by the builder itself\nFROM a\nENV A=$$B\n"}


@pytest.mark.parametrize("missing", [Frontends(), Frontends(missing={"other:1": FailedError("", "")})])
def test_where_it_is_there_nothing_is_changed_or_said(build: Build, tmp_path: Path, missing: Frontends) -> None:
    assert without(missing, build, "web", tmp_path) == {}
    assert hint(missing, build) == []


def test_who_has_read_it_instead_is_said(build: Build) -> None:
    assert "x:1 was not to be had" in hint(MISSING, build)[0]
