"""`checks lint` on compose files, CI files and Packer templates: the tools as they are called, their answers together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from checks.__main__ import main
from checks.errors import MissingToolError
from checks.host import cache
from checks.host.lint import results
from checks.host.tools import toolenv

DATA = Path(__file__).parents[2] / "data"
ONLY = ("--only", "check-jsonschema,compose-config,compose-lint,yamllint")
CONFIG = "extends: default\nrules: {document-start: disable}\n"


@pytest.fixture(autouse=True)
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "folder", lambda: tmp_path / "results")
    monkeypatch.setattr(results, "versions_folder", lambda: tmp_path / "versions")


@pytest.fixture
def made() -> None:
    """Let a test have the tools that are not in the package's environment, where they have been fetched before."""
    if not all(any(cache.root().glob(f"tools/{name}-*/.complete")) for name in ("compose", "packer")):
        pytest.skip("expected: compose or packer is not in the tool cache, and unit tests fetch nothing")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / ".yamllint").write_text(CONFIG)
    return folder


def lint(root: Path, *argv: str) -> int:
    return main(["lint", "--root", str(root), *argv])


def report(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / "reports/lint.json").read_text()))


def found(root: Path) -> list[dict[str, Any]]:
    return [one for one in report(root)["findings"] if one["tool"] != "compose-lint"]


@pytest.mark.usefixtures("made")
def test_what_several_tools_say_of_a_compose_file_is_said_once(root: Path) -> None:
    (root / "compose.yaml").write_text("services:\n  a:\n    image: x:1\n    foo: 1\n")
    (root / "b").mkdir()
    (root / "b/compose.yaml").write_text("services:\n  a:\n    image: x:1\n   foo: 1\n")
    (root / "c").mkdir()
    (root / "c/compose.yaml").write_text("services:\n  a:\n    image: x:1\n    image: y:1\n")
    assert lint(root, *ONLY) == 1
    schema, duplicate = (
        [one for one in found(root) if one["path"] == path] for path in ("compose.yaml", "c/compose.yaml")
    )
    assert [(one["rule"], one["line"], one["also"]) for one in schema] == [
        ("compose-spec", 4, ["compose-config:schema"])
    ]
    syntax = [one for one in report(root)["findings"] if one["path"] == "b/compose.yaml"]
    assert [(one["line"], len(one["also"])) for one in syntax] == [(4, 3)]
    assert [(one["line"], len(one["also"])) for one in duplicate if "key" in one["rule"]] == [(4, 2)]


@pytest.mark.usefixtures("made")
def test_an_answer_of_two_runs_is_kept_as_one(root: Path) -> None:
    text = "services:\n  a:\n    image: x:1\n    depends_on: [b]\n  b:\n    image: y:1\n    profiles: [d]\n    networks: [n]\n"
    (root / "compose.yaml").write_text(text)
    assert lint(root, "--only", "compose-config") == 1
    first = report(root)
    assert [one["line"] for one in first["findings"]] == [4, 8]
    assert lint(root, "--only", "compose-config") == 1
    again = report(root)
    assert again["findings"] == first["findings"]
    assert (again["tools"][0]["cached"], again["tools"][0]["seconds"]) == (1, 0)


@pytest.mark.usefixtures("made")
def test_what_a_file_leads_to_decides_whether_it_is_known(root: Path) -> None:
    (root / "compose.yaml").write_text("services:\n  a:\n    extends: {file: base.yml, service: b}\n")
    (root / "base.yml").write_text("services:\n  b: {image: x:1}\n")
    (root / "other").mkdir()
    (root / "other/compose.yaml").write_text("services:\n  a: {image: x:1}\n")
    assert lint(root, "--only", "compose-config") == 0
    assert lint(root, "--only", "compose-config") == 0
    assert report(root)["tools"][0]["cached"] == 3
    (root / "base.yml").write_text("services:\n  c: {image: x:1}\n")
    assert lint(root, "--only", "compose-config") == 1
    assert report(root)["tools"][0]["cached"] == 1
    assert {one["path"] for one in report(root)["findings"]} == {"compose.yaml"}


@pytest.mark.usefixtures("made")
def test_a_file_that_several_projects_share_is_counted_once(root: Path) -> None:
    (root / ".yamllint").unlink()
    names = ("compose.yaml", "compose.override.yaml", "docker-compose.yml", "docker-compose.prod.yml")
    for name in names:
        (root / name).write_text("---\nservices:\n  a:\n    image: x:1\n")
    files = {}
    for text in ("", "", "# more\n"):
        (root / names[0]).write_text(f"---\nservices:\n  a:\n    image: x:1\n{text}")
        lint(root, "--only", "compose-lint,compose-config,yamllint,check-jsonschema")
        files = {tool["name"]: (tool["files"], tool["cached"]) for tool in report(root)["tools"]}
        assert {count for count, _ in files.values()} == {4}, files
        assert all(cached <= 4 for _, cached in files.values()), files
    assert files["yamllint"] == (4, 3)


