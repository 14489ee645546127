"""`nox -s terraform -- test`: the modules' tests pass without a cloud or a provider, and one that does not hold fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from checks.host import proc
from checks.model import Done
from deploy import terraform

ROOT = Path(__file__).parents[2]


def _tests(root: Path) -> Done:
    argv = [sys.executable, "-m", "deploy.terraform", "test", "--root", str(root)]
    return proc.run(argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=500)


def test_every_module_with_tests_passes_them() -> None:
    done = _tests(ROOT)
    assert done.code == 0, done.out + done.err
    for module in ("modules/instance", "remote"):
        assert f"terraform test in {module}" in done.err
    assert "Success! 8 passed, 0 failed." in done.out
    assert not list((ROOT / terraform.FOLDER).rglob(".terraform"))


def test_a_test_that_does_not_hold_fails(tmp_path: Path) -> None:
    shutil.copytree(ROOT / terraform.FOLDER, tmp_path / terraform.FOLDER)
    main = tmp_path / terraform.FOLDER / "modules/instance/main.tf"
    main.write_text(main.read_text().replace("can_ip_forward            = false", "can_ip_forward            = true"))
    done = _tests(tmp_path)
    assert done.code == 1
    assert "tests of instance failed" in done.err
