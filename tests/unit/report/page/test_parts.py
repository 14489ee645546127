"""What each part of the page shows of its report, and that it shows nothing as passed that was not."""

from __future__ import annotations

from typing import Any

import pytest

from checks.report.page import images, markup, plots
from checks.report.page.facts import Evidence, Facts
from tests.unit.report.page import samples
from tests.unit.report.page.reading import Page

MB = 1_000_000


def page(history: list[dict[str, Any]] | None = None, **reports: Any) -> Page:
    return Page.of(Facts(reports=reports, history=history or []))


def test_findings_are_by_file_with_place_rule_and_source() -> None:
    found = [
        samples.finding(1, path="b.sh", line=7, column=2, severity="error", message="quote it", source="  ls $1"),
        samples.finding(2, path="a.yml", line=0, column=0, also=["yamllint:braces"]),
        samples.finding(3, path="b.sh", url="javascript:alert(1)"),
    ]
    made = page(lint=samples.lint(findings=found, ok=False))
    files = [one.text for one in made.all("summary") if "file" in one.parents[-1].attributes.get("class", "")]
    assert [" ".join(said.split()) for said in files] == ["b.sh 1 error, 1 warning", "a.yml 1 info"]
    first, _, nameless = (one for one in made.all("li") if "data-tool" in one.attributes)
    assert first.attributes == {"data-tool": "shellcheck", "data-severity": "error"}
    assert "7:2" in first.text
    assert "quote it" in first.text
    assert "  ls $1" in first.text
    assert "also yamllint:braces" in nameless.text
    links = [one.attributes["href"] for one in made.all("a") if "li" in one.inside and "ol" in one.inside]
    assert links == ["https://example.org/rules/DL3001", "https://example.org/rules/DL3002"]


def test_what_does_not_count_says_why_and_is_apart() -> None:
    waiver = {"reason": "pinned by date", "owner": "platform", "until": "2027-01-31"}
    found = [
        samples.finding(1, status="waived", waiver=waiver, path="x", line=1, rule="DL1", tool="hadolint"),
        samples.finding(2, status="baseline", path="y", line=2),
    ]
    made = page(lint=samples.lint(findings=found))
    assert "No finding that counts." in made.part("lint")
    assert "1 waived, 1 in the baseline" in made.part("lint")
    assert made.row("x:1:3")[3:] == ["pinned by date", "platform", "2027-01-31"]
    assert made.row("y:2:3")[3] == "in the baseline"


@pytest.mark.parametrize(
    ("state", "files", "shown"),
    [
        ("ok", 3, "ok"),
        ("ok", 0, "not run: nothing to read"),
        ("absent", 0, "absent: nobody has to have it"),
        ("crashed", 3, "crashed"),
        ("missing", 0, "missing"),
        ("", 1, "not known"),
    ],
)
def test_a_tool_that_read_nothing_has_not_passed(state: str, files: int, shown: str) -> None:
    tool = {**samples.LINT, "state": state, "files": files, "message": "killed by signal 9"}
    made = page(lint=samples.lint(tools=[tool]))
    assert made.row("hadolint")[2] == shown
    good = [one.text for one in made.all("span") if "good" in one.attributes["class"]]
    assert ("ok" in good) == (shown == "ok")
    assert "killed by signal 9" in made.part("lint")


def test_images_have_size_growth_way_and_layers() -> None:
    before = samples.entry("build", images={"web": 2 * MB})
    made = page([before, samples.entry("build")], build=samples.build())
    assert made.row("web")[1:6] == ["built", "3.0 MB", "+1.0 MB (+50.0%)", "1.5 s", "debian:trixie-slim"]
    assert made.row("web")[6] == "108 components"
    assert made.row("debian:trixie-slim")[1:3] == ["bootstrapped", "70.0 MB"]
    assert made.row("1")[1:] == ["3.0 MB", "100%", "COPY app /srv"]