MINE = ("--only", "check-jsonschema,compose-config,compose-lint,packer")


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("name", ["-v", "sp ace", "new\nline", "quo\"te'", "ünï", "$(x)", "a:1:2: [b]", "--"])
def test_any_name_is_linted(root: Path, name: str) -> None:
    (root / name).mkdir()
    (root / name / "compose.yaml").write_text("services:\n  a:\n    image: x:1\n    restart: [1]\n")
    (root / name / f"{name}-compose.yml").write_text("services:\n  a: {image: x:1, networks: [n]}\n")
    (root / name / "app.json").write_text('{"builders": [{"type": "file", "target": "t", "content": "x", "z": 1}]}\n')
    (root / name / "x.pkr.hcl").write_text('source "file" "x" {\n  target = 1 +\n}\n')
    assert lint(root, *MINE) == 1
    assert {tool["state"] for tool in report(root)["tools"]} == {"ok"}
    said = {(one["tool"], one["path"]) for one in report(root)["findings"]}
    assert {
        ("check-jsonschema", f"{name}/compose.yaml"),
        ("compose-lint", f"{name}/compose.yaml"),
        ("compose-lint", f"{name}/{name}-compose.yml"),
        ("compose-config", f"{name}/{name}-compose.yml"),
        ("packer", f"{name}/app.json"),
        ("packer", f"{name}/x.pkr.hcl"),
    } <= said


@pytest.mark.usefixtures("made")
def test_bad_input_is_never_a_pass(root: Path) -> None:
    bad = {
        "latin/compose.yaml": b"# caf\xe9\nservices: {}\n",
        "binary/docker-compose.yml": b"\0\1\2",
        "empty/compose.yaml": b"",
        "cut/compose.yaml": b"services:\n  a: {image: 'x",
        "big/compose.yaml": b"# x\n" * 2_000_000,
        "deep/compose.yaml": b"[" * 30_000,
        "deep/app.json": b'{"builders": [' * 20_000,
        "cut/app.json": b'{"builders": [{"type": "fi',
        "latin/a.pkr.hcl": b"# caf\xe9\n",
        "empty/.travis.yml": b"",
        "deep/.gitlab-ci.yml": b"a: " * 5_000,
    }
    for name, data in bad.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    (root / "loop").mkdir()
    (root / "loop/compose.yaml").symlink_to("compose.yaml")
    assert lint(root, *MINE) == 1
    blamed = {one["path"] for one in report(root)["findings"]}
    assert {*bad, "loop/compose.yaml"} <= blamed
    assert {tool["state"] for tool in report(root)["tools"]} == {"ok"}


def test_a_pipeline_that_ci_would_refuse_fails(root: Path) -> None:
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/ci.yml").write_text("on: push\njobs:\n  a:\n    runs-on: x\n    step: []\n")
    (root / ".travis.yml").write_text("os: linuxx\n")
    assert lint(root, "--only", "check-jsonschema") == 1
    assert {(one["path"], one["line"]) for one in found(root)} == {(".github/workflows/ci.yml", 5), (".travis.yml", 1)}
    (root / ".travis.yml").write_text("os: linux # checks: waive travis -- not needed\n")
    assert lint(root, "--only", "check-jsonschema", ".travis.yml") == 0


@pytest.mark.usefixtures("made")
def test_templates_are_validated_and_nothing_of_them_is_started(root: Path) -> None:
    shutil.copytree(DATA / "packer", root / "packer")
    assert lint(root, "--only", "packer") == 0
    template = root / "packer/json/packer/docker-host.json"
    template.write_text(template.read_text().replace("wait-for-apt.sh", "nothing.sh"))
    assert lint(root, "--only", "packer") == 1
    (only,) = report(root)["findings"]
    assert (only["path"], only["line"]) == ("packer/json/packer/docker-host.json", 25)
    assert report(root)["tools"][0]["cached"] >= 2


@pytest.mark.usefixtures("made")
def test_a_packer_that_is_too_old_is_an_error_and_no_finding(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DATA / "packer/hcl/build.pkr.hcl").read_text()
    (root / "a.pkr.hcl").write_text(f'packer {{\n  required_version = ">= 99.0"\n}}\n\n{text}')
    assert lint(root, "--only", "packer") == 1
    assert report(root)["tools"][0]["state"] == "unreadable"
    assert "is too old for a.pkr.hcl, put a newer one on PATH" in capsys.readouterr().out


def test_a_packer_that_cannot_be_had_is_missing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MissingToolError("packer is not on PATH, and apt cannot download it", "install packer")

    monkeypatch.setattr(toolenv, "unpacked", refuse)
    monkeypatch.setenv("PATH", str(root))
    (root / "app.json").write_text('{"builders": []}\n')
    assert lint(root, "--only", "packer") == 4
    assert {tool["name"]: tool["state"] for tool in report(root)["tools"]} == {"packer": "missing"}
