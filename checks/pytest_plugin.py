"""What pytest gets from the harness: the fixtures `stack` and `bench`, one test for each check of the benchmark, and no
silent skips.

Loaded by pytest itself where the package is installed (entry point `pytest11`); it does nothing to a suite that uses none
of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from checks.host.bench.cisface import Face
    from checks.host.testing.livestack import Stack

VARIABLE = "CHECKS_STACK"
RESULTS = "CHECKS_RESULTS"
"""Names the file that every test is noted in, as it begins and as it ends: what is left where pytest is killed."""
EXPECTED = "expected: "
"""A skip whose reason begins so is one that its author allows in CI."""


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack that `checks verify` started, with what tests may ask of it and do to it."""
    place = os.environ.get(VARIABLE)
    if not place:
        pytest.fail("no stack is running: these tests are run by `checks verify` (nox -s integration)", pytrace=False)
    from checks.host.docker import engine
    from checks.host.testing import livestack

    found = engine.find()
    if found is None:
        pytest.fail("the engine that the stack was started on is gone", pytrace=False)
    client = found.client()
    try:
        yield livestack.load(Path(place), client, found)
    finally:
        client.close()


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Face:
    """What the CIS benchmark says of the engine that is there, looked at once: `bench.require(check)`, `bench.own`."""
    from checks.errors import NoEngineError
    from checks.host.bench import cisface

    try:
        return cisface.look(request.config.rootpath)
    except NoEngineError as error:
        pytest.fail(f"{error}: {error.advice}", pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that chooses checks of the benchmark."""
    config.addinivalue_line("markers", "cis(sections, ids): the checks that the argument `cis_check` stands for")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test with the argument `cis_check` one for each check of the benchmark."""
    if "cis_check" in metafunc.fixturenames:
        from checks.host.bench import cisface

        cisface.parametrize(metafunc)


def _note(**entry: Any) -> None:
    place = os.environ.get(RESULTS)
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError as error:
        pytest.exit(f"what the tests do cannot be noted: {error.strerror}", returncode=pytest.ExitCode.TESTS_FAILED)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which tests there are."""
    _note(collected=[item.nodeid for item in session.items])


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note that a test begins."""
    _note(begun=nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a test ended, or its preparation and its tidying up, where these are what failed."""
    if report.when == "call" or not report.passed:
        state = {"passed": "passed", "failed": "failed"}.get(report.outcome, "not-run")
        _note(ended=report.nodeid, state=state, seconds=report.duration, said=report.longreprtext)


def pytest_exception_interact(node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
    """Stop where the engine of a verification is gone: every other test would fail for that, at length."""
    error = call.excinfo.value if call.excinfo else None
    if not os.environ.get(VARIABLE) or not isinstance(error, Exception):
        return
    from checks.errors import NoEngineError
    from checks.host.docker import engine

    if isinstance(engine.explain(error), NoEngineError):
        try:
            gone = engine.find() is None
        except NoEngineError:
            gone = True
        if gone:
            node.session.shouldfail = "the engine does not answer any more"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --fail-on-skip."""
    group = parser.getgroup("checks")
    group.addoption(
        "--fail-on-skip",
        action="store_true",
        help=f"fail when a test is skipped whose reason does not begin with {EXPECTED!r}",
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run with unexpected skips into a failed one."""
    if not session.config.getoption("--fail-on-skip"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    unexpected = [report for report in skipped if EXPECTED not in str(report.longrepr)]
    if unexpected and reporter and session.exitstatus == pytest.ExitCode.OK:
        from checks.report.plain import counted

        reporter.write_line(
            f"{counted(len(unexpected), 'test was', 'tests were')} skipped and should have run", red=True
        )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