def test_an_image_that_failed_says_why_and_one_that_was_not_run_is_no_pass() -> None:
    broken = samples.image("web", "failed", message="does not build\nDockerfile:3", size=0, layers=[])
    made = Page.of(
        Facts(
            reports={
                "build": samples.build(ok=False, images=[broken, samples.image("api", "not-run", size=0, layers=[])])
            },
            files=["build/web.log"],
        )
    )
    assert made.row("web")[1] == "failed"
    assert made.row("api")[1] == "not run"
    assert "does not build Dockerfile:3" in made.part("images")
    assert "build/web.log" in [one.attributes["href"] for one in made.all("a")]
    good = [one.text for one in made.all("span") if "good" in one.attributes["class"].split()]
    assert good == []


@pytest.mark.parametrize(
    ("now", "before", "said"), [(0, 5, "–"), (5, 0, "–"), (5, 5, "same"), (4e6, 5e6, "\u22121.0 MB (\u221220.0%)")]
)
def test_growth(now: float, before: float, said: str) -> None:
    assert images.growth(now, before) == said


def test_the_timeline_says_what_waited_for_what() -> None:
    late = samples.image("api", began=2.5, bases=["web"])
    made = page(build=samples.build(images=[samples.image("web"), late]), integration=samples.integration())
    assert made.row("api", "timeline") == ["api", "2.5 s", "1.5 s", "built, waited for web"]
    assert made.row("start web") == ["start web", "2.5 s", "1.5 s", "healthy, waited for db"]
    assert made.row("start db")[3] == "healthy"
    assert len([one for one in made.all("rect") if one.attributes["class"] == "wait"]) == 3


def test_steps_without_a_beginning_come_one_after_the_other() -> None:
    made = page(lint=samples.lint())
    assert made.row("list files")[1:3] == ["0.0 s", "0.5 s"]
    assert made.row("run linters")[1:3] == ["0.5 s", "2.0 s"]


def test_assertions_that_failed_are_there_with_their_text() -> None:
    failure = {
        "test": "tests.test_web::test_page",
        "message": "assert 500 == 200",
        "text": "def test_page():\n>   assert",
    }
    report = samples.integration(
        ok=False, tests={"passed": 3, "failed": 1, "skipped": 0}, failures=[failure], message="not all"
    )
    said = page(integration=report).part("assertions")
    assert "3 passed, 1 failed, 0 skipped" in said
    assert "failed tests.test_web::test_page assert 500 == 200 def test_page(): > assert" in said
    assert "not all" in said


def test_a_run_that_was_killed_shows_what_pytest_had_noted() -> None:
    tests = {"tests": {"passed": 3, "failed": 2, "skipped": 9}, "failures": []}
    assert "3 passed, 2 failed, 9 skipped" in Page.of(Facts(tests=tests)).part("assertions")


def test_a_run_without_assertions_says_so() -> None:
    report = samples.integration(ok=False, state="failed", tests={}, message="web ended with exit code 1")
    said = page(integration=report).part("assertions")
    assert "no assertion ran" in said
    assert "web ended with exit code 1" in said


def test_containers_have_ports_limits_and_their_history() -> None:
    dead = samples.container(
        "db", status="exited", exit_code=137, oom_killed=True, health="", ports=[], limits={}, user=""
    )
    made = page(integration=samples.integration(containers=[samples.container("web"), dead]))
    web = made.row("web", "containers")
    assert web[2:9] == ["running", "healthy", "9292/tcp at 127.0.0.1:32800", "167.8 MB", "0.5", "128", "10001:10001"]
    assert made.row("db", "containers")[2:9] == [
        "exited (137), out of memory",
        "no check",
        "none",
        *["no limit"] * 3,
        "root",
    ]
    said = made.part("containers")
    assert "read-only" in said
    assert "-ALL" in said
    assert "History of web" in said
    assert made.row("5.5 s") == ["5.5 s", "0", "0.2 s", "fine"]


