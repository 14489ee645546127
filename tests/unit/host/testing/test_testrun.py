"""pytest against a stack: its report is whole and true however pytest ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from junitparser import JUnitXml

from checks.errors import NoEngineError
from checks.host import run as runs
from checks.host.docker import watch
from checks.host.docker.engine import Engine
from checks.host.testing import testrun

Verify = Callable[..., "tuple[testrun.Ran, dict[str, str], str]"]


@pytest.fixture
def verify(tmp_path: Path) -> Iterator[Verify]:
    """Run these tests; return how that ended, the cases of the report with their outcome, and the report's text."""
    (tmp_path / "tests").mkdir()
    heard: list[str] = []

    def run(text: str, seconds: float = 60.0, secret: str = "") -> tuple[testrun.Ran, dict[str, str], str]:
        (tmp_path / "tests/test_it.py").write_text(text)
        stack = {"resolved": {"services": {"web": {"environment": {"DB_PASSWORD": secret}}}}}
        wanted = testrun.Wanted(("tests", "-p", "no:cacheprovider"), tmp_path, seconds, stack, heard.append)
        with runs.begin(tmp_path, {}) as begun:
            ran = testrun.run(wanted, Engine("system", "unix:///nonexistent", "28"), begun)
        report = (tmp_path / "reports" / testrun.JUNIT.format("integration")).read_text()
        assert not secret or secret not in report + "".join(heard)
        return ran, _states(report), report

    yield run
    assert [path.name for path in (tmp_path / "reports/junit").iterdir()] == ["integration.xml"]


def _states(report: str) -> dict[str, str]:
    cases = [case for suite in JUnitXml.fromstring(report.encode()) for case in suite]
    return {case.name.rpartition("::")[2]: type(case.result[0]).__name__ if case.result else "passed" for case in cases}


THREE = "import os, time\ndef test_a(): pass\ndef test_b(): {}\ndef test_c(): pass\n"


def test_a_report_of_pytest_s_own_is_kept(verify: Verify) -> None:
    ran, states, _ = verify(THREE.format("assert 1 == 2"))
    assert ran.done.code == 1
    assert states == {"test_a": "passed", "test_b": "Failure", "test_c": "passed"}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("os.kill(os.getpid(), 9)", "pytest was ended by SIGKILL"),
        ("os.kill(os.getpid(), 11)", "pytest was ended by SIGSEGV"),
        ("os._exit(0)", "pytest wrote no report"),
        ("os._exit(7)", "pytest ended with exit code 7"),
        ("time.sleep(60)", "pytest had not ended after"),
    ],
)
def test_where_pytest_is_killed_the_report_says_what_ran(verify: Verify, how: str, why: str) -> None:
    _, states, report = verify(THREE.format(how), 8.0 if "sleep" in how else 60.0)
    assert states == {"pytest": "Error", "test_a": "passed", "test_b": "Error", "test_c": "Skipped"}
    assert why in report


def test_a_half_written_report_is_replaced(verify: Verify) -> None:
    text = "import atexit, os, sys\n"
    text += "own = next(word[12:] for word in sys.argv if word.startswith('--junit-xml='))\n"
    text += "def test_a():\n    atexit.register(lambda: open(own, 'w').write('<testsuites><testsuite'))\n"
    _, states, _ = verify(text)
    assert states == {"pytest": "Error", "test_a": "passed"}


def test_an_end_that_no_test_explains_is_in_the_report(verify: Verify) -> None:
    ran, states, report = verify("import pytest\ndef test_a(): pytest.skip('not today')\n")
    assert ran.done.code == 1
    assert states == {"test_a": "Skipped", "pytest": "Error"}
    assert 'errors="1"' in report
    _, states, _ = verify("def test_a(:\n")
    assert "Error" in states.values()


def test_no_secret_is_in_the_report_nor_said(verify: Verify) -> None:
    verify("def test_a():\n    print('hunter22')\n    assert 'hunter22' == 'PASSWORD=other-words'\n", secret="hunter22")


def test_a_failed_set_up_or_tear_down_is_no_pass(verify: Verify) -> None:
    text = "import os, pytest\n@pytest.fixture\ndef bad():\n    yield\n    raise ValueError('late')\n"
    text += "def test_a(bad): pass\ndef test_b(): os._exit(1)\n"
    _, states, _ = verify(text)
    assert states["test_a"] == "Failure"


def test_an_engine_that_hangs_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "HUNG_SECONDS", 4.0)
    monkeypatch.setattr(watch, "ASK_SECONDS", 0.5)
    (tmp_path / "test_it.py").write_text(THREE.format("time.sleep(60)"))
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen(64)
        wanted = testrun.Wanted(("test_it.py",), tmp_path, 60.0, {}, print)
        with (
            runs.begin(tmp_path, dict(os.environ)) as begun,
            pytest.raises(NoEngineError, match="while the assertions ran"),
        ):
            testrun.run(wanted, Engine("system", f"unix://{tmp_path}/s", "28"), begun)
    report = (tmp_path / "reports" / testrun.JUNIT.format("integration")).read_text()
    assert "the engine did not answer any more" in report
    assert _states(report)["test_c"] == "Skipped"
    assert json.loads(json.dumps(_states(report)))


def test_an_installed_package_warns_of_nothing(verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As pip installs it: pytest rewrites the assertions of all files that a package with a plugin has.
    about = tmp_path / "site/stackchecks-0.1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stackchecks\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text("[pytest11]\nchecks = checks.pytest_plugin\n")
    (about / "RECORD").write_text("checks/__init__.py,,\nchecks/pytest_plugin.py,,\n")
    monkeypatch.setenv("PYTHONPATH", str(about.parent))
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error::pytest.PytestAssertRewriteWarning\n")
    ran, states, _ = verify("def test_a(): pass\n")
    assert (ran.done.code, states) == (0, {"test_a": "passed"})


def test_the_report_is_called_what_the_run_is(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(): raise SystemExit(3)")
    with runs.begin(tmp_path, {}) as begun:
        wanted = testrun.Wanted(("test_it.py", "-p", "no:cacheprovider"), tmp_path, 60.0, {}, print, "browser")
        testrun.run(wanted, Engine("system", "unix:///nonexistent", "28"), begun)
    assert [path.name for path in (tmp_path / "reports/junit").iterdir()] == ["browser.xml"]
