from __future__ import annotations

import pytest

from checks.model import Severity
from tests.unit.lint.own.looking import found, lines

RULE = "exec-form-pid1"


def severities(text: str) -> list[Severity]:
    return [finding.severity for finding in found(RULE, text)]


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["sh", "-c", "app"]',
        'CMD ["/bin/sh", "-ec", "app $OPTIONS"]',
        'CMD ["/usr/bin/env", "sh", "-c", "app"]',
        'ENTRYPOINT ["sh", "-c", "migrate && app"]',
        'ENTRYPOINT ["sh", "-c"]\nCMD ["app"]',
        'CMD ["bash", "-c", "app | tee log"]',
        'CMD ["bash", "-c", "app > log"]',
        'CMD ["bash", "-c", "one & two"]',
        'CMD ["bash", "-c", "while true; do app; done"]',
        'ENTRYPOINT ["/entry.sh"]\nCMD ["sh", "-c", "app"]',
    ],
)
def test_a_shell_that_stays(start: str) -> None:
    assert severities(f"FROM debian:12\n{start}\n") == [Severity.WARNING]


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["app"]',
        'CMD ["sh", "-c", "exec app"]',
        'CMD ["sh", "-c", "migrate && exec app"]',
        'CMD ["sh", "-c", "if x; then exec a; else exec b; fi"]',
        'CMD ["sh", "-c", "trap stop TERM; app & wait"]',
        'CMD ["sh", "-c", "exec \\"$@\\"", "x"]',
        'CMD ["sh", "start.sh"]',
        'CMD ["bash"]',
        'CMD ["bash", "-c", "app --port ${PORT}"]',
        'CMD ["bash", "-c", "app \'a | b\'"]',
        'CMD ["sh", "-c"]',
        'CMD ["python", "-c", "import app"]',
        'ENTRYPOINT ["tini", "--"]\nCMD ["sh", "-c", "a && b"]',
        'ENTRYPOINT ["/usr/bin/dumb-init", "--", "sh", "-c", "a && b"]',
        'CMD ["sh", "-c", "supervisord"]',
        'CMD ["sh", "-c", "a"]\nCMD ["app"]',
        'CMD ["sh", "-c", "a"]\nENTRYPOINT ["app"]',
        "CMD app && b",
        "ENTRYPOINT app",
        'ENTRYPOINT app\nCMD ["sh", "-c", "app"]',
        "CMD []",
        "HEALTHCHECK CMD a && b",
        'ONBUILD CMD ["app"]',
    ],
)
def test_no_shell_or_one_that_goes(start: str) -> None:
    assert lines(RULE, f"FROM debian:12\n{start}\n") == []


def test_behind_other_commands_bash_goes_in_the_end() -> None:
    assert severities('FROM debian\nCMD ["bash", "-c", "migrate && app"]') == [Severity.INFO]
    assert severities('FROM alpine:3\nCMD ["sh", "-c", "migrate; app"]') == [Severity.INFO]
    assert severities('FROM alpine:3\nCMD ["sh", "-c", "app"]') == []


def test_a_stage_is_made_from_others() -> None:
    base = 'FROM debian AS base\nENTRYPOINT ["sh", "-c"]\n'
    assert lines(RULE, f'{base}FROM base\nCMD ["app | b"]\n') == [4]
    assert lines(RULE, f'{base}FROM base\nENTRYPOINT ["app"]\n') == []
    assert lines(RULE, 'FROM a AS x\nENTRYPOINT ["tini", "--"]\nFROM x\nCMD ["sh", "-c", "app"]') == []
    assert lines(RULE, 'FROM a AS x\nCMD ["sh", "-c", "app"]\nFROM x\nUSER 1\n') == [2]


def test_onbuild_is_told_where_the_child_would_get_it() -> None:
    assert lines(RULE, "FROM a\nONBUILD CMD app\nONBUILD ENTRYPOINT app\nONBUILD RUN app\n") == [2, 3]


def test_windows_has_no_process_1() -> None:
    assert lines(RULE, 'FROM mcr.microsoft.com/windows/servercore:1\nCMD ["sh", "-c", "app"]\nONBUILD CMD x') == []
