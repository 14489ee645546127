"""Whether a host is as it was."""

from __future__ import annotations

from pathlib import Path

from deploy import state


def _lines(root: Path) -> frozenset[str]:
    return frozenset(state._tree(root, root / "etc"))


def test_any_change_of_a_file_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "etc/sub"
    folder.mkdir(parents=True)
    file, link = folder / "file", folder / "link"
    file.write_text("one")
    link.symlink_to("nowhere")
    before = _lines(tmp_path)
    assert state.differences(before, _lines(tmp_path)) == []
    file.write_text("two")
    assert [line[:20] for line in state.differences(before, _lines(tmp_path))] == [
        "+ file etc/sub/file ",
        "- file etc/sub/file ",
    ]
    file.write_text("one")
    file.chmod(0o600)
    assert len(state.differences(before, _lines(tmp_path))) == 2
    file.unlink()
    assert len(state.differences(before, _lines(tmp_path))) == 1


def test_one_file_can_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("x")
    assert len(list(state._tree(tmp_path, tmp_path / "status"))) == 1
    assert list(state._tree(tmp_path, tmp_path / "none")) == []
