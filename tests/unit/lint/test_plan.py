from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.lint import plan
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState, Unit


def finding(path: str) -> Finding:
    return Finding("t", "r", Severity.WARNING, path, 1, 2, "m", "https://example.org", also=("u:s",), secret=True)


def test_units_are_chosen_by_what_they_are_about_or_read() -> None:
    one, two = Unit(("a", "b"), ("x",)), Unit(("c",), ("b",))
    assert plan.touching([one, two], None, reads=False) == (one, two)
    assert plan.touching([one, two], {"b"}, reads=False) == (one,)
    assert plan.touching([one, two], {"b"}, reads=True) == (one, two)
    assert plan.touching([one, two], set(), reads=True) == ()


def test_an_answer_is_split_by_file() -> None:
    job = Job("t", (), files=("a", "b", "c"))
    answer = Findings((finding("b"),), skipped=("c",))
    assert plan.by_unit(job, answer) == {
        Unit(("a",)): Findings(),
        Unit(("b",)): Findings((finding("b"),)),
        Unit(("c",)): Findings(skipped=("c",)),
    }


def test_the_only_unit_of_a_job_gets_everything() -> None:
    unit = Unit(("a",), ("m/a",))
    answer = Findings((finding("m/a"), finding("a")))
    assert plan.by_unit(Job("t", (), units=(unit,)), answer) == {unit: answer}


def test_what_cannot_be_told_is_not_kept() -> None:
    job = Job("t", (), units=(Unit(("a",), ("m",)), Unit(("b",), ("m",))))
    assert plan.by_unit(job, Findings((finding("m"),))) == {}
    shared = Job("t", (), units=(Unit(("a", "m")), Unit(("b", "m"))))
    assert plan.by_unit(shared, Findings((finding("m"),))) == {}


def test_an_answer_survives_being_kept() -> None:
    answer = Findings((finding("ü\udcff"), finding("b")), skipped=("c",))
    assert plan.recalled(plan.kept(answer)) == answer


@given(st.text() | st.from_regex(r'\{"items": \[\{"also": \[\].*\}\], "skipped": \[\]\}'))
def test_what_is_no_answer_is_none(text: str) -> None:
    assert plan.recalled(text) is None or '"items"' in text


def test_configurations_are_looked_for_in_a_files_folder_and_above() -> None:
    found = plan.configurations((".rc",), [Unit(("a/b/x",), ("c/y",))])
    assert found == (".rc", "a/.rc", "a/b/.rc", "c/.rc")


def test_what_several_jobs_say_of_a_unit_is_kept_when_all_have_answered() -> None:
    unit, other = Unit(("a",)), Unit(("b",))
    first, second = Job("t", (), files=("a",), units=(unit,)), Job("t", (), units=(unit,))
    lone, done = Job("t", (), files=("b",)), Done((), 0, "", "", 0.1)
    said, more = Findings((finding("a"),)), Findings((finding("a"), finding("m")), skipped=("a",))
    bad = ToolError("t", ToolState.CRASHED, "m")
    assert plan.gathered(
        [(first, done, said), (second, done, more), (lone, done, Findings())], {unit: 2, other: 1}
    ) == {
        unit: Findings((finding("a"), finding("m")), ("a",)),
        other: Findings(),
    }
    assert plan.gathered([(first, done, said), (second, done, bad)], {unit: 2}) == {}
    assert plan.gathered([(lone, done, Findings())], {}) == {other: Findings()}
