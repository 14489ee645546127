"""What pytest wrote, read back: a real run of it, and what is no JUnit file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.report import cases

TESTS = """
import pytest

def test_good(): assert True
def test_bad(): assert 1 == 2, "they differ"
@pytest.mark.skip(reason="expected: not here")
def test_not_here(): pass
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_error(broken): pass
"""


def test_a_real_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=out.xml", "test_it.py"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
    found = cases.read((tmp_path / "out.xml").read_text())
    assert found["tests"] == {"passed": 1, "failed": 2, "skipped": 1}
    bad, error = found["failures"]
    assert bad["test"] == "test_it::test_bad"
    assert "they differ" in bad["message"]
    assert "def test_bad(): assert 1 == 2" in bad["text"]
    assert "no fixture" in error["text"]


@given(st.text())
def test_what_is_no_junit_file(text: str) -> None:
    assert cases.read(text) == {}


@given(st.text(alphabet="<>/ab=\"' testuicae"))
def test_odd_xml(text: str) -> None:
    found = cases.read(f"<testsuites>{text}</testsuites>")
    assert found == {} or found["tests"]["failed"] == len(found["failures"])