def test_judgements_are_by_section_with_offenders_and_remedies() -> None:
    waived = samples.judgement(
        "WAIVED", id="5.12", waiver={"reason": "its own cache", "owner": "platform", "until": ""}
    )
    made = page(
        bench=samples.bench(
            samples.judgement("PASS", id="5.1"), waived, samples.judgement(), samples.judgement("UNKNOWN", id="5.2")
        )
    )
    said = made.part("bench")
    assert "CIS Docker Benchmark 1.8" in said
    assert "score 34 over 40 scored" in said
    assert made.row("5 Containers at run time")[1:] == ["1", "1", "1", "0", "0", "1"]
    assert made.row("web") == ["web", "container", "no limit", ""]
    assert "Set mem_limit." in said
    assert "waived by platform: its own cache" in said
    assert said.index("5.11") < said.index("5.2 ") < said.index("5.1 ")  # what fails comes first


def test_a_host_that_could_not_be_judged_says_why() -> None:
    host = {"host": "ssh://a", "error": "it does not let us in"}
    said = page(bench=samples.bench(hosts=[host], ok=False)).part("bench")
    assert "failed it does not let us in" in said
    assert "score" not in said


def test_a_verdict_that_nobody_knows_is_no_pass() -> None:
    made = page(bench=samples.bench(samples.judgement("FINE")))
    assert [one.attributes["class"] for one in made.all("span") if one.text == "fine"] == ["badge UNKNOWN"]


def test_what_was_not_published_is_there_as_not_run() -> None:
    made = page(publish=samples.publish())
    assert made.row("example/web")[2] == "pushed"
    assert made.row("api")[2] == "not run"


def test_evidence_keeps_its_lines_and_says_what_was_left_out() -> None:
    facts = Facts(evidence=[Evidence("up/web.log", "one\n\ttwo\n", 12_345), Evidence("up/failure.txt", "why")])
    made = Page.of(facts)
    assert [one.text for one in made.all("pre")] == ["one\n two", "why"]
    assert "12,345 characters before it are left out" in made.part("evidence")


def test_figures_are_drawn_over_the_runs_that_have_them() -> None:
    history = [
        samples.entry("bench", "failed", score=30),
        samples.entry("bench", score=34),
        samples.entry("lint", findings=3),
    ]
    history += [samples.entry("build", images={"web": MB}), samples.entry("build", "killed", images={}, seconds=None)]
    history += [
        samples.entry("bench", score=99, of={"asked": {"section": ["4"]}})
    ]  # a part is none to draw beside them
    made = page(history)
    assert made.row("score")[1:5] == ["2", "30", "34", "34"]
    assert made.row("checks bench")[1] == "2"
    assert made.row("findings") == made.row("web") == made.row("checks build") == []
    drawings = [one for one in made.all("svg") if one.attributes["aria-label"].startswith("score")]
    assert drawings[0].attributes["aria-label"] == "score in 2 runs: from 30 to 34, last 34"
    assert len([one for one in made.all("rect") if drawings[0] in one.parents]) == 1  # the one that did not pass


def test_files_are_linked_below_the_page() -> None:
    made = Page.of(Facts(files=["junit/a b.xml", "sbom/web.cdx.json"]))
    assert [one.attributes["href"] for one in made.all("a") if "li" in one.inside][-2:] == [
        "junit/a%20b.xml",
        "sbom/web.cdx.json",
    ]


def test_one_value_is_a_line_in_the_middle() -> None:
    drawn = plots.trend("x", [5.0, 5.0], [True, True])
    assert 'points="6.0,20.0 234.0,20.0"' in drawn
    assert "bad" not in drawn


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), ("x", "–"), (True, "–"), (1.26, "1.3 s"), (125, "2 min 5 s"), (float("nan"), "0.0 s")],
)
def test_durations(value: object, said: str) -> None:
    assert markup.seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "–"), (-1, "–"), ("x", "–"), (1234, "1.2 kB"), (132_086_618, "132.1 MB"), (2.5e9, "2,500.0 MB")],
)
def test_sizes(value: object, said: str) -> None:
    assert markup.size(value) == said


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2026-06-01T12:30:00+02:00", "2026-06-01 10:30 UTC"),
        ("2026-06-01T10:30:00Z", "2026-06-01 10:30 UTC"),
        ("soon", "soon"),
        ("", "–"),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_times(stamp: str, said: str) -> None:
    assert said in markup.when(stamp)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "", "http://[", "https://x\n"])
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    assert markup.link(url, "DL3008") == "DL3008"
