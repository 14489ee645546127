"""A command that is killed at any moment leaves reports that are whole, or none."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from junitparser import JUnitXml

KILLS = 8


def test_reports_are_whole_or_not_there(tmp_path: Path) -> None:
    dice = random.Random(11)  # noqa: S311  a seed, to be repeated
    for number in range(30):
        (tmp_path / f"values-{number}.yml").write_text("a: 1\n" * 200)
    argv = [sys.executable, "-P", "-m", "checks", "lint", "--only", "yamllint", "--no-cache", "--root", str(tmp_path)]
    began = time.monotonic()
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 1
    usual = time.monotonic() - began
    for _ in range(KILLS):
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(dice.uniform(0.5, 1.0) * usual)
            process.send_signal(signal.SIGKILL)
        for name in ("lint.json", "checks.sarif"):
            place = tmp_path / "reports" / name
            assert not place.exists() or json.loads(place.read_text())
        junit = tmp_path / "reports/junit/lint.xml"
        assert not junit.exists() or JUnitXml.fromfile(str(junit)).failures
