"""`checks bench` from its command line, over recorded facts: choice, gate, baseline, score, reports, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from checks import __main__, errors
from checks.cis import snapshot
from checks.cis.host import Group
from checks.cis.snapshot import Snapshot
from checks.host import proc
from checks.verbs import up
from tests.unit.cis import builders


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def verdicts(self) -> dict[str, str]:
        return {one["id"]: one["verdict"] for one in self.report["judgements"]}


Bench = Callable[..., Done]


def facts(*, memory: int = 1, icc: bool = False, **more: Any) -> Snapshot:
    """A host that fails 5.11 without memory and 2.2 with icc."""
    made = builders.snapshot(containers=[builders.container(memory=memory)], daemon=builders.daemon(icc=icc))
    return replace(made, **({"target": "local"} | more))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    """Run it in this process over these facts; only 2.2 and 5.11 are judged, unless other words say so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    monkeypatch.setenv("CHECKS_STATE", "/nonexistent/state")

    def run(*words: str, of: Snapshot | tuple[Snapshot, ...] = (), checks: str = "2.2,5.11") -> Done:
        recorded = tmp_path / "facts.json"
        some = of if isinstance(of, tuple) else (of,)
        recorded.write_text("".join(map(snapshot.dump, some)))
        source = ["--from", str(recorded)] if some else []
        chosen = ["--check", checks] if checks else []
        try:
            code = __main__.main(["bench", *source, *chosen, *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        report = tmp_path / "reports" / "bench.json"
        return Done(code, *capfd.readouterr(), json.loads(report.read_text()) if report.exists() else {})

    yield run
    proc.die_with_parent(0)


def test_a_good_host_passes(bench: Bench) -> None:
    done = bench(of=facts())
    assert (done.code, done.verdicts) == (errors.OK, {"2.2": "PASS", "5.11": "PASS"})
    assert "2 passed\nscore 2 over 2 scored of 2 checks" in done.out
    assert done.report["host"] == "local"


def test_a_bad_host_fails_and_names_what_and_how_to_fix_it(bench: Bench, tmp_path: Path) -> None:
    done = bench(of=facts(memory=0, icc=True))
    assert (done.code, done.verdicts) == (errors.FAILED, {"2.2": "FAIL", "5.11": "FAIL"})
    assert "- web: no limit" in done.out
    assert '→ Set `"icc": false` in daemon.json' in done.out
    for name in ("bench.sarif", "junit/bench.xml"):
        assert "5.11" in (tmp_path / "reports" / name).read_text()


def test_editions_number_the_checks(bench: Bench) -> None:
    assert set(bench("--benchmark", "1.6", of=facts(), checks="2").verdicts) >= {"2.2"}
    assert bench("--benchmark", "1.9", of=facts()).code == errors.USAGE
    assert bench("--benchmark", "1.6", of=facts(), checks="2.19").code == errors.USAGE


def test_sections_and_groups(bench: Bench) -> None:
    assert {name[0] for name in bench("--section", "2,5", of=facts(), checks="").verdicts} == {"2", "5"}
    assert bench("--section", "9", of=facts(), checks="").code == errors.USAGE
    assert len(bench(of=facts(), checks="1.1").verdicts) == 18


def test_the_list_judges_nothing(bench: Bench) -> None:
    done = bench("--list")
    assert done.code == errors.OK
    assert done.out.splitlines()[0].split(None, 2)[:2] == ["2.2", "automated"]
    assert done.report == {}


def _configure(folder: Path, text: str) -> None:
    (folder / "checks.toml").write_text(text)


WAIVER = '[[bench.waivers]]\ncheck = "5.11"\nreason = "it is small"\n'


def test_waivers(bench: Bench, tmp_path: Path) -> None:
    _configure(tmp_path, WAIVER + 'name = "web"\nowner = "ops"\n')
    done = bench(of=facts(memory=0))
    assert (done.code, done.verdicts["5.11"]) == (errors.OK, "WAIVED")
    assert "waived by ops: it is small" in done.out


def test_an_expired_waiver_fails(bench: Bench, tmp_path: Path) -> None:
    _configure(tmp_path, WAIVER + "until = 2020-01-01\n")
    assert bench(of=facts(memory=0)).code == errors.FAILED
    done = bench(of=facts())
    assert done.code == errors.FAILED
    assert "error: the waiver of 5.11 expired on 2020-01-01: it is small" in done.out


def test_an_unused_waiver_is_told_and_fails_nothing(bench: Bench, tmp_path: Path) -> None:
    _configure(tmp_path, WAIVER)
    done = bench(of=facts())
    assert done.code == errors.OK
    assert "warning: the waiver of 5.11 waives nothing" in done.out


def test_a_waiver_without_a_reason_is_refused(bench: Bench, tmp_path: Path) -> None:
    _configure(tmp_path, '[[bench.waivers]]\ncheck = "5.11"\n')
    done = bench(of=facts())
    assert done.code == errors.USAGE
    assert "gives no reason" in done.err


def test_a_baseline_fails_only_what_got_worse(bench: Bench, tmp_path: Path) -> None:
    assert bench("--baseline", of=facts()).code == errors.USAGE  # there is none yet
    assert bench("--write-baseline", of=facts(memory=0), checks="").code == errors.OK
    assert '"check": "5.11"' in (tmp_path / ".checks" / "bench-baseline.json").read_text()
    assert bench(of=facts(memory=0)).code == errors.FAILED
    assert bench("--baseline", of=facts(memory=0)).code == errors.OK
    worse = bench("--baseline", of=facts(memory=0, icc=True))
    assert (worse.code, worse.report["hosts"][0]["failing"]) == (errors.FAILED, ["2.2"])
    better = bench("--baseline", of=facts(), checks="")
    assert "of the baseline can go" in better.out


def test_a_baseline_is_of_everything(bench: Bench) -> None:
    assert bench("--write-baseline", of=facts()).code == errors.USAGE


def test_the_score(bench: Bench) -> None:
    done = bench("--score", of=facts(memory=0))
    assert done.out == "local: score 0 over 2 scored of 2 checks\n"
    assert done.code == errors.FAILED
    assert bench("--fail-under", "2", of=facts()).code == errors.OK
    low = bench("--fail-under", "3", of=facts())
    assert low.code == errors.FAILED
    assert "local: the score is 2, less than 3" in low.out


def test_what_is_unknown_is_no_pass_and_fails_where_that_is_asked_for(bench: Bench) -> None:
    unread = builders.snapshot(daemon=builders.unread_daemon())
    done = bench(of=unread)
    assert (done.code, done.verdicts["2.2"]) == (errors.OK, "UNKNOWN")
    assert "not judged, because it could not be read: 2.2" in done.out
    assert bench("--strict", of=unread).code == errors.FAILED


def test_trusted_users(bench: Bench, tmp_path: Path) -> None:
    made = builders.snapshot(host={"docker_group": Group("docker", 999, ("ann",))})
    assert bench(of=made, checks="1.1.2").verdicts["1.1.2"] != "PASS"
    assert bench("--trusted-user", "ann,bob", of=made, checks="1.1.2").verdicts["1.1.2"] == "PASS"
    _configure(tmp_path, '[bench]\ntrusted-users = ["ann"]\n')
    assert bench(of=made, checks="1.1.2").verdicts["1.1.2"] == "PASS"


def test_several_hosts_in_one_report(bench: Bench) -> None:
    done = bench(of=(facts(target="a"), facts(target="b", memory=0)))
    assert done.code == errors.FAILED
    assert done.report["host"] == "a, b"
    assert [(one["host"], one["verdict"]) for one in done.report["judgements"] if one["id"] == "5.11"] == [
        *(("a", "PASS"), ("b", "FAIL"))
    ]


@pytest.mark.parametrize(
    ("form", "start"), [("json", "{"), ("sarif", "{"), ("junit", "<?xml"), ("html", "<!doctype"), ("github", "::error")]
)
def test_formats(bench: Bench, tmp_path: Path, form: str, start: str) -> None:
    done = bench("--format", form, of=facts(memory=0))
    assert done.out.startswith(start)
    bench("--format", form, "--output", "said", of=facts(memory=0))
    assert (tmp_path / "said").read_text().startswith(start)


def test_facts_can_be_written_again(bench: Bench, tmp_path: Path) -> None:
    bench("--snapshot", "again.json", of=facts(memory=0))
    written = tmp_path / "again.json"
    assert snapshot.load(written.read_text()) == facts(memory=0)
    assert written.stat().st_mode & 0o777 == 0o600
    assert bench("--snapshot", "/proc/none/x", of=facts()).code == errors.USAGE


@pytest.mark.parametrize("text", ["", "{", "{}", '{"schema": 9, "snapshot": {}}'])
def test_what_holds_no_facts_is_refused(bench: Bench, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    assert bench("--from", "bad.json").code == errors.USAGE
    assert bench("--from", "none.json").code == errors.USAGE


def test_recorded_facts_and_hosts_do_not_go_together(bench: Bench) -> None:
    assert bench("--host", "ssh://h", of=facts()).code == errors.USAGE


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("local", errors.NO_ENGINE),
        ("unix:///nonexistent", errors.NO_ENGINE),
        ("ssh://-oProxyCommand=x", errors.USAGE),
        ("ssh://u@", errors.USAGE),
        ("ssh://h:port", errors.USAGE),
        ("nonsense", errors.USAGE),
    ],
)
def test_hosts_that_cannot_be_looked_at(bench: Bench, host: str, code: int) -> None:
    done = bench("--host", host)
    assert done.code == code
    assert done.err.startswith("checks: ")


def test_of_several_hosts_those_that_answer_not_are_named(bench: Bench) -> None:
    done = bench("--host", "unix:///nonexistent/a", "--host", "unix:///nonexistent/b")
    assert done.code == errors.NO_ENGINE
    assert [bool(one["error"]) for one in done.report["hosts"]] == [True, True]


def test_a_baseline_holds_for_another_checkout(bench: Bench, tmp_path: Path) -> None:
    def started(folder: str) -> Snapshot:
        return builders.snapshot(containers=[builders.container(f"{up.project(tmp_path / folder)}-web-1", memory=0)])

    assert bench("--write-baseline", of=started("one"), checks="").code == errors.OK
    (said,) = [one for one in bench("--baseline", of=started("two")).report["judgements"] if one["id"] == "5.11"]
    assert (said["verdict"], said["baseline"]) == ("FAIL", True)


def test_only_mine_judges_what_a_repository_started(bench: Bench, tmp_path: Path) -> None:
    label = {"com.docker.compose.project.working_dir": str(tmp_path / "src")}
    mine = builders.container("mine", labels=label, memory=1)
    made = builders.snapshot(containers=[mine, builders.container("other", memory=0)])
    done = bench("--only-mine", of=made, checks="")
    assert done.verdicts["5.11"] == "PASS"
    assert {name[0] for name in done.verdicts} <= {"4", "5"}
    hint = "all containers, 2, of this repository 1: --only-mine"
    assert hint not in done.err
    done = bench(of=made)
    assert done.verdicts["5.11"] == "FAIL"
    assert hint not in done.err  # this is no repository yet
    (tmp_path / ".git").mkdir()
    assert hint in bench(of=made).err


def test_one_host_recorded_twice_is_two(bench: Bench) -> None:
    done = bench(of=(facts(), facts(memory=0)))
    assert [one["host"] for one in done.report["hosts"]] == ["local", "local (2)"]
    assert [one["checks"] for one in done.report["hosts"]] == [2, 2]


def test_a_waiver_for_an_image_that_a_stand_in_replaces_is_not_warned_of(bench: Bench, tmp_path: Path) -> None:
    waiver = WAIVER.replace("5.11", "4.6") + 'image = "mongo:*"\n'
    for standins, warned in (('[standins]\n"mongo:8.0" = "mongo/Dockerfile"\n', False), ("", True)):
        _configure(tmp_path, standins + waiver)
        of = replace(facts(), images=(builders.image(health="CMD"),))
        assert ("waives nothing" in bench(of=of, checks="4.6").out) == warned
