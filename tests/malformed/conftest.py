"""The command line in this process, where no engine is, and in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from checks import __main__
from checks.host import proc
from checks.host.lint import results

Main = Callable[[Sequence[str]], tuple[int, str]]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in; no engine is there, none may be started, and nothing of this machine is touched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    monkeypatch.setenv("CHECKS_STATE", "/nonexistent/state")
    monkeypatch.setattr(results, "folder", lambda: tmp_path / "results")
    return tmp_path


@pytest.fixture
def main(alone: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Main]:
    """Run the command in this process and return its exit code and all that it said."""
    assert alone.is_dir()

    def run(words: Sequence[str]) -> tuple[int, str]:
        try:
            code = __main__.main(list(words))
        except SystemExit as ended:  # argparse's way
            code = int(ended.code or 0)
        return code, "".join(capfd.readouterr())

    yield run
    proc.die_with_parent(0)  # the tests need not end with their parent
