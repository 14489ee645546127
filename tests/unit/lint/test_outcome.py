from __future__ import annotations

from checks.lint import outcome
from checks.lint.outcome import Lint
from checks.model import Done, Finding, Findings, Job, Severity, Status, ToolError, ToolState


def lint(*found: Finding, errors: tuple[ToolError, ...] = (), fail_on: Severity = Severity.WARNING) -> Lint:
    return Lint((), errors, found, fail_on=fail_on)


def finding(severity: Severity, status: Status = Status.NEW) -> Finding:
    return Finding("t", "r", severity, "p", 1, 1, "m", status=status)


def test_exit_codes() -> None:
    assert outcome.exit_code(lint(), ()) == 0
    assert outcome.exit_code(lint(finding(Severity.INFO)), ()) == 0
    assert outcome.exit_code(lint(finding(Severity.INFO), fail_on=Severity.INFO), ()) == 1
    assert outcome.exit_code(lint(finding(Severity.WARNING)), ()) == 1
    assert outcome.exit_code(lint(finding(Severity.ERROR, Status.WAIVED)), ()) == 0


def test_a_tool_that_failed_fails_the_run_and_a_missing_one_by_name_is_4() -> None:
    assert outcome.exit_code(lint(errors=(ToolError("t", ToolState.CRASHED, "m"),)), ("t",)) == 1
    assert outcome.exit_code(lint(errors=(outcome.missing("t", "it is not there"),)), ()) == 1
    assert outcome.exit_code(lint(errors=(outcome.missing("t", "it is not there"),)), ("t",)) == 4


def test_a_file_counts_once() -> None:
    did = Done((), 0, "", "", 0.5)
    results = [
        (Job("t", (), files=("a", "b", "c")), did, Findings(skipped=("c",))),
        (Job("t", (), files=("b", "c")), did, Findings()),
    ]
    run, _ = outcome.tool_run("t", "1", results, ("b", "d"))
    assert (run.files, run.cached) == (4, 1)


def test_a_tool_that_nobody_has_to_have_is_no_error() -> None:
    why = ToolError("t", ToolState.ABSENT, "t is not on PATH")
    run, errors = outcome.tool_run("t", "", [(Job("t", ()), Done((), 127, "", "", 0.0), why)])
    assert (run.state, run.files, run.message, errors) == (ToolState.ABSENT, 0, "t is not on PATH", ())


def test_a_tools_jobs_come_to_one_state() -> None:
    did = Done((), 0, "", "", 0.5)
    good = (Job("t", (), files=("a", "b")), did, Findings(skipped=("b",)))
    bad = (Job("t", (), files=("c",)), did, ToolError("t", ToolState.TIMEOUT, "slow"))
    run, errors = outcome.tool_run("t", "1", [good, bad])
    assert (run.state, run.files, run.seconds, run.message) == (ToolState.TIMEOUT, 1, 1.0, "slow")
    assert len(errors) == 1
    assert outcome.tool_run("t", "1", [good])[0].state is ToolState.OK
