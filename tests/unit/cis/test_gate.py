"""Waivers, the baseline, the score, and what a run comes to."""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import errors
from checks.benchconfig import Waiver
from checks.cis import baseline, catalogue, gate
from checks.cis.bench import Bench, HostResult
from checks.cis.score import Score, score
from checks.errors import ConfigError
from checks.model import Judgement, Offender, Verdict, Waived
from tests.unit.cis import builders

TODAY = datetime.date(2026, 6, 1)
WEB = Offender("web", "container", "no limit", image="shop/web:1", labels={"team": "shop", "tier": "front"})
CACHE = Offender("cache", "container", "no limit", image="redis:7", labels={"team": "data"})


def failed(name: str = "5.11", *offenders: Offender, target: str = "local") -> Judgement:
    return Judgement(name, catalogue.section_of(name), "t", Verdict.FAIL, offenders, "e", "r", target=target)


def judged(verdict: Verdict, name: str = "5.12") -> Judgement:
    return Judgement(name, catalogue.section_of(name), "t", verdict, target="local")


def apply(judgement: Judgement, **waiver: Any) -> gate.Gated:
    return gate.apply([judgement], [Waiver(**({"check": "5.11", "reason": "why"} | waiver))], TODAY)


def test_a_check_whose_offenders_are_all_waived_is_waived() -> None:
    gated = apply(failed("5.11", WEB, CACHE), owner="ops", until=datetime.date(2026, 6, 1))
    (one,) = gated.judgements
    assert one.verdict is Verdict.WAIVED
    assert one.waiver == Waived("why", "ops", "2026-06-01")
    assert [offender.waived for offender in one.offenders] == [one.waiver, one.waiver]
    assert (gated.expired, gated.unused) == ((), ())


@pytest.mark.parametrize(
    "pattern",
    [
        {"name": "web"},
        {"name": "w?b"},
        {"image": "shop/*"},
        {"label": "tier"},
        {"label": "team=sh*"},
        {"name": "web", "image": "shop/web:*", "label": "team=shop", "host": "lo*"},
    ],
)
def test_a_pattern_waives_the_objects_that_it_meets(pattern: dict[str, str]) -> None:
    (one,) = apply(failed("5.11", WEB, CACHE), **pattern).judgements
    assert one.verdict is Verdict.FAIL
    assert [bool(offender.waived) for offender in one.offenders] == [True, False]
    assert one.waiver is None


@pytest.mark.parametrize(
    "pattern",
    [
        {"name": "WEB"},
        {"image": "web"},
        {"label": "team=data"},
        {"label": "team="},
        {"host": "ssh://*"},
        {"check": "5.1"},
        {"name": "web", "image": "redis:*"},
    ],
)
def test_what_a_pattern_does_not_meet_fails(pattern: dict[str, str]) -> None:
    gated = apply(failed("5.11", WEB), **pattern)
    assert gated.judgements == (failed("5.11", WEB),)


def test_a_group_of_checks_can_be_waived() -> None:
    offender = Offender("/etc/docker", "file", "no rule")
    gated = apply(failed("1.1.6", offender), check="1.1")
    assert gated.judgements[0].verdict is Verdict.WAIVED
    assert apply(failed("1.1.6", offender), check="1").judgements[0].verdict is Verdict.WAIVED


def test_an_image_is_met_by_its_name() -> None:
    image = Offender("shop/web:1", "image", "no HEALTHCHECK")
    assert apply(failed("4.6", image), check="4.6", image="shop/*").judgements[0].verdict is Verdict.WAIVED


def test_ids_of_waivers_are_those_of_the_newest_edition() -> None:
    offender = Offender("authorization-plugins", "option", "not set")
    gated = gate.apply([failed("2.12", offender)], [Waiver("2.13", "one user")], TODAY, "1.6")
    assert gated.judgements[0].verdict is Verdict.WAIVED


def test_an_expired_waiver_waives_nothing_and_is_told() -> None:
    gated = apply(failed("5.11", WEB), until=datetime.date(2026, 5, 31))
    assert gated.judgements[0].verdict is Verdict.FAIL
    assert [one.check for one in gated.expired] == ["5.11"]
    assert gated.unused == ()
    assert apply(judged(Verdict.PASS, "5.12"), until=datetime.date(2026, 5, 31)).expired == ()


@pytest.mark.parametrize(
    ("judgement", "unused"),
    [
        (judged(Verdict.PASS, "5.11"), True),
        (judged(Verdict.NOT_APPLICABLE, "5.11"), True),
        (judged(Verdict.UNKNOWN, "5.11"), False),
        (judged(Verdict.PASS, "5.12"), False),
    ],
)
def test_a_waiver_that_met_nothing_is_told_where_it_could_have(judgement: Judgement, unused: bool) -> None:
    assert bool(apply(judgement).unused) is unused
    assert gate.apply([judgement], [Waiver("5.11", "why")], TODAY, everything=False).unused == ()


