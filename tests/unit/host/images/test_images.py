"""The hash of what is in an image: what should change it does, what should not does not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.compose import Build, Service
from checks.errors import FailedError
from checks.host.images import images


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "sub").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:12\nARG REVISION\nCOPY . /app\n")
    (folder / "sub" / "file").write_text("one")
    (folder / "link").symlink_to("sub/file")
    (folder / "folder-link").symlink_to("sub")
    (folder / ".dockerignore").write_text("# ignored\n*.log\nout\n!out/kept\n")
    return folder


def build_of(context: Path, **changes: object) -> Build:
    return replace(Build(str(context), f"{context}/Dockerfile", {"A": "1"}), **changes)  # type: ignore[arg-type]


def hash_of(context: Path, *bases: str, **changes: object) -> str:
    return images.tree_hash(build_of(context, **changes), bases)


def _relink(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text(text)


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda at: (at / "sub/file").write_text("two"),
    "mode": lambda at: (at / "sub/file").chmod(0o755),
    "folder's mode": lambda at: (at / "sub").chmod(0o700),
    "name": lambda at: (at / "sub/file").rename(at / "sub/other"),
    "new file": lambda at: (at / "new").touch(),
    "empty folder": lambda at: (at / "empty").mkdir(),
    "no file": lambda at: (at / "sub/file").unlink(),
    "link": lambda at: _relink(at / "link", "sub"),
    "link to a folder": lambda at: _relink(at / "folder-link", "."),
    "dangling link": lambda at: _relink(at / "link", "nowhere"),
    "Dockerfile": lambda at: (at / "Dockerfile").write_text("FROM debian:12\n"),
    "not ignored any more": lambda at: _write(at, {"a.log": "", ".dockerignore": ""}),
    "kept in what is ignored": lambda at: _write(at, {"out/kept": ""}),
    "name of bytes": lambda at: Path(os.fsdecode(os.fsencode(at) + b"/\xff")).touch(),
    "link to bytes": lambda at: _relink(at / "link", os.fsdecode(b"\xff")),
    "fifo": lambda at: os.mkfifo(at / "fifo"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_in_the_context_decides(context: Path, change: Callable[[Path], object]) -> None:
    before = hash_of(context)
    change(context)
    assert hash_of(context) != before


def test_what_is_said_about_the_build_decides(context: Path) -> None:
    others = [
        hash_of(context),
        hash_of(context, "sha256:1"),
        hash_of(context, "sha256:2"),
        hash_of(context, "sha256:1", "sha256:2"),
        hash_of(context, "sha256:2", "sha256:1"),
        hash_of(context, arguments={"A": "2"}),
        hash_of(context, arguments={"B": "1"}),
        hash_of(context, arguments={}),
        hash_of(context, target="t"),
        hash_of(context, inline="FROM debian:12\n"),
        hash_of(context, contexts={"x": "docker-image://a"}),
        hash_of(context, contexts={"x": "docker-image://b"}),
        hash_of(context, others={"labels": {"a": "b"}}),
        hash_of(context, others={"network": "none"}),
    ]
    assert len(set(others)) == len(others)


LEAVES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _at: None,
    "time": lambda at: os.utime(at / "sub/file", (1, 1)),
    "folder's time": lambda at: os.utime(at / "sub", (1, 1)),
    "ignored": lambda at: (at / "a.log").write_text("x"),
    "ignored folder": lambda at: _write(at, {"out/x": ""}),
    "comment in .dockerignore": lambda at: (at / ".dockerignore").write_text("# other\n*.log\nout\n!out/kept\n"),
    "BOM in .dockerignore": lambda at: (at / ".dockerignore").write_text("\ufeff*.log\nout\n"),
    "letters in .dockerignore": lambda at: (at / ".dockerignore").write_bytes(b"*.log\nout\n\xff\n"),
    "same content": lambda at: _write(at, {"sub/file": "one"}),
}


@pytest.mark.parametrize("change", LEAVES.values(), ids=LEAVES)
def test_what_changes_no_image_changes_no_hash(context: Path, change: Callable[[Path], object]) -> None:
    before = hash_of(context)
    change(context)
    assert hash_of(context) == before


def test_neither_revision_nor_order_nor_place_decides(context: Path, tmp_path: Path) -> None:
    arguments = {"A": "1", "B": "2"}
    before = hash_of(context, arguments=arguments)
    assert hash_of(context, arguments={"B": "2", "REVISION": "abc", "A": "1"}) == before
    assert hash_of(context.rename(tmp_path / "moved"), arguments=arguments) == before


def test_reports_of_ours_in_the_context_decide_nothing(context: Path) -> None:
    reports = context / "reports"
    build = build_of(context)
    before = images.tree_hash(build, (), reports)
    (reports / "junit").mkdir(parents=True)
    (reports / "build.json").write_text("{}")
    assert images.tree_hash(build, (), reports) == before
    assert images.tree_hash(build, ()) != before


def test_another_context_is_looked_into(context: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    contexts = {"x": str(other)}
    before = hash_of(context, contexts=contexts)
    moved = {"x": str(other.rename(tmp_path / "elsewhere"))}
    assert hash_of(context, contexts=moved) == before
    (tmp_path / "elsewhere" / "new").touch()
    assert hash_of(context, contexts=moved) != before


def test_a_dockerfile_has_an_ignore_file_of_its_own(context: Path) -> None:
    (context / "a.log").touch()
    before = hash_of(context)
    (context / "Dockerfile.dockerignore").write_text("sub\n")
    only_own = hash_of(context)
    (context / "sub/file").write_text("two")
    assert hash_of(context) == only_own != before
    (context / "a.log").write_text("x")
    assert hash_of(context) != only_own


def test_a_dockerfile_of_any_encoding_is_read(context: Path) -> None:
    (context / "Dockerfile").write_bytes(b"FROM debian:12\n# caf\xe9\n")
    first = hash_of(context)
    assert images.bases_of(Service("a", "a", build_of(context))) == ("debian:12",)
    (context / "Dockerfile").write_bytes(b"FROM debian:12\n# caf\xe8\n")
    assert hash_of(context) != first


def test_a_dockerfile_that_is_not_there_is_named(context: Path) -> None:
    with pytest.raises(FailedError, match=r"nosuch cannot be read: No such file"):
        hash_of(context, dockerfile=f"{context}/nosuch")


def test_a_context_elsewhere_is_named() -> None:
    with pytest.raises(FailedError, match="is no folder of this machine"):
        images.text_of(Build("https://example.com/x.git", "https://example.com/x.git/Dockerfile"))


def test_bases_are_those_of_the_target_and_of_contexts(context: Path) -> None:
    text = "FROM debian-$TARGETARCH AS a\nFROM $B\nCOPY --from=files /a /b\n"
    contexts = {"files": "/srv/files", "extra": "docker-image://busybox:1"}
    build = build_of(
        context, inline=text, arguments={"TARGETARCH": "arm64", "B": "mine"}, contexts=contexts, target="a"
    )
    assert images.bases_of(Service("a", "a", build)) == ("debian-arm64", "busybox:1")
    assert images.bases_of(Service("a", "a")) == ()


def test_a_context_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="gone cannot be read"):
        images.tree_hash(Build(f"{tmp_path}/gone", f"{tmp_path}/gone/Dockerfile", inline="FROM scratch"), ())


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text()), st.text(max_size=3))
def test_any_argument_and_target_can_be_hashed(arguments: dict[str, str], target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build = Build(folder, f"{folder}/Dockerfile", arguments, target, "FROM scratch")
        again = replace(build, arguments=dict(reversed(arguments.items())))
        assert images.tree_hash(build, ()) == images.tree_hash(again, ())
