"""The benchmark's reports: each format, with every verdict in it, and with text that would break it."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.benchconfig import Waiver
from checks.cis.bench import Bench, HostResult
from checks.model import Judgement, Offender, Step, Verdict, Waived
from checks.report import bench_github, bench_html, bench_json, bench_junit, bench_sarif, bench_text

NASTY = 'web<&"\x1b[31m\n::error::x%'
WAIVED = Waived("one user", "ops", "2027-01-31")


def _judgement(name: str, verdict: Verdict, *offenders: Offender, **more: object) -> Judgement:
    standard = {"title": f"title of {name}", "evidence": f"seen {name}", "remedy": "Do `this`.\nThen that."}
    return Judgement(name, name[0], verdict=verdict, offenders=offenders, target="local", **(standard | more))  # type: ignore[arg-type]


EVERY = (
    _judgement("1.2.1", Verdict.MANUAL, Offender("kernel", "host", "6.1")),
    _judgement("2.2", Verdict.PASS),
    _judgement("2.13", Verdict.WAIVED, Offender("authorization-plugins", "option", "not set", WAIVED), waiver=WAIVED),
    _judgement("3.1", Verdict.NOT_APPLICABLE),
    _judgement("3.15", Verdict.UNKNOWN, Offender("/run/docker.sock", "file", "permission denied")),
    _judgement(
        "5.11", Verdict.FAIL, Offender(NASTY, "container", "no limit"), Offender("db", "container", "x", WAIVED)
    ),
    _judgement("5.12", Verdict.FAIL, Offender("web", "container", "writable")),
)
HOST = HostResult(
    "local",
    "1.8",
    EVERY,
    {"version": "28.0", "kind": "system"},
    "2026-06-01T12:00:00Z",
    ("container gone",),
    frozenset({"5.12"}),
)
GONE = HostResult("ssh://h", "1.8", error=f"no route {NASTY}")
STEPS = (Step("look", "ok", 0.1),)
BENCH = Bench(
    "1.8",
    (HOST, GONE),
    "2026-06-01T12:00:00+00:00",
    0.25,
    STEPS,
    expired=(Waiver("5.1", "old", name="x*"),),
    unused=(Waiver("5.2", "idle"),),
    gone=2,
    fail_under=50,
)


def test_text() -> None:
    said = bench_text.bench(BENCH)
    assert "local: Docker 28.0 (system), CIS Docker Benchmark 1.8" in said
    assert "FAIL    5.11    title of 5.11\n" in said
    assert "- db: x (waived by ops until 2027-01-31: one user)" in said
    assert "→ Do `this`.\n                  Then that." in said
    assert "FAIL    5.12    title of 5.12 (in the baseline)" in said
    assert "N/A     3.1     title of 3.1 (seen 3.1)" in said
    assert "UNKNOWN 3.15    title of 3.15\n                seen 3.15\n" in said
    assert "not judged, because it could not be read: 3.15" in said
    assert "changed while it was looked at: container gone" in said
    assert "1 passed, 2 failed, 1 could not be judged, 1 waived, 1 to look at by hand, 1 not applicable\n" in said
    assert "1 failure in the baseline, 1 beyond it" in said
    assert "score -2 over 4 scored of 7 checks" in said
    assert "error: the waiver of 5.1 for name x* expired on None: old" in said
    assert "warning: the waiver of 5.2 waives nothing: remove it" in said
    assert "warning: 2 entries of the baseline can go" in said
    assert "local: the score is -2, less than 50" in said
    assert "\x1b" not in said
    assert "\x1b[1;31mFAIL" in bench_text.bench(BENCH, colour=True)


def test_quiet_text_has_what_somebody_must_see() -> None:
    said = bench_text.bench(BENCH, quiet=True)
    assert "5.11" in said
    assert "1.2.1" in said
    assert "PASS" not in said
    assert "N/A" not in said


def test_text_of_a_thousand_offenders_is_short() -> None:
    many = tuple(Offender(f"c{n}", "container", "no limit") for n in range(1000))
    said = bench_text.bench(Bench("1.8", (replace(HOST, judgements=(replace(EVERY[5], offenders=many),)),)))
    assert len(said.splitlines()) < 40
    assert "… and 980 more" in said


def test_json_is_as_the_contract_says() -> None:
    report = json.loads(bench_json.bench(BENCH, "0.1", "run-1"))
    assert (report["schema"], report["benchmark"], report["run"]) == (1, "1.8", "run-1")
    assert (report["score"], report["checks"], report["host"], report["ok"]) == (-2, 7, "local, ssh://h", False)
    assert report["steps"] == [{"name": "look", "state": "ok", "seconds": 0.1}]
    assert report["tools"] == {"checks": "0.1", "docker at local": "28.0", "docker at ssh://h": ""}
    by_id = {one["id"]: one for one in report["judgements"]}
    assert set(by_id["5.11"]) == {
        *("id", "section", "title", "verdict", "offenders", "evidence", "remedy", "waiver", "baseline", "host")
    }
    assert by_id["5.11"]["offenders"][0] == {"name": NASTY, "kind": "container", "value": "no limit"}
    assert by_id["5.11"]["offenders"][1]["waiver"]["owner"] == "ops"
    assert by_id["2.13"]["waiver"] == {"reason": "one user", "owner": "ops", "until": "2027-01-31"}
    assert [one["host"] for one in report["hosts"]] == ["local", "ssh://h"]
    assert report["hosts"][0]["failing"] == ["5.11"]
    assert report["hosts"][0]["vanished"] == ["container gone"]


def test_json_says_of_what_it_is() -> None:
    report = json.loads(bench_json.bench(BENCH, "0.1", asked={"section": ["4"], "check": [], "only-mine": False}))
    assert report["asked"] == {"section": ["4"]}


def test_sarif_has_one_result_for_each_check() -> None:
    log = json.loads(bench_sarif.bench(BENCH, "0.1"))
    assert log["version"] == "2.1.0"
    first, second = log["runs"]
    assert [result["ruleId"] for result in first["results"]] == [one.id for one in EVERY]
    assert [result["kind"] for result in first["results"]] == [
        *("review", "pass", "fail", "notApplicable", "open", "fail", "fail")
    ]
    for result in first["results"]:
        assert first["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["level"] == "error") is (result["kind"] == "fail")
    suppressed = [result["ruleId"] for result in first["results"] if result.get("suppressions")]
    assert suppressed == ["2.13", "5.12"]
    assert second["invocations"][0]["executionSuccessful"] is False


def test_junit_has_one_case_for_each_check() -> None:
    root = _xml(bench_junit.bench(BENCH))
    cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
    assert len(cases) == len(EVERY) + 1
    assert [name for name, case in cases.items() if case.find("failure") is not None] == ["5.11"]
    failure = cases["5.11"].find("failure")
    assert failure is not None
    assert failure.get("message", "").endswith("no limit and 1 more")
    assert "Then that." in (failure.text or "")
    assert {name for name, case in cases.items() if case.find("skipped") is not None} == {
        *("1.2.1", "2.13", "3.1", "3.15", "5.12")
    }
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites[:2]] == ["local 1 Host", "local 2 Docker daemon"]
    assert sum(int(suite.get("failures", "")) for suite in suites) == 1
    assert sum(int(suite.get("errors", "")) for suite in suites) == 1
    assert sum(int(suite.get("tests", "")) for suite in suites) == len(EVERY) + 1


def test_strict_junit_has_an_error_for_what_is_unknown() -> None:
    root = _xml(bench_junit.bench(replace(BENCH, strict=True)))
    assert [case.get("name") for case in root.iter("testcase") if case.find("error") is not None] == [
        *("3.15 title of 3.15", "engine")
    ]


def _xml(text: str) -> Any:
    return ElementTree.fromstring(text)


class _Page(HTMLParser):
    """Notes what a page would load, and whether its elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [f"{name}={value}" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else() -> None:
    page = _Page()
    page.feed(bench_html.bench(BENCH))
    page.close()
    assert (page.open, page.links) == ([], [])
    said = bench_html.bench(BENCH)
    assert "<script" not in said
    assert "web&lt;&amp;&quot;" in said
    assert said.count("<details open>") == 2  # 3.15 could not be judged, 5.11 fails; 5.12 is in the baseline


def test_annotations() -> None:
    lines = bench_github.bench(BENCH).splitlines()
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)
    assert [line.split("::")[1] for line in lines if "CIS 5.11" in line or "CIS 3.15" in line] == [
        *("error title=CIS 5.11 on local", "warning title=CIS 3.15 on local")
    ]
    assert not [line for line in lines if "CIS 5.12" in line]
    assert bench_github.bench(replace(BENCH, strict=True)).count("::error title=CIS 3.15") == 1


@given(st.text(), st.text(), st.sampled_from(list(Verdict)))
def test_any_text_can_be_reported(name: str, value: str, verdict: Verdict) -> None:
    one = Judgement("5.1", "5", value, verdict, (Offender(name, "container", value),), value, value, target=name)
    bench = Bench("1.8", (HostResult(name, "1.8", (one,), vanished=(value,)),))
    _xml(bench_junit.bench(bench))
    assert json.loads(bench_sarif.bench(bench))
    assert json.loads(bench_json.bench(bench, "0"))
    assert not any(char in bench_text.bench(bench) for char in "\x1b\x07\x9b")
    page = _Page()
    page.feed(bench_html.bench(bench))
    assert page.open == []
    bench_github.bench(bench)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_its_words(verdict: Verdict) -> None:
    host = replace(HOST, judgements=(_judgement("5.1", verdict),), known=frozenset())
    assert bench_text.bench(Bench("1.8", (host,))).count("5.1") >= 1
