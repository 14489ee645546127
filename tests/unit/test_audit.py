"""What pip-audit says, and what it does not say: an answer about nothing is no clean bill."""

from __future__ import annotations

import json

from tests.supply.audit import Audit, joined, pins, read, rounds

KNOWN = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI and could not be audited: click (8.5.1)"}
BAD = {"name": "Jinja2", "version": "3.1.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["3.1.6"]}]}


def _said(*found: object) -> str:
    return json.dumps({"dependencies": found, "fixes": []})


def test_a_vulnerability_is_named_with_what_fixes_it() -> None:
    audit = read(1, _said(KNOWN, BAD), "", ["flask==3.1.3", "jinja2==3.1.0"])
    assert audit.vulnerable == ("Jinja2 3.1.0: GHSA-1, fixed in 3.1.6",)
    assert (audit.state, audit.unknown) == ("audited", ())


def test_what_was_skipped_is_not_audited() -> None:
    audit = read(0, _said(KNOWN, SKIPPED), "No known vulnerabilities found", ["flask==3.1.3", "click==8.5.1"])
    assert (audit.state, audit.unknown) == ("partly", ("click==8.5.1",))


def test_where_all_was_skipped_nothing_was_audited() -> None:
    audit = read(0, _said(SKIPPED), "No known vulnerabilities found", ["click==8.5.1"])
    assert audit.state == "not-audited"
    assert "none of the packages is known" in audit.why


def test_a_source_that_cannot_be_reached_is_said() -> None:
    audit = read(1, "", "Traceback\nConnectionError: no route\n", ["click==8.5.1"])
    assert (audit.state, audit.why, audit.broken) == ("not-audited", "ConnectionError: no route", False)


def test_a_tool_that_fails_is_no_source_that_cannot_be_reached() -> None:
    audit = read(2, "[]", "", ["a==1"])
    assert (audit.state, audit.why, audit.broken) == ("not-audited", "exit code 2", True)
    assert read(1, "", "KeyError: 'x'\n", ["a==1"]).broken


def test_two_versions_of_a_package_are_asked_about_apart() -> None:
    assert rounds(["a==1", "a==2", "b==1"]) == [["a==1", "b==1"], ["a==2"]]


def test_pins_are_read_with_and_without_hashes() -> None:
    text = "# a\nFlask_X==1.0 \\\n    --hash=sha256:ab\nb==2 ; python_version > '3'\n-r other\nc>=1\n"
    assert pins([text, text]) == ["b==2", "flask-x==1.0"]


def test_audits_are_joined() -> None:
    clean, silent = Audit((), ()), Audit((), ("b==1",), "no route")
    assert joined([silent, silent]).state == "not-audited"
    assert joined([clean, silent]) == Audit((), ("b==1",))
    assert joined([clean, Audit(("x",), ())]).vulnerable == ("x",)
    assert joined([clean, Audit((), (), "", broken=True)]).broken