def test_what_does_not_fail_needs_no_waiver() -> None:
    for verdict in set(Verdict) - {Verdict.FAIL, Verdict.UNKNOWN}:
        assert apply(judged(verdict, "5.11")).judgements == (judged(verdict, "5.11"),)


def test_a_baseline_knows_what_was_there() -> None:
    before = baseline.parse(baseline.written([failed("5.11", WEB, CACHE), judged(Verdict.PASS)], "1.8"))
    assert set(before) == {("local", "5.11", "container", "web"), ("local", "5.11", "container", "cache")}
    assert baseline.compare([failed("5.11", WEB)], before, "1.8") == baseline.Compared(
        frozenset({("local", "5.11")}), 1
    )


def test_it_is_the_same_in_every_edition() -> None:
    offender = Offender("icc", "option", "x")
    before = baseline.parse(baseline.written([failed("2.12", offender)], "1.6"))
    assert baseline.compare([failed("2.13", offender)], before, "1.8").known == {("local", "2.13")}


@pytest.mark.parametrize(
    ("before", "now", "known"),
    [
        ("/etc, /usr", "/etc", True),
        ("/etc", "/etc, /usr", False),
        ("/etc, /usr", "/usr, /etc", True),
        ("0644", "0666", False),
        ("", "", True),
    ],
)
def test_worse_is_what_says_more(before: str, now: str, known: bool) -> None:
    written = baseline.written([failed("5.5", Offender("web", "container", before))], "1.8")
    compared = baseline.compare([failed("5.5", Offender("web", "container", now))], baseline.parse(written), "1.8")
    assert bool(compared.known) is known


def test_a_new_offender_another_check_and_another_host_are_worse() -> None:
    before = baseline.parse(baseline.written([failed("5.11", WEB)], "1.8"))
    for one in (failed("5.11", WEB, CACHE), failed("5.12", WEB), failed("5.11", WEB, target="ssh://h")):
        assert baseline.compare([one], before, "1.8").known == frozenset()


def test_what_is_waived_is_in_no_baseline() -> None:
    gated = apply(failed("5.11", WEB, CACHE), name="web").judgements
    before = baseline.parse(baseline.written(gated, "1.8"))
    assert {name for *_, name in before} == {"cache"}
    assert baseline.compare(gated, before, "1.8").known == {("local", "5.11")}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": 2, "failures": []}', '{"schema": 1}', '{"schema": 1, "failures": [{}]}']
    + ['{"schema": 1, "failures": [1]}', '{"schema": 1, "failures": [{"host": 1, "check": 2}]}'],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        baseline.parse(text)


@given(st.text())
def test_any_text_is_a_baseline_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(baseline.parse(text), dict)


def test_the_score_counts_as_docker_bench_does() -> None:
    every = [
        judged(Verdict.PASS, "5.10"),
        judged(Verdict.PASS, "5.9"),  # manual, and scored all the same
        failed("5.11", WEB),
        judged(Verdict.WAIVED, "5.12"),
        judged(Verdict.UNKNOWN, "5.13"),
        judged(Verdict.NOT_APPLICABLE, "5.14"),
        judged(Verdict.MANUAL, "5.18"),
        judged(Verdict.PASS, "2.7"),  # not in its edition
        judged(Verdict.PASS, "5.23"),
    ]
    assert score(every, "1.8") == Score(0, 4, 9)


def test_the_score_follows_the_editions_numbers() -> None:
    assert score([judged(Verdict.PASS, "2.8")], "1.8").value == 1  # TLS
    assert score([judged(Verdict.PASS, "2.8")], "1.6").value == 0  # ulimits, which is manual
    assert score([judged(Verdict.PASS, "2.7")], "1.6").value == 1


def _bench(*judgements: Judgement, known: frozenset[str] = frozenset(), **more: Any) -> Bench:
    return Bench("1.8", (HostResult("local", "1.8", judgements, known=known),), **more)


@pytest.mark.parametrize(
    ("bench", "code"),
    [
        (_bench(judged(Verdict.PASS), judged(Verdict.MANUAL), judged(Verdict.NOT_APPLICABLE)), errors.OK),
        (_bench(failed("5.11", WEB)), errors.FAILED),
        (_bench(judged(Verdict.WAIVED)), errors.OK),
        (_bench(failed("5.11", WEB), known=frozenset({"5.11"})), errors.OK),
        (_bench(judged(Verdict.UNKNOWN)), errors.OK),
        (_bench(judged(Verdict.UNKNOWN), strict=True), errors.FAILED),
        (_bench(judged(Verdict.PASS), expired=(Waiver("5.11", "why"),)), errors.FAILED),
        (_bench(judged(Verdict.PASS), unused=(Waiver("5.11", "why"),)), errors.OK),
        (_bench(judged(Verdict.PASS), fail_under=1), errors.OK),
        (_bench(judged(Verdict.PASS), fail_under=2), errors.FAILED),
        (_bench(judged(Verdict.PASS), codes=(errors.NO_ENGINE,)), errors.NO_ENGINE),
        (_bench(failed("5.11", WEB), codes=(errors.NO_ENGINE,)), errors.NO_ENGINE),
        (_bench(), errors.OK),
    ],
)
def test_exit_codes(bench: Bench, code: int) -> None:
    assert bench.exit_code == code


