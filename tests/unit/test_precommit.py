"""The hooks that .pre-commit-hooks.yaml offers, as pre-commit calls them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml

from checks.__main__ import main

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_fails_on_a_bad_file_and_passes_on_a_good_one(
    hook: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(str(hook["entry"]))
    assert program == "checks"
    names = ["run.sh", "read me.txt"] if hook.get("pass_filenames", True) else []
    (tmp_path / "read me.txt").write_text("text\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\ncd x\n")
    assert main([*words, *names]) == 1
    (tmp_path / "run.sh").write_text("#!/bin/sh\ncd x || exit\n")
    assert main([*words, *names]) == 0
