"""Files of ours: whole or not at all, and errors that name them."""

from __future__ import annotations

import concurrent.futures
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import ConfigError
from checks.host import files


def test_what_is_written_is_there_with_its_mode_and_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "report.json"
    files.write_atomic(place, "one")
    files.write_atomic(place, "zwei ü", mode=0o600)
    assert place.read_text(encoding="utf-8") == "zwei ü"
    assert place.stat().st_mode & 0o777 == 0o600
    assert list(place.parent.iterdir()) == [place]


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    files.write_atomic(place, "old")
    with pytest.raises(UnicodeEncodeError):
        files.write_atomic(place, "new \ud800")
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    place = tmp_path / "report"
    texts = ("a" * 100_000, "b" * 100_000)
    files.write_atomic(place, texts[0])
    over = threading.Event()

    def write() -> None:
        for number in range(30):
            files.write_atomic(place, texts[number % 2])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        assert place.read_text() in texts
    writer.join()


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_the_first_line_is_read_without_blanks(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "VERSION")
        place.write_text(text, encoding="utf-8", newline="")
        try:
            line = files.read_first_line(place)
        except ConfigError:
            assert text.strip() == ""
        else:
            assert line == line.strip() != ""
            assert "\n" not in line


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), (b"", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_version_that_is_none_is_said(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "VERSION").write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        files.read_first_line(tmp_path / "VERSION")


def test_checks_toml_stands_before_pyproject_and_defaults_after_both(tmp_path: Path) -> None:
    assert files.load_config(tmp_path).source == "defaults"
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert files.load_config(tmp_path).source == "defaults"
    (tmp_path / "pyproject.toml").write_text("[tool.checks]\ncompose = 'a'\n")
    assert files.load_config(tmp_path).compose == ("a",)
    (tmp_path / "checks.toml").write_text("compose = 'b'\n")
    assert files.load_config(tmp_path).compose == ("b",)


def test_a_configuration_of_another_encoding_is_said(tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_bytes(b"# \xff\n")
    with pytest.raises(ConfigError, match=r"checks\.toml cannot be read"):
        files.load_config(tmp_path)


def test_a_new_folder_for_reports_is_ignored_by_git_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "reports/junit/a.xml", "x")
    assert (tmp_path / "reports/.gitignore").read_text() == "*\n"
    (tmp_path / "reports/.gitignore").unlink()
    files.write_atomic(tmp_path / "reports/b.json", "x")
    assert not (tmp_path / "reports/.gitignore").exists()


def test_a_named_pipe_or_device_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        got = pool.submit(pipe.read_text)
        files.write_named(pipe, "through\n")
        assert got.result(10) == "through\n"
    assert pipe.is_fifo()


@pytest.mark.skipif(os.geteuid() != 0, reason="expected: only root makes devices")
def test_a_device_that_is_full_says_so_and_stays(tmp_path: Path) -> None:
    device = tmp_path / "full"
    os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
    with pytest.raises(OSError, match="No space left"):
        files.write_named(device, "x" * 100)
    assert device.is_char_device()


def test_a_link_is_followed_where_a_person_names_it_and_nowhere_else(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    files.write_named(link, "new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    files.write_atomic(link, "report")
    assert (link.is_symlink(), target.read_text()) == (False, "new")


@pytest.mark.parametrize("name", ["gone", "a\0b", "\ud800"])
def test_a_version_file_with_no_such_place_is_a_wrong_configuration(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        files.read_first_line(tmp_path / name)
