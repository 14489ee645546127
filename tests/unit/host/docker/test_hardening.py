"""How the embedded engine is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.errors import UsageError
from checks.host.docker import hardening


def test_logs_stay_here_and_stay_small_where_no_log_host_is_named() -> None:
    daemon = hardening.daemon(Path("/data"), Path("/run"), {})
    assert (daemon["log-driver"], daemon["log-opts"]) == ("json-file", {"max-size": "10m", "max-file": "3"})


def test_logs_go_to_the_log_host_that_is_named() -> None:
    environ = {"CHECKS_LOG_DRIVER": "syslog", "CHECKS_LOG_OPTS": "syslog-address=tcp://log:514, tag={{.Name}}"}
    assert hardening.logging(environ) == {
        "log-driver": "syslog",
        "log-opts": {"syslog-address": "tcp://log:514", "tag": "{{.Name}}"},
    }
    assert hardening.logging({"CHECKS_LOG_DRIVER": "journald"}) == {"log-driver": "journald", "log-opts": {}}


@pytest.mark.parametrize(
    "environ", [{"CHECKS_LOG_OPTS": "a=b"}, {"CHECKS_LOG_DRIVER": "syslog", "CHECKS_LOG_OPTS": "address"}]
)
def test_options_that_are_none_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="CHECKS_LOG_OPTS"):
        hardening.logging(environ)
