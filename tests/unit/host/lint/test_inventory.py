from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.errors import UsageError
from checks.host.lint.inventory import chosen, inventory
from checks.repository import TOO_LARGE, File, Kind, Trouble


def one(root: Path, path: str) -> File:
    (file,) = inventory(root, [path])
    return file


def test_a_file_is_known_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("#!/bin/sh\necho\n")
    assert one(tmp_path, "run") == File("run", 15, Kind.SHELL, "#!/bin/sh\necho\n")


def test_only_what_somebody_takes_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("#!/bin/sh\n")
    (tmp_path / "b").write_text("text\n")
    assert [file.text for file in inventory(tmp_path, ["a.md", "b"])] == [None, None]


def test_folders_pipes_and_what_is_gone_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "sub.yml").mkdir()
    os.mkfifo(tmp_path / "pipe.yml")
    assert inventory(tmp_path, ["sub.yml", "pipe.yml", "gone.yml"]) == ()


def test_links_are_followed_inside_and_not_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.yml").write_text("a: 1\n")
    (root / "real.yml").write_text("a: 1\n")
    for name, target in {
        "in.yml": "real.yml",
        "out.yml": "../secret.yml",
        "gone.yml": "no",
        "loop.yml": "loop.yml",
    }.items():
        (root / name).symlink_to(target)
    found = {file.path: file for file in inventory(root, ["in.yml", "out.yml", "gone.yml", "loop.yml"])}
    assert found["in.yml"].target == "real.yml"
    assert (found["out.yml"].trouble, found["out.yml"].text) == (Trouble.OUTSIDE, None)
    assert (found["gone.yml"].trouble, found["gone.yml"].detail) == (Trouble.UNREADABLE, "the link leads nowhere")
    assert (found["loop.yml"].trouble, found["loop.yml"].detail) == (
        Trouble.UNREADABLE,
        "the link leads back to itself",
    )


def test_what_cannot_be_linted_says_why(tmp_path: Path) -> None:
    with (tmp_path / "big.yml").open("wb") as file:
        file.truncate(TOO_LARGE * 2)
    bad = os.fsdecode(b"caf\xe9.yml")
    (tmp_path / bad).write_text("a: 1\n")
    (tmp_path / "latin.sh").write_bytes(b"#!/bin/sh\n# caf\xe9\n")
    found = {file.path: file.trouble for file in inventory(tmp_path, ["big.yml", "latin.sh", bad])}
    assert found == {"big.yml": Trouble.TOO_LARGE, "latin.sh": Trouble.NOT_UTF8, bad: Trouble.BAD_NAME}


@pytest.mark.skipif(os.geteuid() == 0, reason="expected: root may read everything")
def test_no_permission_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.yml").touch(mode=0)
    assert one(tmp_path, "a.yml").trouble is Trouble.UNREADABLE


def test_paths_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("src/a.yml", "src2/b.yml", "c.yml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    listed = ("src/a.yml", "src2/b.yml", "c.yml")
    assert chosen(tmp_path, listed, []) == listed
    assert chosen(tmp_path, listed, ["src"]) == ("src/a.yml",)
    monkeypatch.chdir(tmp_path / "src")
    assert chosen(tmp_path, listed, ["a.yml", "../c.yml"]) == ("src/a.yml", "c.yml")
    assert chosen(tmp_path, listed, [str(tmp_path)]) == listed
    assert chosen(tmp_path, (), ["a.yml"]) == ("src/a.yml",)  # ignored, and named


def test_a_path_in_a_linked_folder_is_where_it_really_is(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for folder in (root / "d", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
        (folder / "a.sh").touch()
    (root / "l").symlink_to("d")
    (root / "out").symlink_to("../elsewhere")
    listed = ("d/a.sh", "l", "out")
    assert chosen(root, listed, [str(root / "l/a.sh")]) == ("d/a.sh",)
    assert chosen(root, listed, ["l/a.sh", "d/a.sh"]) == ("d/a.sh",)
    assert chosen(root, listed, ["l"]) == ("d/a.sh",)
    assert chosen(root, listed, ["out"]) == ("out",)
    with pytest.raises(UsageError, match="is not in"):
        chosen(root, listed, [str(root / "out/a.sh")])
    (tmp_path / "name").symlink_to(root)
    assert chosen(tmp_path / "name", listed, [str(tmp_path / "name/l/a.sh")]) == ("d/a.sh",)
    assert chosen(root, listed, [str(tmp_path / "name/d")]) == ("d/a.sh",)


def test_a_path_that_is_not_there_or_not_in_the_root_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        chosen(tmp_path, (), ["nope"])
    with pytest.raises(UsageError, match="is not in"):
        chosen(tmp_path, (), ["/"])