def test_of_several_hosts_each_must_reach_the_score() -> None:
    good = HostResult("a", "1.8", (judged(Verdict.PASS),))
    bad = HostResult("b", "1.8", (failed("5.12", WEB),))
    gone = HostResult("c", "1.8", error="it does not answer")
    bench = Bench("1.8", (good, bad, gone), fail_under=0)
    assert bench.score == -1
    assert bench.below == (bad,)
    assert Bench("1.8", (gone,), fail_under=5).below == ()


@pytest.mark.parametrize(
    ("pattern", "waived"), [({}, True), ({"host": "local"}, True), ({"name": "web"}, False), ({"host": "x"}, False)]
)
def test_what_could_not_be_judged_may_be_let_pass_whole(pattern: dict[str, str], waived: bool) -> None:
    (one,) = apply(judged(Verdict.UNKNOWN, "5.11"), **pattern).judgements
    assert one.verdict is Verdict.UNKNOWN
    assert bool(one.waiver) is waived
    assert _bench(one, strict=True).exit_code == (errors.OK if waived else errors.FAILED)


def test_an_expired_waiver_is_told_where_one_of_several_checks_is_its_own() -> None:
    waiver = Waiver(check="5.11", reason="why", until=datetime.date(2026, 5, 1))
    gated = gate.apply([failed("5.11", WEB), judged(Verdict.PASS)], [waiver], TODAY)
    assert gated.expired == (waiver,)


def test_only_a_failure_becomes_waived() -> None:
    manual = Judgement("5.11", "5", "t", Verdict.MANUAL, (WEB,), "e", "r", target="local")
    assert apply(manual).judgements == (manual,)


def test_a_failure_without_offenders_is_not_waived() -> None:
    assert apply(failed("5.11")).judgements == (failed("5.11"),)


@pytest.mark.parametrize("pattern", [{"image": "*"}, {"label": "tier"}, {"name": "*"}])
def test_what_could_not_be_judged_is_waived_only_as_a_whole(pattern: dict[str, str]) -> None:
    (one,) = apply(judged(Verdict.UNKNOWN, "5.11"), **pattern).judgements
    assert one.waiver is None
    (one,) = apply(judged(Verdict.UNKNOWN, "5.11")).judgements
    assert one.waiver == Waived("why", "", "")


def test_a_container_is_not_met_as_an_image_of_its_name() -> None:
    (one,) = apply(failed("5.11", Offender("web", "container", "no limit")), image="web").judgements
    assert one.verdict is Verdict.FAIL
    (one,) = apply(failed("5.11", Offender("web", "image", "root")), image="web").judgements
    assert one.verdict is Verdict.WAIVED


@pytest.mark.parametrize(
    ("standins", "images", "replaced"),
    [
        (["mongo:8.0"], ["web:1"], ("mongo:8.0",)),
        (["docker.io/library/mongo"], ["web:1"], ("mongo:latest",)),
        (["registry.example:5000/mongo"], [], ("registry.example:5000/mongo:latest",)),
        (["mongo:8.0"], ["web:1", "mongo:8.0"], ()),
        ([], ["web:1"], ()),
    ],
)
def test_an_image_is_replaced_where_it_has_a_stand_in_and_is_not_there(
    standins: list[str], images: list[str], replaced: tuple[str, ...]
) -> None:
    facts = builders.snapshot(images=[builders.image(name) for name in images])
    assert gate.replaced(standins, [facts]) == replaced
    assert gate.replaced(standins, [facts, facts]) == replaced
    assert gate.replaced(standins, [builders.snapshot(images=builders.DENIED)]) == ()


def test_one_host_without_it_is_enough() -> None:
    there, not_there = builders.snapshot(images=[builders.image("mongo:8.0")]), builders.snapshot()
    assert gate.replaced(["mongo:8.0"], [there, not_there]) == ("mongo:8.0",)


@pytest.mark.parametrize(
    ("pattern", "unused"),
    [({"image": "mongo:*"}, False), ({"image": "redis:*"}, True), ({}, True), ({"name": "m"}, True)],
)
def test_a_waiver_for_an_image_that_is_replaced_here_is_not_one_too_many(pattern: dict[str, Any], unused: bool) -> None:
    waiver = Waiver(check="4.6", reason="why", **pattern)
    gated = gate.apply([judged(Verdict.PASS, "4.6")], [waiver], TODAY, replaced=["mongo:8.0"])
    assert bool(gated.unused) is unused
