from __future__ import annotations

import pytest

from checks.cis import registry
from checks.cis.check import Check, Outcome, check
from checks.cis.host import Audit, Role
from checks.cis.judging import passed
from checks.cis.snapshot import Policy, Snapshot
from checks.errors import UsageError
from checks.model import Judgement, Offender, Verdict
from tests.unit.cis.builders import container, file, snapshot


def declare(name: str) -> Check:
    @check(name, "Title", reads="R.", decides="D.", remedy="Do.")
    def declared(facts: Snapshot) -> Outcome:
        return passed(f"trusted: {facts.policy.trusted_users}")

    return declared


def test_a_check_knows_what_the_catalogue_says_of_it() -> None:
    one = declare("2.9")
    assert (one.section, one.manual, one.scored, one.id_in("1.8"), one.id_in("1.6")) == ("2", True, False, "2.9", "2.8")
    assert declare("2.7").id_in("1.6") is None
    assert declare("5.9").scored


def test_a_check_that_the_benchmark_has_not_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match=r"the benchmark has no 2\.20"):
        check("2.20", "", reads="", decides="", remedy="")


def test_two_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2\.9 is declared twice"):
        registry._in_order([declare("2.9"), declare("2.9")])


def test_checks_are_in_the_benchmarks_order() -> None:
    ids = ["1.1.2", "1.1.10", "2.10", "2.9", "2.2"]
    assert list(registry._in_order(map(declare, ids))) == ["1.1.2", "1.1.10", "2.2", "2.9", "2.10"]


def test_a_judgement_has_all_that_the_reports_show() -> None:
    facts = snapshot(containers=[container("db")])
    (judgement,) = registry.judge(facts, registry.choose("1.8", ["5.11"]))
    told = registry.CHECKS["5.11"]
    offender = Offender("db", "container", "no limit")
    assert judgement == Judgement(
        "5.11", "5", told.title, Verdict.FAIL, (offender,), "1 of 1 container", told.remedy, target="local"
    )


def test_ids_are_those_of_the_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHECKS", registry._in_order(map(declare, ["2.2", "2.7", "2.8", "2.19"])))
    assert [one.id for one in registry.judge(snapshot(), registry.choose("1.8"))] == ["2.2", "2.7", "2.8", "2.19"]
    assert [one.id for one in registry.judge(snapshot(), registry.choose("1.6"), "1.6")] == ["2.2", "2.7", "2.18"]
    assert [one.id for one in registry.judge(snapshot(), registry.choose("1.8"), "1.6")] == ["2.2", "2.7", "2.18"]
    assert [one.id for one in registry.choose("1.6", ["2.7"])] == ["2.8"]


def test_checks_are_chosen_by_id_group_and_section(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ["1.1.1", "1.1.10", "1.2.1", "2.1", "2.10"]
    monkeypatch.setattr(registry, "CHECKS", registry._in_order(map(declare, ids)))

    def chosen(*names: str, sections: tuple[str, ...] = ()) -> list[str]:
        return [one.id for one in registry.choose("1.8", names, sections)]

    assert chosen() == ids
    assert chosen("1.1") == ["1.1.1", "1.1.10"]
    assert chosen("2.1") == ["2.1"]
    assert chosen("1.1.1", "2.10") == ["1.1.1", "2.10"]
    assert chosen(sections=("1",)) == ["1.1.1", "1.1.10", "1.2.1"]
    assert chosen("2.1", sections=("1",)) == ["1.1.1", "1.1.10", "1.2.1", "2.1"]


@pytest.mark.parametrize(
    ("benchmark", "ids", "sections", "says"),
    [
        ("1.7", [], [], "no benchmark '1.7'"),
        ("1.8", ["9.1"], [], "no check '9.1'"),
        ("1.8", ["2.2", ""], [], "no check ''"),
        ("1.8", [], ["8"], "no section '8'"),
    ],
)
def test_what_does_not_exist_is_wrong_usage(benchmark: str, ids: list[str], sections: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        registry.choose(benchmark, ids, sections)


def test_the_judge_brings_the_policy() -> None:
    (judgement,) = registry.judge(Snapshot(), [declare("1.1.2")], policy=Policy(("ann",)))
    assert judgement.evidence == "trusted: ('ann',)"
    (judgement,) = registry.judge(snapshot(policy=Policy(("bob",))), [declare("1.1.2")])
    assert judgement.evidence == "trusted: ('bob',)"


@pytest.mark.parametrize(
    ("name", "role", "paths", "says"),
    [
        ("1.1.3", Role.DOCKERD, ["/usr/sbin/dockerd"], "Add `-w /usr/sbin/dockerd -p wa -k docker` to "),
        (
            "1.1.7",
            Role.DOCKER_SERVICE,
            ["/etc/systemd/system/docker.service"],
            "`-w /etc/systemd/system/docker.service -p",
        ),
        (
            "3.1",
            Role.DOCKER_SERVICE,
            ["/etc/systemd/system/docker.service"],
            "root:root /etc/systemd/system/docker.service`.",
        ),
        ("3.14", Role.TLS_KEY, ["/srv/tls/the key.pem"], "`chmod 400 '/srv/tls/the key.pem'`."),
        (
            "3.16",
            Role.SOCKET,
            ["/run/a.sock", "/run/b.sock"],
            "`chmod 660 /run/a.sock`. Do so for each of the others, too.",
        ),
    ],
)
def test_the_advice_names_the_file_that_was_found_lacking(name: str, role: Role, paths: list[str], says: str) -> None:
    files = {role: [file(path, 0o777, "ann:ann") for path in paths]}
    facts = snapshot(files=files, host={"audit": Audit((), ())})
    (judged,) = registry.judge(facts, [registry.CHECKS[name]])
    assert judged.verdict is Verdict.FAIL
    assert says in judged.remedy
    assert registry.CHECKS[name].place not in judged.remedy


@pytest.mark.parametrize("name", [name for name, one in registry.CHECKS.items() if one.place])
def test_the_place_that_stands_for_a_file_is_in_the_remedy(name: str) -> None:
    assert registry.CHECKS[name].remedy.count(registry.CHECKS[name].place) == 1
    (judged,) = registry.judge(Snapshot(), [registry.CHECKS[name]])
    assert judged.remedy == registry.CHECKS[name].remedy
