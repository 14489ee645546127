from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import values
from checks.cis.security_options import last


@pytest.mark.parametrize(
    ("user", "root"),
    [
        *((one, True) for one in ("", "root", "0", "00", "+0", "-0", ":", ":5", "root:", "root:0", "0:0", "0:app")),
        *(
            (one, False)
            for one in ("app", "1", "10", "01", "root2", "toor", "Root", "+", "-", "0x0", "1:0", "app:root")
        ),
    ],
)
def test_root_has_many_names(user: str, root: bool) -> None:
    assert values.is_root(user) is root


@pytest.mark.parametrize(
    ("address", "wildcard"),
    [
        *((one, True) for one in ("", "*", "0.0.0.0", "::", "[::]")),
        *((one, False) for one in ("127.0.0.1", "10.0.0.0", "::1", "[fe80::1]", "eth0")),
    ],
)
def test_an_address_can_be_every_address(address: str, wildcard: bool) -> None:
    assert values.is_wildcard(address) is wildcard


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/etc/", "/etc"),
        ("//etc", "/etc"),
        ("/a/../etc/.", "/etc"),
        ("/var/run", "/run"),
        ("/var/run/docker.sock", "/run/docker.sock"),
        ("/var/running", "/var/running"),
        ("/srv/var/run", "/srv/var/run"),
    ],
)
def test_a_path_has_one_form(path: str, clean: str) -> None:
    assert values.clean_path(path) == clean


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-01-01T23:59:59Z", "2026-01-02T00:00:00.123456789Z", 1),
        ("2026-03-01T00:00:00+02:00", "2026-03-01T00:00:00Z", 0),
        ("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", None),
        ("0002-01-01T00:00:00Z", "0002-01-03T00:00:00Z", 2),
        ("", "2026-01-01", None),
        ("2026-01-01", "yesterday", None),
    ],
)
def test_days_are_counted_between_times_that_are_known(start: str, end: str, days: int | None) -> None:
    assert values.days_between(start, end) == days


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ([], None),
        (["apparmor=unconfined", "seccompx=1", "label:seccomp=1"], None),
        (["seccomp"], ""),
        (["seccomp=unconfined"], "unconfined"),
        (["seccomp:unconfined"], "unconfined"),
        (["seccomp=/a:b=c"], "/a:b=c"),
        (["seccomp=a", "seccomp=b", "label=disable"], "b"),
    ],
)
def test_the_last_security_option_of_a_name_counts(options: list[str], value: str | None) -> None:
    assert last(options, "seccomp") == value


@given(st.text(), st.text())
def test_no_value_is_too_odd(one: str, other: str) -> None:
    assert values.clean_path(one).startswith("/")
    assert isinstance(values.is_root(one), bool)
    assert isinstance(values.is_wildcard(one), bool)
    assert values.days_between(one, other) is None or one
    assert last([one, f"name={other}"], "name") == other
